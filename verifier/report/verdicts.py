"""One row per statement with its verdict, from the record of a run and nothing else."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from statistics import median
from typing import Any

from verifier.data.distributions import IMAGE_TASKS
from verifier.errors import SinglePrecision, require
from verifier.evidence.evidence import Evidence
from verifier.evidence.expected import Expected
from verifier.evidence.folders import INTERRUPTED
from verifier.evidence.record import SINGLE, Record
from verifier.report.finding import Finding
from verifier.statements import (
    IDENTITY,
    STATEMENTS,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)

SUPPORTED = "supported"
REFUTED = "refuted"
DEVIATES = "deviates (expected)"
VACUOUS = "vacuous"
UNDERPOWERED = "underpowered"
NOT_APPLICABLE = "not applicable"
NOT_RUN = "not run"
ERROR = "error"
LARGEST_REJECTED_SHARE = 0.25
FILLED_IN = "filled in"
"""The entry of `Record.about` with the functions that the library filled in for the code."""


@dataclass(frozen=True)
class Row:
    """What a run found about one statement.

    `draws`: configurations checked, or experiments made. `comparisons`: made, or samples, `held` of
    them with their premise. `error`: largest difference in units of what rounding, or chance,
    allows; above 1 it refutes. `tightness`: largest lhs/rhs of an inequality, `typical` the median
    over draws of each one's largest. `premise`: held / comparisons, where a premise matters.
    `tests`: statistical tests made, `alpha` the sum of their false-alarm rates, `detects` the
    largest ratio of a discrepancy that is surely found to the one that has to be; above 1 the
    statement is underpowered. `controls`: negative controls tried on the statement,
    `controls_refuted` of them refuted. `images`: image sets used. `filled`: functions that the
    library filled in for the code. `evidence`: all of it.
    """

    id: str
    statement: str
    kind: str
    draws: int
    comparisons: int
    held: int
    error: float
    tightness: float | None
    typical: float | None
    premise: float | None
    tests: int
    alpha: float
    detects: float | None
    images: tuple[str, ...]
    rejected: int
    controls: int
    controls_refuted: int
    notes: dict[str, int]
    verdict: str
    reason: str = ""
    filled: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the evidence."""
        return {name: value for name, value in vars(self).items() if name != "evidence"}


def _verdict(
    statement: Statement, found: list[Evidence], reasons: Counter[str], detects: float | None
) -> tuple[str, str]:
    draws, rejected = len(found), reasons.total()
    compared = sum(e.comparisons for e in found)
    held = sum(e.held for e in found)
    least = statement.least_premise_share if isinstance(statement, PathwiseStatement) else 0.0
    if any(not e.holds for e in found):
        return REFUTED, ""
    if draws + rejected == 0:
        return NOT_RUN, "no test of this statement was run"
    if isinstance(statement, StatisticalStatement) and any(not e.comparisons for e in found):
        return VACUOUS, "an experiment compared nothing"
    if reasons[SINGLE]:  # refuted in float64: no share of such draws is small enough
        return UNDERPOWERED, str(SinglePrecision())
    if rejected > LARGEST_REJECTED_SHARE * (draws + rejected):
        return UNDERPOWERED, f"{rejected} of {draws + rejected} draws could not be tested"
    if detects is not None and not detects <= 1:
        return UNDERPOWERED, f"a discrepancy {detects:.3g} times the one that matters may be missed"
    if held == 0:
        return VACUOUS, "the premise never held"
    if held < least * compared:
        share = f"{held / compared:.0%} of the comparisons"
        return VACUOUS, f"the premise held in {share}, below {least:.0%}"
    return SUPPORTED, ""


def _as_expected(
    record: Record, name: str, found: list[Evidence], verdict: str, reason: str
) -> tuple[str, str]:
    """The verdict and its reason, where a project expects its code to deviate."""
    expected = Expected(**record.expected[name])
    if verdict == SUPPORTED:
        return ERROR, f"no longer deviates: take it out of verifier.toml ({expected.reason})"
    if verdict != REFUTED:
        return verdict, reason
    worst = max(found, key=lambda evidence: evidence.error)
    cause = Finding(worst, record.causes.get(name, "")).cause
    today = record.about.get("started", "")[:10]
    objection = expected.objection(worst.error, cause, today)
    if objection:
        return REFUTED, objection
    return DEVIATES, f"{expected.reason} (until {expected.until})"


