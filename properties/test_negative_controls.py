"""Every negative control is refuted by every statement it names, by the check that it undergoes.

So a reader of the table knows that each check would have noticed. The controls do not depend on
the implementation under test.
"""

import pytest

from verifier.statements import (
    REGISTRY,
    STATEMENTS,
    Control,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)
from verifier.suite.ending import Refuted
from verifier.suite.refuting import refute
from verifier.suite.run import Suite

EXAMPLES = 3000  # what is not refuted by then is not noticed
PAIRS = [(c, s) for s in STATEMENTS.values() for c in REGISTRY.controls_of(s.id)]


def check(suite: Suite, statement: Statement, rung: str = "") -> None:
    """The check that the statement itself undergoes, on this `rung` of a ladder first."""
    statement.require_offered(suite.subject)
    if isinstance(statement, StatisticalStatement):
        suite.settle(statement, statement.experiments[suite.size])
    elif isinstance(statement, PathwiseStatement):
        refute(suite, statement, suite.strategy(statement), EXAMPLES, rung)


@pytest.mark.parametrize(
    ("control", "statement"), PAIRS, ids=[f"{s.id}-{c.name}" for c, s in PAIRS]
)
def test_is_refuted(control: Control, statement: Statement, suite: Suite) -> None:
    broken = suite.control(control)
    suite.record.control(statement.id, control.name, None)
    draws = broken.record.draws
    try:
        check(broken, statement, control.known_rung)
    except Refuted as found:
        count = draws(statement.id) + found.left_out
        suite.record.control(statement.id, control.name, count)
        if isinstance(statement, StatisticalStatement):
            suite.record.margin(statement.id, control.name, broken.record.evidence[-1].error)
        return
    never = "".join(
        f"; its check never asked for trial.theory[{name}]"
        for name in broken.subject.theory.out_of_reach
    )
    told = f"control {control.name!r} ({control.what}) was not refuted by {statement.id}"
    pytest.fail(f"{told} in {draws(statement.id)} draws{never}")
