"""What counts as the same result, and that a mutant's calls are compared on copies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from benchmarks.mutants.coverage import Map
from benchmarks.mutants.equal import Both, compared_calls, same
from benchmarks.mutants.operators import SLIPS
from benchmarks.mutants.syntax import Mutation, mutations
from tests.mutants.toy import JUDGE, SOURCE, project


@dataclass
class Pair:
    x: torch.Tensor
    name: str = ""


X = torch.tensor([1.0, math.nan, math.inf])


@pytest.mark.parametrize("value", [X, 1.5, math.nan, None, "a", (X, 1), {"a": X}, Pair(X)])
def test_what_is_the_same(value: object) -> None:
    assert same(value, value)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (X, X.double()),
        (X, X[:2]),
        (torch.tensor(1.0), torch.tensor(1.0 + 2**-23)),
        (1.0, 1),
        (math.nan, 0.0),
        ((1,), (1, 2)),
        ({"a": 1}, {"b": 1}),
        (Pair(X), Pair(X, "b")),
        (ValueError("a"), KeyError("a")),
        (None, 0.0),
    ],
)
def test_what_is_not(a: object, b: object) -> None:
    assert not same(a, b)


def test_each_version_has_its_own_arguments() -> None:
    both = Both("m", "def f(x):\n    x.append(2)\n    return 0\n", "f")

    @both.of
    def f(x: list[int]) -> int:
        x.append(1)
        return 0

    given: list[int] = []
    assert f(given) == 0
    assert given == [1]
    assert (both.compared, both.differing) == (1, 1)


def test_methods_exceptions_and_iterators() -> None:
    text = "class C:\n    @property\n    def p(self):\n        yield 1\n"
    both = Both("m", text, "C.p")

    class C:
        @property
        @both.of
        def p(self) -> object:
            yield 1

    assert list(C().p) == [1]  # type: ignore[call-overload]
    assert (both.compared, both.differing) == (1, 0)
    failing = Both("m", "def f():\n    return 1\n", "f")

    @failing.of
    def f() -> int:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        f()
    assert (failing.compared, failing.differing) == (1, 1)


def mutant(before: str, after: str) -> Mutation:
    return next(m for m in mutations(SOURCE, SLIPS) if (m.before, m.after) == (before, after))


@pytest.mark.slow
def test_calls_of_the_tests_are_compared(tmp_path: Path) -> None:
    tree = project(tmp_path)
    tests = ("test_many", "test_unwatched_runs")
    many, unwatched = (f"checks/test_sums.py::{test}" for test in tests)
    lines = {("toy/sums.py", 30): {many}, ("toy/sums.py", 20): {unwatched}}
    known = Map({many: 0.1, unwatched: 0.1}, lines)

    def asked(m: Mutation) -> tuple[int, int]:
        return compared_calls(tree, JUDGE, known, "toy/sums.py", m, tmp_path / "log")

    assert asked(mutant("7", "8")) == (1, 1)
    assert asked(mutant("len(values) >= LEAST", "(len(values) > LEAST)")) == (2, 1)
    assert asked(mutant("2", "3")) == (0, 0)  # not in a function
    assert tree.source("toy/sums.py") == SOURCE
