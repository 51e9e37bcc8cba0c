"""What is known of comparisons is of comparisons that statements make, and of their indices."""

from __future__ import annotations

from contextlib import suppress
from pkgutil import resolve_name
from typing import Any

import pytest

from verifier.errors import DivergedError, NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.report.known import KNOWN, known, place
from verifier.statements import STATEMENTS, PathwiseStatement
from verifier.suite.drawing import drawn
from verifier.trial.subject import Subject

FEW = 12
"""Configurations of each statement; together they make every comparison that is listed."""


class Watched(Comparisons):
    """Keeps of each comparison its conclusion and how many numbers its index has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []

    def identity(self, conclusion: str, lhs: Any, rhs: Any, bound: Any) -> None:
        self.seen.append((conclusion, max(lhs.ndim, bound.ndim)))
        super().identity(conclusion, lhs, rhs, bound)

    def at_most(self, conclusion: str, lhs: Any, *others: Any) -> None:
        self.seen.append((conclusion, max(t.ndim for t in (lhs, *others))))
        super().at_most(conclusion, lhs, *others)


@pytest.mark.parametrize("name", KNOWN)
def test_every_comparison_that_is_known_is_made_with_such_an_index(name: str) -> None:
    statement = STATEMENTS[name]
    assert isinstance(statement, PathwiseStatement)
    met = set()
    for configuration in drawn(resolve_name(statement.inputs.strategy)(), FEW, 0):
        watched = Watched()
        with suppress(DivergedError, NotComparable):
            statement.compare(statement.inputs.trial_of(configuration, Subject()), watched)
        for conclusion, dimensions in watched.seen:
            of = known(name, conclusion)
            met.add(of.begins)
            if of.axes:
                assert len(of.axes) == dimensions, conclusion
    assert {each.begins for each in KNOWN[name]} <= met


def test_nobody_is_named_of_what_is_not_known() -> None:
    assert not known("E1", "something else").of_code
    assert not known("X9", "f_T(z)").of_code
    assert not known("E4", "ytil_n r_n does not depend on ytil_n").of_code
    assert known("E4", "any loss with ell' > 0 gives the same r_n").of_code


def test_a_place_is_told_in_words_where_its_axes_are_known() -> None:
    assert place(("point", "coordinate"), (3, 0)) == "at point 3, coordinate 0"
    assert place(("point", "coordinate"), (3, 1)).endswith("coordinate 1 (counted from 0)")
    assert place(("point",), (3, 0)) == "at index [3, 0]"
    told = place(("perturbation {} of those compared",), (2,))
    assert told == "at perturbation 2 of those compared (counted from 0)"
    assert place((), ()) == ""


def test_a_finding_about_velocity_is_of_a_statement_that_says_it() -> None:
    e0 = STATEMENTS["E0"]
    assert "momentum" in e0.plain
    assert "velocity v' = mu v + the gradient" in e0.statement
    assert r"v' = \mu v + \nabla" in e0.latex
