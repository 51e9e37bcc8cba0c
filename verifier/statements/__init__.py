"""Every statement of the theory: a folder for each chapter, a file for each statement.

`STATEMENTS` by id, in the theory's order; `PATHWISE`, which any search may attack, and
`STATISTICAL`, tested on fixed experiments. All of it follows from the chapters.
"""

from verifier.statements import (
    agreement,
    beyond,
    certificates,
    depth,
    identities,
    limits,
    prior_work,
    probability,
)
from verifier.statements.chapter import LEAST_CONTROLS, Chapter
from verifier.statements.control import Control
from verifier.statements.inputs import ANY, WIDE, Inputs
from verifier.statements.paper import PaperResult
from verifier.statements.registry import Registry
from verifier.statements.statement import (
    ADDED,
    CERTIFICATE,
    DEFAULT,
    EXACT,
    HEURISTIC,
    IDENTITY,
    IMPLICATION,
    LIMIT,
    MOMENTS,
    NIGHTLY,
    PREDICTION,
    PROBABILITY,
    RATE,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)

REGISTRY = Registry(
    (
        identities.CHAPTER,
        depth.CHAPTER,
        beyond.CHAPTER,
        certificates.CHAPTER,
        prior_work.CHAPTER,
        probability.CHAPTER,
        limits.CHAPTER,
        agreement.CHAPTER,
    )
)
"""The chapters of this package; others may be added."""

STATEMENTS = REGISTRY.statements
PATHWISE = REGISTRY.pathwise
STATISTICAL = REGISTRY.statistical

__all__ = [
    "ADDED",
    "ANY",
    "CERTIFICATE",
    "DEFAULT",
    "EXACT",
    "HEURISTIC",
    "IDENTITY",
    "IMPLICATION",
    "LEAST_CONTROLS",
    "LIMIT",
    "MOMENTS",
    "NIGHTLY",
    "PATHWISE",
    "PREDICTION",
    "PROBABILITY",
    "RATE",
    "REGISTRY",
    "STATEMENTS",
    "STATISTICAL",
    "WIDE",
    "Chapter",
    "Control",
    "Inputs",
    "PaperResult",
    "PathwiseStatement",
    "Registry",
    "Statement",
    "StatisticalStatement",
]
