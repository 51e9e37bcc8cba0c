"""What was not tested: every chapter stands on the terminal, and why in two words."""

from __future__ import annotations

import re

import pytest

from tests.report.records import evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.html import page
from verifier.report.summary import NARROWEST, summarise
from verifier.report.table_of_chapters import UNTESTED
from verifier.report.untested import LACKING, in_short, lacking, to_run_all
from verifier.statements import REGISTRY, STATEMENTS


def some_of_the_suite() -> Record:
    """Of a user's code, without negative controls."""
    about = {"profile": "quick", "controls": "not run", "implementation": "mine:Code"}
    record = Record(about=about)
    record.add(evidence("E1"))
    record.add(evidence("E8"))
    names = (("E6", "train_deep"), ("E6s", "train_deep"), ("K1", "kernel"), ("E7", "train_batches"))
    record.not_applicable |= {name: f"{LACKING}{what}" for name, what in names}
    return record


@pytest.mark.parametrize("width", [80, NARROWEST])
def test_every_chapter_of_which_some_was_run_stands_on_the_terminal(width: int) -> None:
    shown = summarise(gather(some_of_the_suite()), width).splitlines()
    assert max(map(len, shown)) <= width
    assert "controls" not in next(x for x in shown if "holds " in x)  # a column of dashes
    left = {"ok Exact identities": 11, "ok Identities": 11, "ok Beyond": 7}
    for name, count in left.items():
        for line in (line for line in shown if line.startswith(name)):
            assert re.search(rf"/\d.* {count}$", line)
    bare = len(REGISTRY.chapters) - 2  # in one line, some of it not offered, some not run
    rest = len(STATEMENTS) - 11 - 7 - 2
    (line,) = [line for line in shown if line.startswith(".. ") and "chapters" in line]
    why = f"{rest - 2} not run, 2 not offered"  # below where there is no room
    told = "" if width == NARROWEST else f": {why}"
    assert re.fullmatch(rf"\.\. {bare} further chapters{told} +{rest}", line)
    assert (f"  {why}" in shown) == (width == NARROWEST)
    assert f'<td class="n">{why}</td>' in page(gather(some_of_the_suite()))
    alone = Record(evidence=[evidence("E1"), evidence("E6"), evidence("E8")])
    assert any(
        re.fullmatch(rf"\.\. {bare - 1} further chapters: nothing run +\d+", line)
        for line in summarise(gather(alone), width).splitlines()
    )
    assert any(
        line.endswith(UNTESTED if width == NARROWEST else "  not tested") for line in shown
    )  # apart from the name before it
    one = some_of_the_suite()
    for chapter in REGISTRY.chapters:
        if chapter is not REGISTRY.chapter_of("E6"):
            one.add(evidence(chapter.statements[0].id))
    shown = summarise(gather(one), width).splitlines()
    assert any(line.startswith("-- Depth ") and line.endswith(" 2 not offered") for line in shown)


def test_with_negative_controls_both_columns_stand_where_there_is_room() -> None:
    record = some_of_the_suite()
    record.control("E1", "one", 3)
    wide, narrow = (summarise(gather(record), width).splitlines() for width in (80, NARROWEST))
    assert any(line.endswith("controls     not tested") for line in wide)
    assert max(map(len, wide)) <= 80
    at = next(k for k, line in enumerate(narrow) if line.startswith("ok Beyond"))
    assert narrow[at + 1] == "7 not tested".rjust(NARROWEST)
    assert max(map(len, narrow)) <= NARROWEST
    colored = summarise(gather(record), color=True)
    assert "\n· 6 further" in colored  # not run is no question
    whole = summarise(gather(whole_record()))
    assert "not tested" not in whole
    assert "not run" not in whole


def test_why_is_told_in_two_words() -> None:
    run, skipped = {"verdict": "supported", "reason": ""}, {"verdict": "not run", "reason": ""}
    no_use = {"verdict": "not applicable", "reason": "float32 rounds it away"}
    lacks = {"verdict": "not applicable", "reason": f"{LACKING}a, b"}
    assert in_short([run]) == ""
    assert in_short([run, no_use]) == "1 not applicable"
    assert in_short([lacks, skipped]) == "2 not tested"
    assert lacking([run, lacks, {**lacks, "reason": f"{LACKING}b"}]) == {"count": 2, "what": "a, b"}
    assert lacking([run])["count"] == 0


def test_the_command_for_the_rest_keeps_what_was_tested_and_how() -> None:
    about = some_of_the_suite().about
    assert to_run_all(about) == "verifier run --level pr --implementation mine:Code"
    whole = to_run_all({**about, "controls": "1 of 9", "run_seed": "7", "dtype": "float32"})
    assert whole.startswith(
        "verifier run --level full --implementation mine:Code --dtype float32 -- "
    )
    assert whole.endswith(" --run-seed 7")
    own = {"chapters": "my.chapters:ALL", "profile": "default"}
    assert to_run_all(own) == "verifier --chapter my.chapters:ALL run --level full"
