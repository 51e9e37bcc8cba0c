"""What a terminal shows fits it, at any width."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

from tests.report.records import evidence, whole_record
from verifier.evidence.folders import PART, WHOLE
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.layout import BESIDE
from verifier.report.summary import NARROWEST, WIDEST, summarise, terminal_width
from verifier.report.table_of_chapters import WIDTHS
from verifier.statements import REGISTRY, STATEMENTS


def test_a_long_command_is_broken_where_a_shell_joins_it() -> None:
    record = whole_record()
    record.about["implementation"] = "some.where.in.my.laboratory.there.is:Trainer"
    record.evidence.append(evidence("E1", error=3.0))
    shown = summarise(gather(record)).splitlines()
    assert max(map(len, shown)) <= 80
    at = next(i for i, line in enumerate(shown) if line.startswith("    verifier check"))
    told = next(s for s in gather(record)["chapters"][0]["statements"] if s["id"] == "E1")
    wanted = shlex.split(told["finding"]["words"]["reproduce"])
    end = next(k for k in range(at, len(shown)) if not shown[k].endswith("\\"))
    broken = "\n".join(shown[at : end + 1])
    assert "\\\n" in broken
    assert shlex.split(broken.replace("\\\n", "")) == wanted


def test_paths_fit_a_narrow_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as those of runs are; a shell joins the command's, and reads it as it was."""
    monkeypatch.chdir(tmp_path)
    record = Record(about={"implementation": "adapter:Trainer"}, state=PART)
    record.folder = Path(".verifier/runs/20261127T214606.421172Z")
    record.evidence.append(evidence("E1", error=3.0))
    for width in (NARROWEST, 50, 60, 80):
        shown = summarise(gather(record), width)
        assert max(map(len, shown.splitlines())) <= width
        command = re.search(r"^ *(verifier check (?:.*\\\n)*.*)", shown, re.M)
        (told,) = [s for s in statements_of(gather(record)) if s["id"] == "E1"]
        assert command is not None
        wanted = shlex.split(told["finding"]["words"]["reproduce"])
        assert shlex.split(command[1].replace("\\\n", "")) == wanted
        more = re.search(r"^(?:more:\s+)(verifier report (?:.*\\\n)*.*)", shown, re.M)
        assert more is not None
        if width < BESIDE:  # a command alone
            found = shlex.split(more[1].replace("\\\n", ""))
            assert found == ["verifier", "report", str(record.folder)]
        margins = {len(line) - len(line.lstrip()) for line in command[0].splitlines()}
        assert len(margins) == 1  # all of it at one


@pytest.mark.parametrize("width", [80, 100])
def test_listed_statements_have_their_numbers_below_the_chapters(width: int) -> None:
    text = summarise(gather(whole_record()), width, statements=True).splitlines()
    at = next(k for k, line in enumerate(text) if line.startswith("chapter"))
    listed = text[at : next(k for k, line in enumerate(text) if line.startswith("error: "))]
    assert {len(line.rstrip()) for line in listed if "/" in line[-10:]} == {width}
    left = width - 29
    assert {line[left - 1 : left] for line in listed} <= {" ", ""}
    words = " ".join(" ".join(line[:left] for line in listed).split())
    assert f"ok E1 {STATEMENTS['E1'].plain}" in words


def test_a_narrow_terminal_shows_numbers_above_words() -> None:
    content = gather(whole_record())
    for every in (False, True):
        shown = summarise(content, NARROWEST, statements=every).splitlines()
        assert max(map(len, shown)) <= NARROWEST
    at = next(k for k, line in enumerate(shown) if line.startswith("  ok E1 "))
    assert shown[at + 1].startswith("     An input gradient is")


def test_a_narrow_terminal_begins_the_lines_of_a_finding_near_the_margin() -> None:
    record = Record(about={"implementation": "adapter:Trainer"}, state=PART)
    record.evidence.append(
        evidence("E1", conclusion="nabla f_T(z), a long one, of many words", error=3.0)
    )
    for width, indent, name in ((NARROWEST, 4, "where: "), (50, 4, "where: "), (70, 17, "where  ")):
        shown = summarise(gather(record), width).splitlines()
        at = next(k for k, line in enumerate(shown) if line.startswith(f"  {name}"))
        told = shown[at + 1]
        assert len(told) - len(told.lstrip()) == indent


@pytest.mark.parametrize("width", [NARROWEST, 50, 60, 80])
def test_a_good_run_fits_a_screen_of_any_width(width: int) -> None:
    record = whole_record()
    record.about |= {
        "controls": "239 of 645 this run, by its seed; the full run of 0.1.0 on 2026-11-28 refuted "
        "all 645"
    }
    record.folder, record.state = Path(".verifier/runs/20261127T214606.421172Z"), WHOLE
    record.rejected["E1"] = Counter({"diverged": 1, "not comparable": 1})
    record.add(evidence("D5", error=0.0, notes={"phi'(0) in train: 1": 4}))
    shown = summarise(gather(record), width).splitlines()
    assert len(shown) <= (40 if width == 80 else 59)  # a narrow one is a phone's, or is tall
    assert max(map(len, shown)) <= width
    for chapter in REGISTRY.chapters:  # with its numbers, in one line
        names = (f"ok {chapter.title} ", f"ok {chapter.short or chapter.title} ")
        assert any(line.startswith(names) and "/" in line for line in shown)
    assert any(re.fullmatch(r" +holds {2,}error {2,}controls", line) for line in shown)
    told = " ".join(" ".join(shown).split())
    assert "diverged" in told
    assert "blind spots" in told
    assert "tried here, all refuted (full run: all 645)" in told
    assert "verifier table" in told


@pytest.mark.parametrize(("columns", "expected"), [("20", NARROWEST), ("80", 80), ("300", WIDEST)])
def test_lines_are_as_wide_as_can_be_read(
    columns: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal_width() == expected


def test_a_chapter_s_numbers_are_near_its_name() -> None:
    longest = max(len(chapter.title) for chapter in REGISTRY.chapters)
    for width, widest in ((NARROWEST, NARROWEST), (80, len("ok ") + longest + sum(WIDTHS[:3]))):
        shown = summarise(gather(whole_record()), width).splitlines()
        rows = [line for line in shown if re.match(r"ok .*\d/\d| +holds ", line)]
        assert {len(row) for row in rows} == {widest}
        assert len(rows) == len(REGISTRY.chapters) + 1
    every = summarise(gather(whole_record()), statements=True).splitlines()
    assert {len(line) for line in every if re.match(r"ok .*\d/\d", line)} == {80}


def test_no_line_begins_or_ends_with_what_stands_between_two_words() -> None:
    record = whole_record()
    record.about |= {"implementation": "some.laboratory:Trainer", "run_seed": "0", "device": "cpu"}
    for width in range(NARROWEST, 90):
        first = summarise(gather(record), width).partition(f"\n{len(STATEMENTS)} of ")[0]
        assert all(line.strip(" ·") == line for line in first.splitlines())
        assert max(map(len, first.splitlines())) <= width
        told = first.strip().replace("\n", " · ")
        assert told.endswith(" · some.laboratory:Trainer · default · seed 0 · cpu")
