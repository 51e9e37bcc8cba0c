"""What can end a run red although theory and code are right, and how often it would.

Only the statistical tests of statements have a rate that is proved. Of everything else a report
says either what this run allows to conclude, or that no rate covers it and how far the run stayed
away from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy

from verifier.evidence.record import Record
from verifier.report.verdicts import LARGEST_REJECTED_SHARE, Row
from verifier.statements import STATEMENTS, PathwiseStatement, StatisticalStatement

CONFIDENCE = 0.95
"""Of the bound on a failure rate that this run's own counts allow."""

NOT_COVERED = "not covered"


@dataclass(frozen=True)
class Source:
    """One thing that can end a run red: `count` at risk, its `rate` (None: not covered), and why.

    `count`: how many could end so, not how many did. `rate`: the probability that any of them does
    so by bad luck, at most. `why`: what the rate rests on, or how far this run stayed from it.
    """

    name: str
    count: int
    rate: float | None
    why: str

    @property
    def says(self) -> str:
        """The rate in words."""
        return NOT_COVERED if self.rate is None else f"at most {self.rate:.2g}"


def error_budget(record: Record, found: Sequence[Row]) -> tuple[Source, ...]:
    """Everything that can end a run red, from its record and its `rows`."""
    return (
        _tests(found),
        _rounding(found),
        _controls(record),
        _premises(record),
        _power(found),
        _rejections(found),
        _vacuity(found),
    )


def _tests(found: Sequence[Row]) -> Source:
    return Source(
        "a statistical test refutes",
        sum(row.tests for row in found),
        math.fsum(row.alpha for row in found),
        "each keeps its own rate at any sample size (proved, see verifier/statistics)",
    )


def _rounding(found: Sequence[Row]) -> Source:
    exact = [row for row in found if isinstance(STATEMENTS[row.id], PathwiseStatement) and row.held]
    kept = [row.error for row in exact if row.error <= 1]  # a refuted one says nothing of rounding
    whose = " by statements that are not refuted" * (len(kept) < len(exact))
    used = f"; at most {max(kept):.2g} of one was used{whose}" if kept else ""
    return Source(
        "a rounding bound is exceeded",
        sum(row.held for row in exact),
        None,
        f"computed for each comparison, but by a model of rounding{used}",
    )


def _controls(record: Record) -> Source:
    """Negative controls: a search may miss one, a test may have too little power."""
    tried = [(name, control) for name, each in record.controls.items() for control in each]
    searched = [
        draws or math.inf
        for name, each in record.controls.items()
        if isinstance(STATEMENTS[name], PathwiseStatement)
        for draws in each.values()
    ]
    narrowest = min((m for each in record.margins.values() for m in each.values()), default=None)
    near = [] if tried else ["none was run"]
    if searched:
        slowest = f"took {max(searched):g} draws" if max(searched) < math.inf else "found none"
        near.append(f"the slowest search {slowest}")
    if narrowest is not None:
        near.append(f"the narrowest test's error was {narrowest:.4g} times what chance allows")
    return Source("a negative control is not refuted", len(tried), None, "; ".join(near))


def void_rate(failures: int, draws: int) -> float:
    """How often more than half of `draws` would fail, by the upper bound that `failures` allow.

    Clopper and Pearson's bound on the failure probability, at `CONFIDENCE`.
    """
    most = 1.0
    if failures < draws:
        most = scipy.stats.beta.ppf(CONFIDENCE, failures + 1, draws - failures)
    return float(scipy.stats.binom.sf(draws // 2, draws, most))


def _premises(record: Record) -> Source:
    kept = [premise["kept"] for premise in record.necessity]
    rate = math.fsum(void_rate(side["failures"], side["draws"]) for side in kept)
    return Source(
        "a premise is found void (not a refutation)",
        len(record.necessity),
        min(1.0, rate) if kept else None,
        f"by this run's counts, each at confidence {CONFIDENCE}; a proved conclusion can fail by "
        "rounding alone"
        if kept
        else "none was tried",
    )


def _power(found: Sequence[Row]) -> Source:
    tested = [row for row in found if isinstance(STATEMENTS[row.id], StatisticalStatement)]
    ratios = [math.inf if row.detects is None else row.detects for row in tested if row.tests]
    return Source(
        "a test is underpowered",
        sum(row.tests for row in tested),
        None,
        f"the largest ratio of what is surely found to what has to be is {max(ratios):.2g}; "
        "some depend on the spread of the draws"
        if ratios
        else "none was made",
    )


def _rejections(found: Sequence[Row]) -> Source:
    met = [row for row in found if row.draws + row.rejected]
    shares = [(row.rejected / (row.draws + row.rejected), row.id) for row in met]
    most, name = max(shares, key=lambda share: share[0], default=(0.0, ""))
    passes = "passes" if most <= LARGEST_REJECTED_SHARE else "is too many"
    rejected = (
        f"{sum(row.rejected for row in met)} were; {name} has the largest share, {most:.2g}: "
    )
    rejected += f"up to {LARGEST_REJECTED_SHARE} is allowed, so it {passes}"
    return Source(
        "too many draws of a statement are rejected",
        len(met),
        None,
        f"draws follow from the seed; {rejected if most else 'none was rejected'}",
    )


def _vacuity(found: Sequence[Row]) -> Source:
    shares = [
        (row.premise / STATEMENTS[row.id].least_premise_share, row.id)  # type: ignore[attr-defined]
        for row in found
        if row.premise is not None and getattr(STATEMENTS[row.id], "least_premise_share", 0) > 0
    ]
    least = "none was tried"
    if shares:
        least = f"nearest is {min(shares)[1]}, with {min(shares)[0]:.2g} times the share it needs"
    return Source(
        "a premise holds too rarely", len(shares), None, f"draws follow from the seed; {least}"
    )
