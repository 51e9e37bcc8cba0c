"""Several runs together: what bets against each statement have made of a capital, run after run.

Runs with different seeds draw independently, so the capitals of a bet multiply
(`verifier.statistics.evalues`). A deviation too small for one run to notice shows in many.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifier.errors import require
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.statistics import FALSE_ALARMS
from verifier.statistics.evalues import mean_capital

MOST_SHOWN = 10


@dataclass(frozen=True)
class Combined:
    """One conclusion over all runs that tested it: the logarithm of its e-value."""

    statement: str
    experiment: str
    conclusion: str
    runs: int
    log_e: float


def combine(records: Sequence[Record]) -> list[Combined]:
    """Every test of the runs, the same ones of all runs together; the largest e-value first.

    Tests that make no bets are left out, unless one refutes: then it counts as infinite. Raises
    `InputError` if two runs have the same seed, or not the same code under test.
    """
    seeds = [record.about.get("run_seed") for record in records]
    require(len(seeds) == len(set(seeds)), "runs", seeds, "must have different seeds")
    codes = {record.about.get("implementation") for record in records}
    require(len(codes) == 1, "runs", sorted(map(str, codes)), "must be of one implementation")
    found: dict[tuple[Any, ...], list[list[float]]] = {}
    for record in records:
        for evidence in record.evidence:
            for test in evidence.tests:
                bets = _bets(test)
                if bets:
                    found.setdefault((*_name_of(evidence, test), len(bets)), []).append(bets)
    rows = [
        Combined(statement, name, conclusion, len(runs), _product(runs))
        for (statement, name, conclusion, *_), runs in found.items()
    ]
    return sorted(rows, key=lambda row: -row.log_e)


def _product(runs: list[list[float]]) -> float:
    """The e-value of bets whose capital went from run to run, as a logarithm."""
    return mean_capital([math.fsum(bet) for bet in zip(*runs, strict=True)])


def _bets(test: Any) -> list[float]:
    """Of one test, as a record keeps them."""
    bets: list[float] = test.get("bets", [])
    has_refuted = test["error"] is None or test["error"] > 1
    return [math.inf] if has_refuted and not bets else bets


def _name_of(evidence: Evidence, test: Any) -> tuple[str, ...]:
    """What has to agree for two tests to be the same one of two runs, its names first."""
    described = dict(evidence.configuration)
    name = str(described.get("name", ""))
    return evidence.statement, name, test["conclusion"], json.dumps(described, sort_keys=True)


def threshold(tests: int) -> float:
    """The logarithm of the e-value that refutes one of so many, once in `1/FALSE_ALARMS` ever."""
    return math.log(tests / FALSE_ALARMS)


def refuted(rows: Sequence[Combined]) -> list[Combined]:
    """Those whose e-values over all runs refute them."""
    return [row for row in rows if row.log_e >= threshold(len(rows))]


def lines(rows: Sequence[Combined]) -> list[str]:
    """The largest e-values as text, and what follows from them."""
    if not rows:
        return ["no statistical test in these runs makes a bet"]
    wrong, shown = refuted(rows), rows[: max(MOST_SHOWN, len(refuted(rows)))]
    width = max(len(_name(row)) for row in shown)
    limit = threshold(len(rows)) / math.log(10)
    return [
        f"{len(rows)} tests over up to {max(row.runs for row in rows)} runs; the largest e-values "
        f"(powers of ten; from {limit:.1f} they refute, by chance in {FALSE_ALARMS:g} of all cases "
        "however often one looks):",
        *(f"  {_name(row):<{width}}  {row.log_e / math.log(10):6.2f}  {row.runs}" for row in shown),
        f"{len(wrong)} refuted" if wrong else "none refuted",
    ]


def _name(row: Combined) -> str:
    return f"{row.statement} {row.experiment}: {row.conclusion}"
