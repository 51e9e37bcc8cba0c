"""Formulas of the site: where their lines may break, and which signs are signs."""

from __future__ import annotations

import importlib
from types import ModuleType
from xml.etree.ElementTree import fromstring

import pytest


@pytest.fixture(scope="module")
def formulas() -> ModuleType:
    for module in ("sphinx", "latex2mathml"):
        pytest.importorskip(module, reason="make docs installs it")
    return importlib.import_module("docs.formulas")


def lines(formulas: ModuleType, latex: str) -> list[str]:
    """What may stand on a line of its own, without markup."""
    pieces = formulas.pieces(formulas.mathml(latex))
    return ["".join("".join(element.itertext()) for element in piece) for piece in pieces]


def test_a_short_formula_is_whole(formulas: ModuleType) -> None:
    assert lines(formulas, "a = b + c") == ["a=b+c"]


def test_a_long_one_breaks_before_relations_and_sums_and_not_within_brackets(
    formulas: ModuleType,
) -> None:
    latex = r"f(a + b) = - c(d - e) + \sum_{i = 1} x_i y_i \ge - u v w, \enspace p q r \le s t"
    assert lines(formulas, latex) == [
        "f(a+b)",
        "=−c(d−e)",
        "+∑i=1xiyi",
        "≥−uvw,",
        "pqr",
        "≤st",
    ]


def test_what_is_long_within_brackets_breaks_there(formulas: ModuleType) -> None:
    inside = " + ".join(f"a_{k} b_{k} c_{k}" for k in range(9))
    found = lines(formulas, rf"x = E \big[ {inside} \big]")
    assert found[:2] == ["x", "=E[a0b0c0"]
    assert len(found) == 10


def test_nothing_is_lost_where_it_breaks_and_a_line_begins_with_no_sign(
    formulas: ModuleType,
) -> None:
    latex = (
        r"f_T(z) = \frac{a + b}{2} - \lVert x_n \rVert (\langle x_n, z \rangle + \beta) "
        r"+ c d e f g h k l m"
    )
    written = formulas.written(formulas.mathml(latex), "true")
    maths = [fromstring(part) for part in written.split("<wbr>")]
    assert len(maths) == 4
    whole = "".join("".join(element.itertext()) for element in formulas.mathml(latex))
    assert "".join("".join(math.itertext()) for math in maths) == whole
    assert [math[0][0].get("form") for math in maths[1:]] == ["infix"] * 3


def test_what_is_wider_than_a_phone_gets_a_line_of_its_own_there(formulas: ModuleType) -> None:
    long = " + ".join(f"a_{k} b_{k} c_{k}" for k in range(9))
    for latex, style, alone in (
        (long, "false", True),
        (long, "true", False),
        ("a", "false", False),
    ):
        written = formulas.written(formulas.mathml(latex), style, ",")
        assert written.startswith('<span class="wide">') is alone


def test_a_minus_behind_no_term_is_a_sign(formulas: ModuleType) -> None:
    minus = [
        e.get("form")
        for e in formulas.mathml("a - b") + formulas.mathml("a = - b")
        if e.text == "−"
    ]
    assert minus == ["infix", "prefix"]


def test_a_prime_stands_beside_its_letter(formulas: ModuleType) -> None:
    (first, *_) = formulas.mathml(r"\phi'(0)")
    assert (first.tag, first[1].tag, first[1].get("form")) == ("mrow", "mo", "postfix")
    assert first[1].text == "′"
    ((letter, power), *_) = formulas.mathml(r"\phi'^2")
    assert ["".join(one.itertext()) for one in (letter, power)] == ["ϕ′", "2"]


def test_a_comma_behind_a_formula_begins_no_line(formulas: ModuleType) -> None:
    nodes = pytest.importorskip("docutils.nodes")
    formula = nodes.math("", "x")
    words = nodes.paragraph("", "", nodes.Text("at "), formula, nodes.Text("), and on"))
    formulas.with_punctuation(None, nodes.container("", words))
    assert (formula["after"], words.children[-1].astext()) == ("),", " and on")
    written = formulas.written(formulas.mathml("x"), "false", formula["after"])
    assert written.startswith('<span class="joined"><math')
    assert written.endswith("</math>),</span>")


def test_of_texts_that_are_alike_the_one_behind_a_formula_hands_it_its_comma(
    formulas: ModuleType,
) -> None:
    code, first, second = formulas.nodes.literal("", "u"), formulas.nodes.math("", "p"), "q"
    comma = formulas.nodes.Text
    line = formulas.nodes.paragraph("", "", code, comma(", "), first, comma(", "))
    line += formulas.nodes.math("", second)
    formulas.with_punctuation(None, line)
    assert first["after"] == ","
    assert [str(text) for text in line if isinstance(text, comma)] == [", ", " "]