def _detects(tests: list[Mapping[str, Any]]) -> float | None:
    """The largest detectable discrepancy in units of the wanted one; None stands for infinity."""
    if not tests:
        return None

    def ratio(test: Mapping[str, Any]) -> float:
        known = test["detects"] is not None and test["wanted"] is not None and test["wanted"] > 0
        return test["detects"] / test["wanted"] if known else math.inf

    return max(ratio(test) for test in tests)


def unsettled(found: list[Row]) -> list[Row]:
    """The rows that neither support nor refute their statement, or missed one of its controls."""
    open_ones = (VACUOUS, UNDERPOWERED, NOT_RUN, ERROR, INTERRUPTED)
    return [r for r in found if r.verdict in open_ones or r.controls_refuted < r.controls]


def rows(record: Record) -> list[Row]:
    """A row for every statement of the registry, in its order.

    Raises `InputError` if the record names a statement that is in no chapter: what it says of it
    would be in no report.
    """
    kept: tuple[Iterable[str], ...] = (
        (e.statement for e in record.evidence),
        record.rejected,
        record.not_applicable,
        record.errors,
        record.controls,
    )
    for name in dict.fromkeys(chain.from_iterable(kept)):
        require(
            name in STATEMENTS,
            "statement",
            repr(name),
            "is in no chapter; name the one it was run with: `verifier --chapter PKG.MOD:NAME ...`",
        )
    return [_row(record, statement) for statement in STATEMENTS.values()]


def _row(record: Record, statement: Statement) -> Row:
    found = [e for e in record.evidence if e.statement == statement.id]
    compared = sum(e.comparisons for e in found)
    held = sum(e.held for e in found)
    inequality = statement.kind != IDENTITY
    tightness = [e.tightness for e in found if inequality and e.tightness is not None]
    tests = [t for e in found for t in e.tests]
    controls = record.controls.get(statement.id, {})
    notes = sum((Counter(e.notes) for e in found), Counter[str]())
    reasons = record.rejected.get(statement.id, Counter())
    verdict, reason = _verdict(statement, found, reasons, _detects(tests))
    if statement.id in record.errors and verdict != REFUTED:
        verdict, reason = ERROR, record.errors[statement.id]
    if verdict == SUPPORTED and record.state == INTERRUPTED:
        verdict, reason = INTERRUPTED, "the run was stopped, and not all of its checks were made"
    if statement.id in record.not_applicable and verdict != REFUTED:
        verdict, reason = NOT_APPLICABLE, record.not_applicable[statement.id]
    if statement.id in record.expected:
        verdict, reason = _as_expected(record, statement.id, found, verdict, reason)
    applies = verdict != NOT_APPLICABLE
    told = record.about.get(FILLED_IN, "").split(", ") if applies else ()
    conditional = isinstance(statement, PathwiseStatement) and statement.least_premise_share > 0
    return Row(
        id=statement.id,
        statement=statement.statement,
        kind=statement.kind,
        draws=len(found),
        comparisons=compared,
        held=held,
        error=max((e.error for e in found), default=0.0),
        tightness=max(tightness, default=None),
        typical=median(tightness) if tightness else None,
        premise=held / compared if compared and (conditional or held < compared) else None,
        tests=len(tests),
        alpha=math.fsum(t["alpha"] for t in tests),
        detects=_detects(tests),
        images=tuple(t for t in IMAGE_TASKS if any(e.data == t for e in found)),
        rejected=reasons.total(),
        controls=len(controls),
        controls_refuted=sum(draws is not None for draws in controls.values()),
        notes=notes,
        verdict=verdict,
        reason=reason,
        filled=tuple(name for name in statement.needs if name in told),
        evidence=tuple(found),
    )
