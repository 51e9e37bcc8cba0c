"""Which tables stand as cards on a phone, which scroll; and pictures without margins."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

nodes = pytest.importorskip("docutils.nodes", reason="make docs installs it")
pytest.importorskip("sphinx", reason="make docs installs it")
image = pytest.importorskip("PIL.Image")

from docs import phone  # noqa: E402
from docs.two_widths import beside_wide  # noqa: E402

ANY: Any = None
LONG = " ".join(["word"] * 10)


def a_table(*rows: list[str]) -> Any:
    """A table with these rows, the first of which names the columns."""
    shown = [
        nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row)) for row in rows
    ]
    return nodes.table("", nodes.tgroup("", nodes.tbody("", *shown)))


def marked(*rows: list[str]) -> tuple[list[str], list[str]]:
    """The classes of such a table, and the text of its second row."""
    table = a_table(*rows)
    phone.stacked(ANY, nodes.container("", table))
    second = list(table.findall(nodes.row))[1]
    return table["classes"], [cell.astext() for cell in second.children]


def test_a_table_with_words_stands_as_cards_with_its_columns_names() -> None:
    classes, texts = marked(["id", "what", "error"], ["E1", LONG, "0.2"])
    assert classes == ["stacked", "short"]
    assert texts == ["E1", LONG, "error: 0.2"]
    assert marked(["name", "what", "error"], ["a name", LONG, "0.2"])[0] == ["stacked"]


def test_short_names_with_their_meanings_alone_stay_beside_each_other() -> None:
    for name, classes in (("n" * phone.TERM, []), ("n" * (phone.TERM + 1), ["stacked"])):
        assert marked(["name", "what"], [name, LONG])[0] == classes


def test_a_count_stands_beside_the_words_that_it_is_of() -> None:
    heads = ["what is off", "at", "why"]
    for cell, classes in (("197 of 232", ["stacked", "counted"]), ("x" * 11, ["stacked"])):
        assert marked(heads, [LONG, cell, LONG])[0] == classes
    assert marked([*heads, "more"], [LONG, "9", LONG, "9"])[0] == ["stacked"]
    style = (Path(phone.__file__).parent / "site" / "site.css").read_text(encoding="utf-8")
    assert ".stacked.counted tr { display: grid;" in style


def test_a_table_with_too_many_columns_stands_as_cards_too() -> None:
    for columns, classes in ((phone.WIDE, ["stacked", "many"]), (phone.WIDE - 1, [])):
        assert marked(["m"] * columns, ["10"] * columns)[0] == classes


def test_fewer_columns_are_too_many_beside_long_names() -> None:
    for columns, classes in (
        (phone.BESIDE_NAMES, ["stacked", "named"]),
        (phone.BESIDE_NAMES - 1, ["named"]),
    ):
        numbers = ["10"] * (columns - 1)
        assert marked(["m"] * columns, ["control: 500 are +1", *numbers])[0] == classes


def test_a_long_name_of_a_column_of_numbers_makes_no_card_so_that_it_stays_in_sight() -> None:
    assert marked(["replaced", LONG], ["the targets", "0.190"]) == ([], ["the targets", "0.190"])


def test_columns_of_the_same_name_are_told_apart() -> None:
    heads = ["what", "g: fit", "ours", "others: fit", "ours"]
    texts = marked(heads, [LONG, "1", "2", "3", "4"])[1]
    assert texts[1:] == ["g: fit: 1", "g: ours: 2", "others: fit: 3", "others: ours: 4"]


def test_a_column_s_name_that_is_a_formula_stays_one() -> None:
    table = a_table(["code", LONG, "its x"], ["torch", LONG, "1"])
    head = next(table.findall(nodes.row))
    head[2][0] = nodes.paragraph("", "", nodes.Text("its "), nodes.math("", "x'"))
    phone.stacked(ANY, nodes.container("", table))
    assert [node.astext() for node in table.findall(nodes.math)] == ["x'", "x'"]
    assert list(table.findall(nodes.row))[1].astext().endswith("its x': 1")


def test_the_name_of_a_group_goes_across_all_columns_and_no_other_cell_does() -> None:
    for group in (["Depth", "", ""], ["", "Depth", ""]):
        table = a_table(["id", "what", "error"], group, ["E1", LONG, "0.2"], ["E2", LONG, ""])
        phone.stacked(ANY, nodes.container("", table))
        _, first, *others = table.findall(nodes.row)
        (cell,) = first.children
        assert cell.astext().endswith("Depth")
        assert (cell["morecols"], "across" in cell["classes"]) == (2, True)
        assert [len(row) for row in others] == [3, 3]
    style = (Path(phone.__file__).parent / "site" / "site.css").read_text(encoding="utf-8")
    assert "tr > :first-child:not(.across) { float: left;" in style


def test_of_numbers_that_scroll_the_names_are_marked() -> None:
    long, short = "shifted-gauss-a-m", "a-m"
    for name, classes in ((long, ["named"]), (short, [])):
        found, texts = marked(["panel", "card", "host"], [name, "0.1", "0.2"])
        assert found == classes
        assert texts == [name, "0.1", "0.2"]


def test_text_that_a_phone_has_room_for_is_marked_so_that_its_letters_are_large() -> None:
    blocks = [nodes.literal_block("", f"a\n{'b' * n}") for n in (phone.COLUMNS, phone.COLUMNS + 1)]
    phone.narrow(ANY, nodes.container("", *blocks))
    assert [block["classes"] for block in blocks] == [["narrow"], []]
    conf = (Path(phone.__file__).parent / "conf.py").read_text(encoding="utf-8")
    assert "phone.narrow" in conf


def test_of_two_blocks_a_phone_shows_the_narrow_one_and_a_screen_the_wide_one() -> None:
    wide, narrow = "```text\nlong line\n```", "```text\nlong\n  line\n```"
    source = [f"Before.\n\n{beside_wide(wide, narrow)}\n\n```text\nalone\n```\n"]
    phone.by_width(ANY, "page", source)
    assert source == [
        "Before.\n\n```{code-block} text\n:class: on-a-screen\nlong line\n```\n\n"
        "```{code-block} text\n:class: on-a-phone\nlong\n  line\n```\n\n```text\nalone\n```\n"
    ]
    folder = Path(phone.__file__).parent
    assert '"source-read", phone.by_width' in (folder / "conf.py").read_text(encoding="utf-8")
    style = (folder / "site" / "site.css").read_text(encoding="utf-8")
    screen, small = style.split("@media (max-width: 46rem)")
    assert " article .on-a-phone { display: none; }" in screen
    hidden = "article .on-a-screen { display: none; }"
    assert f"{hidden}\n  article .on-a-phone {{ display: flex; }}" in small


def test_what_is_white_around_a_thumbnail_is_cut(tmp_path: Path) -> None:
    folder = tmp_path / phone.THUMBNAILS
    folder.mkdir(parents=True)
    inked = image.new("RGB", (90, 50), "white")
    inked.paste("blue", (20, 10, 50, 30))
    inked.save(folder / "inked.png")
    image.new("RGB", (90, 50), "white").save(folder / "blank.png")
    site: Any = SimpleNamespace(srcdir=str(tmp_path))
    phone.without_margins(site)
    phone.without_margins(site)
    sizes = {path.stem: image.open(path).size for path in folder.glob("*.png")}
    assert sizes == {"inked": (30, 20), "blank": (90, 50)}


def test_words_in_the_examples_figures_are_larger_than_they_would_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    usual = dict.fromkeys(phone.TYPE, 1)
    monkeypatch.setattr(matplotlib, "rcParams", usual)
    phone.large_type({}, "one.py")
    assert usual == phone.TYPE
    conf = (Path(phone.__file__).parent / "conf.py").read_text(encoding="utf-8")
    assert '"docs.phone.large_type"' in conf


def test_two_pictures_that_follow_at_once_stand_side_by_side_but_on_a_phone() -> None:
    style = (Path(phone.__file__).parent / "site" / "site.css").read_text(encoding="utf-8")
    wide, narrow = style.split("@media (max-width: 46rem)")
    assert "p > img:not(:only-child) { width: 49%" in wide
    assert "p > img:not(:only-child) { width: 100%" in narrow
