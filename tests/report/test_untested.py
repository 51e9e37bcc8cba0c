"""What was not tested: every chapter stands on the terminal, and why in two words."""

from __future__ import annotations

import re

import pytest

from tests.report.records import evidence, whole_record
from verifier.evidence.record import Record
from verifier.report.content import gather
from verifier.report.summary import NARROWEST, summarise
from verifier.report.untested import LACKING, in_short, lacking, to_run_all
from verifier.statements import REGISTRY


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
def test_every_chapter_stands_on_the_terminal_with_what_was_left_out(width: int) -> None:
    shown = summarise(gather(some_of_the_suite()), width).splitlines()
    assert max(map(len, shown)) <= width
    assert "controls" not in shown[shown.index("") + 1]  # a column of dashes
    for chapter in REGISTRY.chapters:
        names = tuple(
            f"{m} {n} " for m in ("ok", "--", "..") for n in (chapter.title, chapter.short)
        )
        (line,) = [line for line in shown if line.startswith(names)]
        ends = (" not run", " not offered", " not tested")
        assert line.endswith(ends) or (
            width == NARROWEST and re.search(r"/\d.* \d+ untested$", line)
        )
    assert any(line.startswith("-- Depth ") and line.endswith(" 2 not offered") for line in shown)
    assert any(line.startswith(".. Limits") and line.endswith(" 14 not run") for line in shown)
    (beyond,) = [line for line in shown if line.startswith("ok Beyond")]
    assert beyond.endswith(
        "  7 untested" if width == NARROWEST else "  7 not tested"
    )  # not offered, or run
    assert any(line.endswith("  not tested") for line in shown)  # apart from the name before it


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
    assert "\n· Limits" in colored  # not run is no question
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
