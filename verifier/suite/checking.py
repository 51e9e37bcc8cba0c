"""One statement checked on a training code without pytest, as in a notebook."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from verifier.errors import NotComparable, require
from verifier.evidence.evidence import Evidence
from verifier.report.verdicts import SUPPORTED, rows
from verifier.statements import DEFAULT, REGISTRY, PathwiseStatement, StatisticalStatement
from verifier.suite.drawing import EXAMPLES, count_of
from verifier.suite.ending import Refuted
from verifier.suite.levels import LEVELS
from verifier.suite.precision import FULL, float32_products
from verifier.suite.run import Suite
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def check(code: Any, statement: str, level: str, settings: Settings) -> Evidence:
    """See `verifier.check`."""
    return search(code, statement, level, settings)[0]


def search(code: Any, statement: str, level: str, settings: Settings) -> tuple[Evidence, str]:
    """The same with the likely cause of a refutation, if one is known."""
    require(level in LEVELS, "level", repr(level), f"must be one of {', '.join(LEVELS)}")
    found = REGISTRY.statement(statement)
    suite = Suite(Subject(code() if isinstance(code, type) else code, settings=settings))
    found.require_offered(suite.subject)
    with suppress(Refuted, pytest.skip.Exception), float32_products(FULL):
        if isinstance(found, PathwiseStatement):
            examples = count_of(found, EXAMPLES[LEVELS[level].profile])
            suite.search(found, suite.strategy(found), examples=examples)
        elif isinstance(found, StatisticalStatement):
            suite.settle(found, found.experiments[DEFAULT])
    refutation = suite.record.minimal_counterexample(found.id)
    if refutation is not None:
        return refutation, suite.record.causes.get(found.id, "")
    (row,) = [row for row in rows(suite.record) if row.id == found.id]
    if row.verdict != SUPPORTED:
        raise NotComparable(f"{found.id} is {row.verdict}: {row.reason}")
    return max(suite.record.evidence, key=lambda evidence: evidence.error), ""
