"""Where a verdict turns: each threshold from both sides, and the worst of everything in a row."""

from __future__ import annotations

import math

import pytest

from tests.report.records import evidence, outcome
from verifier.evidence.record import Record
from verifier.report.verdicts import (
    ERROR,
    NOT_APPLICABLE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
    UNDERPOWERED,
    VACUOUS,
    Row,
    rows,
    unsettled,
)
from verifier.statements import PATHWISE

LEAST = PATHWISE["D4"].least_premise_share


def row(record: Record, statement: str) -> Row:
    (found,) = (row for row in rows(record) if row.id == statement)
    return found


def of_draws(statement: str = "E1", rejected: int = 0, **changes: object) -> Record:
    record = Record()
    record.add(evidence(statement, **changes))
    for _ in range(rejected):
        record.reject(statement, "diverged")
    return record


@pytest.mark.parametrize(
    ("error", "verdict"), [(0.0, SUPPORTED), (1.0, SUPPORTED), (1 + 1e-15, REFUTED)]
)
def test_an_error_above_one_refutes(error: float, verdict: str) -> None:
    assert row(of_draws(error=error), "E1").verdict == verdict


def test_one_refuted_draw_of_many_refutes() -> None:
    record = of_draws(error=2.0)
    for _ in range(10):
        record.add(evidence("E1"))
    assert row(record, "E1").verdict == REFUTED
    assert row(record, "E1").error == 2.0


def test_more_than_a_quarter_of_rejected_draws_is_too_much() -> None:
    record = of_draws(rejected=1)
    record.add(evidence("E1"))
    record.add(evidence("E1"))
    assert row(record, "E1").verdict == SUPPORTED  # one of four
    record.reject("E1", "diverged")
    assert row(record, "E1").verdict == UNDERPOWERED  # two of five
    assert row(record, "E1").rejected == 2


@pytest.mark.parametrize(
    ("detects", "verdict"),
    [(0.2, SUPPORTED), (0.2001, UNDERPOWERED), (math.inf, UNDERPOWERED), (math.nan, UNDERPOWERED)],
)
def test_a_test_that_misses_what_matters_is_underpowered(detects: float, verdict: str) -> None:
    tests = (outcome(detects=0.01, wanted=0.2), outcome(detects=detects, wanted=0.2))
    found = row(of_draws("R1", tests=tests), "R1")
    assert found.verdict == verdict
    assert found.alpha == pytest.approx(2e-9)
    assert found.tests == 2


def test_nothing_wanted_is_underpowered() -> None:
    tests = (outcome(detects=0.0, wanted=0.0),)
    assert row(of_draws("R1", tests=tests), "R1").verdict == UNDERPOWERED


def test_an_experiment_that_compares_nothing_is_vacuous() -> None:
    record = of_draws("R1", tests=(outcome(),))
    assert row(record, "R1").verdict == SUPPORTED
    record.add(evidence("R1", comparisons=0, held=0))
    assert row(record, "R1").verdict == VACUOUS


def test_a_premise_has_to_hold_often_enough() -> None:
    assert 0 < LEAST < 1
    enough = math.ceil(1000 * LEAST)
    assert row(of_draws("D4", comparisons=1000, held=enough), "D4").verdict == SUPPORTED
    assert row(of_draws("D4", comparisons=1000, held=enough - 1), "D4").verdict == VACUOUS
    assert row(of_draws("E1", comparisons=1000, held=1), "E1").verdict == SUPPORTED
    assert row(of_draws("E1", comparisons=1000, held=0), "E1").verdict == VACUOUS


def test_what_was_not_run_or_ended_in_an_error() -> None:
    record = of_draws("E1")
    assert row(record, "E2").verdict == NOT_RUN
    record.errors["E1"] = "ValueError: x"
    assert row(record, "E1").verdict == ERROR
    record.not_applicable["E1"] = "nothing is offered"
    assert row(record, "E1").verdict == NOT_APPLICABLE
    record.add(evidence("E1", error=2.0))
    assert row(record, "E1").verdict == REFUTED  # whatever else went wrong


def test_which_verdicts_leave_a_run_unsettled() -> None:
    """A refuted statement has failed its own test; what is not applicable is no failure."""
    record = of_draws("E1")
    record.add(evidence("E2", held=0))  # vacuous
    record.add(evidence("E3"))
    record.errors["E3"] = "ValueError: x"
    record.add(evidence("E4", error=2.0))
    record.not_applicable["E5"] = "nothing is offered"
    record.add(evidence("D1"))
    record.reject("D1", "diverged")  # underpowered
    record.add(evidence("D2"))
    record.control("D2", "one", 3)
    record.control("D2", "two", None)  # not refuted
    found = {r.id for r in unsettled(rows(record))}
    assert found & {"E1", "E2", "E3", "E4", "E5", "D1", "D2", "D3"} == {
        "E2",
        "E3",
        "D1",
        "D2",
        "D3",
    }


def test_a_row_keeps_the_largest() -> None:
    record = of_draws("D1", error=0.3, tightness=0.2, comparisons=7, held=7)
    record.add(evidence("D1", error=0.1, tightness=0.9, comparisons=3, held=3))
    record.add(evidence("D1", error=0.2, tightness=0.4))
    found = row(record, "D1")
    assert (found.error, found.tightness, found.typical) == (0.3, 0.9, 0.4)
    assert (found.draws, found.comparisons, found.held) == (3, 20, 20)
