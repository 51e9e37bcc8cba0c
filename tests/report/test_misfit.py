"""Which published values do not fit is read from the newest gallery, or from what docs keep."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from verifier.report.misfit import IN_SHORT, KEPT, PAGE, WHY_PAGE, cause, in_short, misfit, sides
from verifier.reproduction.conclusion import leans

ROOT = Path(__file__).parents[2]
NOWHERE = Path("none.json")


def content(*counts: tuple[str, int, int]) -> str:
    figures = [{"title": t, "g": {"above": a, "chaotic": of}} for t, a, of in counts]
    return json.dumps({"figures": figures})


def write(root: Path, text: str, scale: str = "laptop") -> Path:
    folder = root / scale
    folder.mkdir(exist_ok=True)
    (folder / "gallery.json").write_text(text, encoding="utf-8")
    return folder / "gallery.json"


def test_the_panels_that_lean_are_told_on_either_side(tmp_path: Path) -> None:
    write(tmp_path, content(("Even", 4, 10), ("Low", 0, 33), ("High", 197, 232), ("Empty", 0, 0)))
    told = (
        "are above ours at 197 of 232 points of High and at 0 of 33 of Low (by chance about half)"
    )
    assert misfit(tmp_path, NOWHERE) == f"published values of g, trained on perturbations, {told}"


@pytest.mark.parametrize(("above", "of"), [(5, 10), (7, 10), (3, 4), (1, 4), (2, 8), (3, 8)])
def test_a_panel_leans_where_a_gallery_says_so(tmp_path: Path, above: int, of: int) -> None:
    text = content(("One", above, of))
    assert bool(sides(write(tmp_path, text))) == leans(json.loads(text))


def test_the_newest_gallery_counts(tmp_path: Path) -> None:
    write(tmp_path, content(("First", 9, 10)), "laptop")
    write(tmp_path, content(("Second", 1, 8)), "smoke")
    for newest, said in (("laptop", "9 of 10 points of First"), ("smoke", "1 of 8 points")):
        for scale in ("laptop", "smoke"):
            time = 2000 if scale == newest else 1000
            os.utime(tmp_path / scale / "gallery.json", (time, time))
        assert said in misfit(tmp_path, NOWHERE)


def test_without_a_gallery_that_says_so_what_is_kept_is_told(tmp_path: Path) -> None:
    kept = tmp_path / "summary.json"
    kept.write_text(content(("Kept (a)", 10, 10), ("Other", 0, 9)), encoding="utf-8")
    assert "10 of 10 points of Kept (a)" in misfit(tmp_path, kept)
    page = tmp_path / "gpu.md"
    assert in_short(False, kept, page) == f"{misfit(tmp_path, kept)}: {page}"
    page.write_text("## The figures\n\n**One draw.**\n", encoding="utf-8")
    assert in_short(False, kept, page) == f"{misfit(tmp_path, kept)}; {IN_SHORT} ({WHY_PAGE})"
    assert in_short(True, kept, page) == (
        "published g, trained on perturbations, is above ours at 10/10 of Kept (a), 0/9 of Other "
        f"(chance: half); {IN_SHORT} ({WHY_PAGE})"
    )
    assert (ROOT / WHY_PAGE).exists()
    for text in ("no JSON", "[]", '{"figures": []}', '{"figures": [{"title": "a"}]}'):
        write(tmp_path, text)
        assert misfit(tmp_path, NOWHERE) == ""
    assert in_short(False, NOWHERE) == ""


def test_the_cause_is_what_the_docs_say_first_of_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "gpu.md"
    assert cause(page) == ""
    page.write_text("# A\n\n**No.**\n\n## The figures\n\n**By [g](a.md#b) and\nf.** More.\n")
    assert cause(page) == "By g and f."
    page.write_text("# A\n\n**No.**\n\n## The figures\n\nNothing.\n")
    assert cause(page) == ""


def test_cosines_off_their_prediction_are_told_after_it(tmp_path: Path) -> None:
    kept = tmp_path / "summary.json"
    row = {"series": "cossim", "far": 2, "stable": 9}
    both = json.loads(content(("Kept (a)", 10, 10))) | {"summary": {"predicted": [row]}}
    kept.write_text(json.dumps(both), encoding="utf-8")
    told = "; cosines are off their prediction at 2 of 9 (docs/studies.md)"
    assert in_short(False, kept).endswith(told)
    assert told not in in_short(True, kept)
    row["far"] = 0
    kept.write_text(json.dumps(both), encoding="utf-8")
    assert "cosines" not in in_short(False, kept)


def test_this_project_s_own_docs_have_both() -> None:
    assert in_short(False, ROOT / KEPT)
    assert cause(ROOT / PAGE)
