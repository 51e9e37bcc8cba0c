"""One row per statement, from the records of a run and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from verifier.data.distributions import IMAGE_TASKS
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import Record
from verifier.statements import (
    IDENTITY,
    STATEMENTS,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)

SUPPORTED = "supported"
REFUTED = "refuted"
VACUOUS = "vacuous"
UNDERPOWERED = "underpowered"
NOT_APPLICABLE = "not applicable"
NOT_RUN = "not run"
ERROR = "error"
LARGEST_REJECTED_SHARE = 0.25


@dataclass(frozen=True)
class Row:
    """What a run found about one statement.

    `draws`: configurations checked, or experiments made. `comparisons`: made, or samples, `held` of
    them with their premise. `worst_error`: largest difference in units of what rounding, or chance,
    allows; 1 refutes. `tightness`: largest lhs/rhs of an inequality, `typical` the median over
    draws of each one's largest. `premise_share`: held / comparisons. `tests`: statistical tests
    made, `alpha` the sum of their false-alarm rates, `detects` the largest ratio of a discrepancy
    that is surely found to the one that has to be; above 1 the statement is underpowered. `real`:
    image sets used. `controls`: negative controls tried on the statement, `controls_refuted` of
    them refuted.
    """

    id: str
    statement: str
    kind: str
    draws: int
    comparisons: int
    held: int
    worst_error: float
    tightness: float | None
    typical: float | None
    premise_share: float | None
    tests: int
    alpha: float
    detects: float | None
    real: tuple[str, ...]
    rejected: int
    controls: int
    controls_refuted: int
    notes: dict[str, int]
    verdict: str
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def _verdict(
    statement: Statement, found: list[Evidence], rejected: int, detects: float | None
) -> tuple[str, str]:
    draws = len(found)
    compared, held = sum(e.comparisons for e in found), sum(e.held for e in found)
    least = statement.least_premise_share if isinstance(statement, PathwiseStatement) else 0.0
    if any(not e.holds for e in found):
        return REFUTED, ""
    if draws + rejected == 0:
        return NOT_RUN, "no test of this statement was run"
    if isinstance(statement, StatisticalStatement) and any(not e.comparisons for e in found):
        return VACUOUS, "an experiment compared nothing"
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


def _detects(tests: list[Mapping[str, Any]]) -> float | None:
    """The largest detectable discrepancy in units of the wanted one; None stands for infinity."""
    if not tests:
        return None

    def ratio(test: Mapping[str, Any]) -> float:
        known = test["detects"] is not None and test["wanted"] is not None and test["wanted"] > 0
        return test["detects"] / test["wanted"] if known else math.inf

    return max(ratio(test) for test in tests)


def unsettled(found: list[Row]) -> list[Row]:
    """The rows that neither support nor refute their statement though they could have."""
    return [row for row in found if row.verdict in (VACUOUS, UNDERPOWERED, NOT_RUN, ERROR)]


def rows(record: Record) -> list[Row]:
    """A row for every statement of the registry, in its order."""
    return [_row(record, statement) for statement in STATEMENTS.values()]


def _row(record: Record, statement: Statement) -> Row:
    found = [e for e in record.evidence if e.statement == statement.id]
    compared, held = sum(e.comparisons for e in found), sum(e.held for e in found)
    inequality = statement.kind != IDENTITY
    tightness = [e.tightness for e in found if inequality and e.tightness is not None]
    tests = [t for e in found for t in e.tests]
    controls = record.controls.get(statement.id, {})
    notes: dict[str, int] = {}
    for e in found:
        for name, count in e.notes.items():
            notes[name] = notes.get(name, 0) + count
    rejected = sum(record.rejected.get(statement.id, {}).values())
    verdict, reason = _verdict(statement, found, rejected, _detects(tests))
    if statement.id in record.errors and verdict != REFUTED:
        verdict, reason = ERROR, record.errors[statement.id]
    if statement.id in record.not_applicable and verdict != REFUTED:
        verdict, reason = NOT_APPLICABLE, record.not_applicable[statement.id]
    conditional = isinstance(statement, PathwiseStatement) and statement.least_premise_share > 0
    return Row(
        id=statement.id,
        statement=statement.statement,
        kind=statement.kind,
        draws=len(found),
        comparisons=compared,
        held=held,
        worst_error=max((e.error for e in found), default=0.0),
        tightness=max(tightness, default=None),
        typical=median(tightness) if tightness else None,
        premise_share=held / compared if compared and (conditional or held < compared) else None,
        tests=len(tests),
        alpha=math.fsum(t["alpha"] for t in tests),
        detects=_detects(tests),
        real=tuple(t for t in IMAGE_TASKS if any(e.data == t for e in found)),
        controls=len(controls),
        controls_refuted=sum(draws is not None for draws in controls.values()),
        rejected=rejected,
        notes=notes,
        verdict=verdict,
        reason=reason,
    )
