"""The interval is exact; a reason excuses a survivor and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binom

from benchmarks.mutants.judging import KILLED, SURVIVED, Verdict
from benchmarks.mutants.report import CONFIDENCE, interval, reasons, summary
from benchmarks.mutants.results import Found
from benchmarks.mutants.syntax import mutations
from tests.mutants.toy import FAMILY, SLIPS, SOURCE


def a_mutant(number: int, status: str) -> Found:
    m = mutations(SOURCE, SLIPS)[number]
    verdict = Verdict(status, "a test" if status == KILLED else "", 1, 1.0)
    return Found.of(m.id("toy/sums.py", SOURCE), "toy", "toy/sums.py", m, verdict, "now")


def test_the_interval_at_its_ends() -> None:
    """At each end the count seen, or one further out, has half of what may be missed."""
    low, high = interval(57, 60)
    half = (1 - CONFIDENCE) / 2
    assert binom.sf(56, 60, low) == pytest.approx(half)
    assert binom.cdf(57, 60, high) == pytest.approx(half)
    assert interval(60, 60) == (pytest.approx(half ** (1 / 60)), 1.0)
    assert interval(0, 60) == (0.0, pytest.approx(1 - half ** (1 / 60)))


def test_the_interval_covers() -> None:
    for share in (0.5, 0.9, 0.98):
        inside = [k for k in range(61) if interval(k, 60)[0] <= share <= interval(k, 60)[1]]
        assert sum(binom.pmf(k, 60, share) for k in inside) >= CONFIDENCE


def test_a_reason_takes_a_survivor_out_of_the_count() -> None:
    found = [a_mutant(0, KILLED), a_mutant(1, SURVIVED), a_mutant(2, SURVIVED)]
    assert "1 of 3 noticed, 33.3%" in summary(FAMILY, found, {})
    why = {found[1].id: "the same sum.", found[0].id: "was noticed."}
    page = summary(FAMILY, found, why)
    assert "1 of 2 noticed, 50.0%" in page
    assert "1 equivalent" in page
    assert f"- `{found[1].id}` the same sum." in page.split("Equivalent:")[1]
    assert found[2].id in page.split("Equivalent:")[0]


def test_no_reason_excuses_other_results() -> None:
    found = replace(a_mutant(1, SURVIVED), compared=1000, differing=1)
    assert "0 of 1 noticed" in summary(FAMILY, [found], {found.id: "the same sum."})
    assert "Other results in 1 of 1000 calls." in summary(FAMILY, [found], {})


def test_nothing_found_yet() -> None:
    assert "noticed" not in summary(FAMILY, [], {})


def test_every_reason_is_a_sentence() -> None:
    assert all(len(why) > 20 and why.endswith(".") for why in reasons().values())
