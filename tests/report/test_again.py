"""The command that checks a statement again is of the level of its run."""

from __future__ import annotations

from tests.report.records import whole_record
from verifier.evidence.record import Record
from verifier.report.again import LEVELS, again
from verifier.suite import levels


def test_the_command_of_a_statement_has_the_level_of_its_run() -> None:
    given = "--implementation mine:Code"
    without = Record(
        about={"profile": "quick", "controls": "not run", "implementation": "mine:Code"}
    )
    assert again(without, "E4") == f"verifier run E4 --level quick {given}"
    with_controls = Record(about={"profile": "quick"})
    assert again(with_controls, "E4") == (
        "verifier run E4 --level full -- --hypothesis-profile quick"
    )
    assert again(whole_record(), "E4") == "verifier run E4 --level full"


def test_levels_without_controls_are_those_of_the_suite() -> None:
    without = {
        level.profile: name for name, level in levels.LEVELS.items() if level.controls == "none"
    }
    assert without == LEVELS
