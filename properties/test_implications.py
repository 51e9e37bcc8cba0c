"""D4, D5: certified parallelism and the main theorem, where their premises can hold."""

import pytest

from verifier.statements import PATHWISE, WIDE, PathwiseStatement
from verifier.suite.run import Suite


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.inputs == WIDE], ids=lambda s: s.id
)
def test_wide_networks(statement: PathwiseStatement, suite: Suite) -> None:
    suite.search(statement, suite.strategy(statement))
