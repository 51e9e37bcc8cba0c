"""The names of statistical tests, which reports show to readers who do not know the code."""

import re

import pytest

from tests.statements.tolerances import kept
from verifier.statements import STATISTICAL

OPAQUE = (
    *("/ b", "- 1", " - predicted", " - Edgeworth", "at point 0", "along its mean"),
    *("Q_z at", "entries of b ", "entries of a "),
)
"""Shorthand that earlier names had."""


def names(statement: str) -> list[str]:
    """The names of a statement's statistical tests in its default experiments."""
    found = [test for case in kept()[statement] for test in case["found"] if "test" in test]
    return sorted({test["conclusion"] for test in found})


@pytest.mark.parametrize("statement", STATISTICAL)
def test_a_test_is_named_in_words(statement: str) -> None:
    for name in names(statement):
        words = re.findall(r"(?<![\w^])[a-zA-Z][a-z']{2,}(?![\w^])", name)
        assert len(words) >= 3, name
        assert not any(part in name for part in OPAQUE), name
        # a formula may follow, not begin
        begins = re.match(r"[A-Za-z' ]+", name)
        assert begins, name


def test_names_say_what_is_compared_with_what() -> None:
    assert "entries of the biases b of fresh networks against N(0, 1)" in names("P0")
    assert "accuracy of g, measured less predicted, d = 20, c = 0.2, eps = 3" in names("P6")


@pytest.mark.parametrize("statement", STATISTICAL)
def test_names_fit_a_line_and_differ(statement: str) -> None:
    for case in kept()[statement]:
        found = [test["conclusion"] for test in case["found"] if "test" in test]
        assert len(set(found)) == len(found)
        assert all(len(name) <= 100 for name in found), [n for n in found if len(n) > 100]
