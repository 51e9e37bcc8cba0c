"""The search that a negative control undergoes: any counterexample will do."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from verifier.statements import PathwiseStatement
from verifier.suite import fitting
from verifier.suite.drawing import drawn
from verifier.suite.ending import Refuted
from verifier.suite.run import Suite

FIRST = 50  # configurations that refute nearly every negative control
FEW = 10  # of them, which refute most; where a bound is too small, draws never do


def refute(
    suite: Suite,
    statement: PathwiseStatement,
    strategy: SearchStrategy[Any],
    examples: int,
    rung: str = "",
) -> None:
    """Raise `Refuted` on the control that the `suite` is about.

    Controls meet the same configurations first, drawn once for all of them, and after a few of them
    the cases in which the statement is attained; then the ladder. Before all of them comes the
    `rung` of this label: where a fault is known to show, others need not be searched.
    """
    if rung and statement.inputs.ladder:
        _on_rung(suite, statement, rung)
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


def _on_rung(suite: Suite, statement: PathwiseStatement, label: str) -> None:
    """Verify on this rung; a refutation says how many configurations usually come before it."""
    for place, rung in enumerate(fitting.fitted_ladder(statement, suite.subject)):
        if rung.label == f"ladder: {label}":
            try:
                start = rung.start(suite.subject.settings)
                suite.verify(statement, rung.configuration, rung.label, start)
            except Refuted as found:
                attained = len(fitting.attained(statement, suite.subject))
                found.left_out = FIRST + attained + place
                raise
