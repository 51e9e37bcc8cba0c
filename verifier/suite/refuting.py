"""The search that a negative control undergoes: any counterexample will do."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from verifier.statements import PathwiseStatement
from verifier.suite.drawing import drawn
from verifier.suite.run import Suite

FIRST = 50  # configurations that refute nearly every negative control
FEW = 10  # of them, which refute most; where a bound is too small, draws never do


def refute(
    suite: Suite, statement: PathwiseStatement, strategy: SearchStrategy[Any], examples: int
) -> None:
    """Raise `Refuted` on the control that the `suite` is about.

    Controls meet the same configurations first, drawn once for all of them, and after a few of them
    the cases in which the statement is attained; then the ladder.
    """
    key = ("first configurations", statement.inputs)
    if key not in suite.of_reference:
        suite.of_reference[key] = drawn(strategy, FIRST, suite.subject.settings.run_seed)
    first = suite.of_reference[key]
    for configuration in first[:FEW]:
        suite.verify(statement, configuration)
    suite.verify_attained(statement)
    for configuration in first[FEW:]:
        suite.verify(statement, configuration)
    if suite.subject.theory.out_of_reach:
        return  # more draws would change nothing
    if statement.inputs.ladder:
        suite.climb(statement)
    suite.search(statement, strategy, examples=examples, shrink=False)
