"""Who notices what, of which a table is made."""

from __future__ import annotations

import pytest

from benchmarks.mutants.claims import statement_of, table


@pytest.mark.parametrize(
    ("test", "statement"),
    [
        ("properties/test_exact.py::test_random_configurations[E4]", "E4"),
        ("properties/test_statistics.py::test_experiment[N1-paper]", "N1"),
        ("properties/test_negative_controls.py::test_is_refuted[R1cl-of-K_0-dampened]", "R1cl"),
        ("properties/test_necessity.py::test_premise[gradient descent]", None),
        ("properties/test_balls.py::test_is_certified", None),
    ],
)
def test_a_test_is_of_a_statement(test: str, statement: str | None) -> None:
    assert statement_of(test) == statement


def test_only_what_nobody_else_notices_is_noticed_alone() -> None:
    rows = table([["E1"], ["E1", "E4"], ["E4"], ["E1"]]).splitlines()
    assert rows[0].startswith("4 mutants")
    assert rows[-2:] == ["| E1 | 3 | 2 |", "| E4 | 2 | 1 |"]
