"""One statement checked on a training code without pytest, as in a notebook."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from verifier.errors import NotComparable, require
from verifier.evidence.evidence import Evidence
from verifier.statements import DEFAULT, REGISTRY, PathwiseStatement, StatisticalStatement
from verifier.suite.drawing import EXAMPLES
from verifier.suite.levels import LEVELS
from verifier.suite.precision import FULL, float32_products
from verifier.suite.run import Refuted, Suite
from verifier.suite.strategies import strategy_for
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def check(code: Any, statement: str, level: str, settings: Settings) -> Evidence:
    """See `verifier.check`."""
    require(level in LEVELS, "level", repr(level), f"must be one of {', '.join(LEVELS)}")
    found = REGISTRY.statement(statement)
    suite = Suite(Subject(code() if isinstance(code, type) else code, settings=settings))
    found.require_offered(suite.subject)
    with suppress(Refuted), float32_products(FULL):
        if isinstance(found, PathwiseStatement):
            examples = max(1, EXAMPLES[LEVELS[level].profile] // found.inputs.cost)
            suite.search(found, strategy_for(found), examples=examples)
        elif isinstance(found, StatisticalStatement):
            suite.settle(found, found.experiments[DEFAULT])
    refutation = suite.record.minimal_counterexample(found.id)
    if refutation is not None:
        return refutation
    if not suite.record.evidence:
        raise NotComparable(f"{found.id}: no configuration could be tested")
    return max(suite.record.evidence, key=lambda evidence: evidence.error)
