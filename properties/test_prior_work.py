"""Table 1, row by row: what holds where one assumption of prior work is given up, and only that."""

from collections.abc import Sequence

import pytest

from verifier.statements import PATHWISE, PathwiseStatement
from verifier.statements.prior_work.table1 import (
    PRIOR_SETTING,
    PRIOR_STATEMENTS,
    RELAXATIONS,
    Relaxation,
)
from verifier.suite.run import Suite
from verifier.trial.configuration import Configuration


def as_it_is(configurations: Sequence[Configuration], suite: Suite) -> list[Configuration]:
    """Those that the code supports unchanged: in float32 such long runs drift apart by rounding."""
    return [c for c in configurations if suite.subject.supports.admits(c)]


CASES = [(row, PATHWISE[name]) for row in RELAXATIONS for name in row.statements]


@pytest.mark.parametrize("statement", [PATHWISE[s] for s in PRIOR_STATEMENTS], ids=lambda s: s.id)
def test_prior_work(statement: PathwiseStatement, suite: Suite) -> None:
    suite.verify_all(statement, as_it_is(PRIOR_SETTING, suite), label="prior work")


@pytest.mark.parametrize(("row", "statement"), CASES, ids=[f"{s.id}-{r.row}" for r, s in CASES])
def test_relaxation(row: Relaxation, statement: PathwiseStatement, suite: Suite) -> None:
    suite.verify_all(statement, as_it_is(row.configurations, suite), label=row.label)
