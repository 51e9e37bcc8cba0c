"""Two runs compared: what got worse is told, and the noise of the draws is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.records import evidence, outcome
from verifier.evidence.record import Record
from verifier.report.baseline import LARGER, worse
from verifier.report.verdicts import rows


def run(**found: list[dict[str, object]]) -> Record:
    record = Record()
    for name, draws in found.items():
        for told in draws:
            record.add(replace(evidence(name), **told))
    return record


def compared(before: Record, now: Record) -> list[str]:
    return worse(rows(before), rows(now))


GOOD = run(E1=[{}] * 3, E2=[{}] * 3)


def test_equal_runs_are_equal() -> None:
    assert compared(GOOD, GOOD) == []


def test_a_statement_that_did_not_run_is_not_compared() -> None:
    assert compared(GOOD, run(E1=[{}])) == []
    assert compared(run(E1=[{}]), GOOD) == []


def test_a_worse_verdict_is_told_and_a_better_one_is_not() -> None:
    bad = run(E1=[{"error": 2.0}], E2=[{}])
    assert compared(GOOD, bad) == ["E1: refuted, was supported"]
    assert compared(bad, GOOD) == []
    open_ = run(E1=[{"held": 0}], E2=[{}])
    assert compared(GOOD, open_) == ["E1: vacuous, was supported"]
    assert compared(open_, bad) == ["E1: refuted, was vacuous"]


@pytest.mark.parametrize(
    ("held", "is_worse"), [(30, False), (28, False), (22, False), (10, True), (0, True)]
)
def test_a_premise_that_holds_more_rarely(held: int, is_worse: bool) -> None:
    def d5(count: int) -> Record:
        draws = [{"held": 3, "comparisons": 3}] * count
        return run(D5=draws + [{"held": 0, "comparisons": 3}] * (40 - count))

    found = compared(d5(36), d5(held))
    assert any("its premise held in" in line for line in found) == is_worse


def test_a_test_that_notices_less() -> None:
    def r1(detects: float) -> Record:
        return run(R1=[{"tests": (outcome(detects=detects),)}])

    before, noise, coarse = r1(0.5), r1(0.5 * LARGER * 0.99), r1(0.5 * LARGER * 1.01)
    assert compared(before, noise) == []
    (line,) = compared(before, coarse)
    assert "what it surely notices has grown from" in line
