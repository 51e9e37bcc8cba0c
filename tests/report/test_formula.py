"""A formula breaks over lines where no bracket is open, and loses nothing."""

from __future__ import annotations

from verifier.report.formula import mathematics, parts
from verifier.statements import STATEMENTS


def test_parts_are_the_whole_formula() -> None:
    for statement in STATEMENTS.values():
        assert "".join(parts(statement.latex)) == statement.latex, statement.id


def test_a_line_breaks_at_relations_outside_brackets_alone() -> None:
    assert parts(r"f(x = y) = \frac{a = b}{c}") == ["f(x = y) ", r"= \frac{a = b}{c}"]
    assert parts(r"[0, 1) = a = b") == ["[0, 1) ", "= a ", "= b"]
    assert parts(r"\left( a = b \right) \le c") == [r"\left( a = b \right) ", r"\le c"]


def test_a_plus_is_a_place_to_break_in_long_formulas_and_never_as_an_index() -> None:
    assert parts("a + b") == ["a + b"]
    long = "Y_i^+ " + "x " * 40
    assert parts(f"{long}+ b") == [long, "+ b"]
    shown = mathematics(f"{long}+ b")
    assert shown.count("<math") == 2
    assert '<mo form="infix">+</mo>' in shown.split("<math")[2]


def test_a_wide_space_stays_between_parts() -> None:
    shown = mathematics(r"a, \quad b")
    assert shown.count("<math") == 2
    assert shown.count('class="apart"') == 1
    assert "quad" not in shown


def test_a_short_clause_between_wide_spaces_stays_in_one_line() -> None:
    assert parts(r"a = b, \quad \tau = T") == [r"a = b, \quad", r" \tau = T"]
    long = "x " * 20
    assert parts(rf"{long}= b, \quad c = d") == [long, r"= b, \quad", " c = d"]


def test_a_prime_stands_beside_its_letter_and_below_a_power() -> None:
    assert '<mi>W</mi><mo form="postfix"' in mathematics("(W', b')")
    assert "<msup" not in mathematics("(W', b')")
    assert mathematics(r"\phi'^2").count("<msup>") == 1
