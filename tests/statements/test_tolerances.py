"""What each check compares, and how much it forgives, on kept configurations: no change unnoticed.

A bound that is doubled, a comparison left out, a premise that is no longer met or a rate that is
lowered refutes nothing, so no test of a true statement sees it. Here every comparison of every
check is kept, with the size of its bounds. Where one has changed for a reason, or is new,
`python -m tests.statements.tolerances ID` writes its part of `tolerances.json` anew: read what it
changes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from tests.statements.tolerances import compared, kept, outcomes
from verifier.statements import (
    DEFAULT,
    PATHWISE,
    STATEMENTS,
    STATISTICAL,
    PathwiseStatement,
    StatisticalStatement,
)

SAME = 1e-2
"""Relative, far below any change of a constant.

A bound of tau has differences of the loss's derivative at points that rounding sets apart: so small
that their own last bits, another machine's, are some thousandths of them.
"""
NAMES = ("conclusion", "test", "entries", "held", "samples")


def same(now: dict[str, Any], before: dict[str, Any]) -> None:
    assert now.keys() == before.keys()
    for name, value in before.items():
        if name in NAMES or value is None:
            assert now[name] == value, before["conclusion"]
        else:
            assert now[name] == pytest.approx(value, rel=SAME, abs=0.0), (
                before["conclusion"],
                name,
            )


def cases_of(statement: str) -> list[dict[str, Any]]:
    cases = kept().get(statement)
    assert cases, f"none is kept yet: python -m tests.statements.tolerances {statement}"
    return cases


@pytest.mark.parametrize("statement", PATHWISE.values(), ids=lambda s: s.id)
def test_what_is_compared_and_forgiven(statement: PathwiseStatement) -> None:
    for case in cases_of(statement.id):
        found = compared(statement, case["configuration"])
        for now, before in zip(found, case["found"], strict=True):
            same(asdict(now), before)


@pytest.mark.parametrize("statement", STATISTICAL.values(), ids=lambda s: s.id)
def test_what_is_tested_and_at_which_rate(statement: StatisticalStatement) -> None:
    cases = cases_of(statement.id)
    for experiment, case in zip(statement.experiments[DEFAULT], cases, strict=True):
        assert experiment.name == case["experiment"]
        for now, before in zip(outcomes(statement, experiment), case["found"], strict=True):
            same(asdict(now), before)


def test_every_comparison_counts_in_a_kept_case() -> None:
    assert kept().keys() == STATEMENTS.keys()
    for name in PATHWISE:
        found = [c for case in kept()[name] for c in case["found"]]
        assert {c["conclusion"] for c in found} == {c["conclusion"] for c in found if c["held"]}
