"""Statements whose inputs have a ladder of sizes, on each: one thing large at a time."""

import pytest

from verifier.statements import PATHWISE, PathwiseStatement
from verifier.suite.run import Suite


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.inputs.ladder], ids=lambda s: s.id
)
def test_every_rung(statement: PathwiseStatement, suite: Suite) -> None:
    suite.require_applicable(statement)
    if not any(suite.climb(statement)):
        pytest.skip(f"{statement.id}: no rung could be tested")
