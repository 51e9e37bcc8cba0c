"""The registry: every claim by id, in the theory's order."""

from verifier.claims.base import (
    ANY,
    CERTIFICATE,
    DEEP,
    DEFAULT,
    IDENTITY,
    IMPLICATION,
    NIGHTLY,
    ORTHOGONAL,
    WIDE,
    Claim,
    Statement,
    StatisticalClaim,
)
from verifier.claims.certificates import CERTIFICATES
from verifier.claims.concentration import CONCENTRATION
from verifier.claims.decomposition import DECOMPOSITION
from verifier.claims.depth import DEPTH
from verifier.claims.descent import DESCENT
from verifier.claims.limits import LIMITS
from verifier.claims.perturbation import PERTURBATION
from verifier.claims.phase_diagram import PHASE
from verifier.claims.prior_work import PRIOR_WORK
from verifier.statistics import FALSE_ALARMS, Ledger

CLAIMS: dict[str, Claim] = {
    claim.id: claim
    for claim in (*DESCENT, *DECOMPOSITION, *PERTURBATION, *DEPTH, *CERTIFICATES, *PRIOR_WORK)
}
"""Statements about single realisations, open to any search."""

STATISTICAL: dict[str, StatisticalClaim] = {
    claim.id: claim for claim in (*CONCENTRATION, *LIMITS, *PHASE)
}
"""Statements about the law of the draw, tested on fixed experiments."""

STATEMENTS: dict[str, Statement] = {**CLAIMS, **STATISTICAL}
"""Both, by id."""


def ledger(size: str, total: float = FALSE_ALARMS) -> Ledger:
    """How a run's false-alarm probability is split over every test of every experiment."""
    tests = sum(claim.tests * len(claim.experiments[size]) for claim in STATISTICAL.values())
    return Ledger(max(1, tests), total)


__all__ = [
    "ANY",
    "CERTIFICATE",
    "CLAIMS",
    "DEEP",
    "DEFAULT",
    "IDENTITY",
    "IMPLICATION",
    "NIGHTLY",
    "ORTHOGONAL",
    "STATEMENTS",
    "STATISTICAL",
    "WIDE",
    "Claim",
    "Statement",
    "StatisticalClaim",
    "ledger",
]
