"""One row per claim, from the records of a run and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from verifier.claims import CLAIMS, IDENTITY, Claim
from verifier.distributions import IMAGE_TASKS
from verifier.record import Record

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
    """What a run found about one claim.

    `draws`: configurations checked. `cases`: comparisons, `held` of them with their premise.
    `worst_error`: largest difference in units of the rounding bound; 1 refutes. `tightness`:
    largest lhs/rhs of an inequality. `premise_share`: held / cases. `real`: image sets used.
    `controls`: negative controls tried on the claim, `controls_refuted` of them refuted.
    """

    claim: str
    statement: str
    kind: str
    draws: int
    cases: int
    held: int
    worst_error: float
    tightness: float | None
    premise_share: float | None
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
    claim: Claim, draws: int, rejected: int, cases: int, held: int, refuted: bool
) -> tuple[str, str]:
    if refuted:
        return REFUTED, ""
    if draws + rejected == 0:
        return NOT_RUN, "no test of this claim was run"
    if rejected > LARGEST_REJECTED_SHARE * (draws + rejected):
        return UNDERPOWERED, f"{rejected} of {draws + rejected} draws could not be tested"
    if held == 0:
        return VACUOUS, "the premise never held"
    if held < claim.least_premise_share * cases:
        share = f"{held / cases:.0%} of the cases"
        return VACUOUS, f"the premise held in {share}, below {claim.least_premise_share:.0%}"
    return SUPPORTED, ""


def unsettled(found: list[Row]) -> list[Row]:
    """The rows that neither support nor refute their claim though they could have."""
    return [row for row in found if row.verdict in (VACUOUS, UNDERPOWERED, NOT_RUN, ERROR)]


def rows(record: Record) -> list[Row]:
    """A row for every claim of the registry, in its order."""
    return [_row(record, claim) for claim in CLAIMS.values()]


def _row(record: Record, claim: Claim) -> Row:
    found = [e for e in record.evidence if e.claim == claim.id]
    cases, held = sum(e.cases for e in found), sum(e.held for e in found)
    tightness = [e.tightness for e in found if e.tightness is not None]
    controls = record.controls.get(claim.id, {})
    notes: dict[str, int] = {}
    for e in found:
        for name, count in e.notes.items():
            notes[name] = notes.get(name, 0) + count
    refuted = any(not e.holds for e in found)
    rejected = sum(record.rejected.get(claim.id, {}).values())
    verdict, reason = _verdict(claim, len(found), rejected, cases, held, refuted)
    if claim.id in record.errors and verdict != REFUTED:
        verdict, reason = ERROR, record.errors[claim.id]
    if claim.id in record.not_applicable:
        verdict, reason = NOT_APPLICABLE, record.not_applicable[claim.id]
    return Row(
        claim=claim.id,
        statement=claim.statement,
        kind=claim.kind,
        draws=len(found),
        cases=cases,
        held=held,
        worst_error=max((e.error for e in found), default=0.0),
        tightness=None if claim.kind == IDENTITY else max(tightness, default=None),
        premise_share=held / cases
        if cases and (claim.least_premise_share or held < cases)
        else None,
        real=tuple(t for t in IMAGE_TASKS if any(e.data == t for e in found)),
        controls=len(controls),
        controls_refuted=sum(draws is not None for draws in controls.values()),
        rejected=rejected,
        notes=notes,
        verdict=verdict,
        reason=reason,
    )
