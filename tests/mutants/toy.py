"""A project of one module and three tests, to be mutated."""

from __future__ import annotations

from pathlib import Path

from benchmarks.mutants.__main__ import Session
from benchmarks.mutants.families import Family, Judge
from benchmarks.mutants.operators import SLIPS
from benchmarks.mutants.tree import Tree

SOURCE = '''"""Sums."""

from __future__ import annotations

LEAST = 2


def total(values: list[int]) -> int:
    """A sum, by a loop that ends when nothing is left."""
    left = list(values)
    found = 0
    while left:
        found += left[-1]
        left.pop()
    return found


def unwatched(value: int) -> int:
    """No test looks at what it returns."""
    return value * 7


def never_run(value: int) -> int:
    """No test calls it."""
    return -value


def is_many(values: list[int]) -> bool:
    """At least so many."""
    return len(values) >= LEAST
'''
TESTS = """
from toy import sums

def test_total():
    assert sums.total([1, 2, 3]) == 6

def test_unwatched_runs():
    sums.unwatched(3)

def test_many():
    assert sums.is_many([1, 2])
    assert not sums.is_many([1])
"""
WHOLE = """
import pytest

def pytest_collection_finish(session):
    part = session.config.getoption("maxfail")
    if len(session.items) < 3 and not part:
        raise pytest.UsageError("a whole run lacks a test")
"""
FILES = {
    "checks/conftest.py": WHOLE,  # as the suite does
    "toy/__init__.py": "",
    "toy/sums.py": SOURCE,
    "checks/test_sums.py": TESTS,
    "pytest.ini": "[pytest]\n",
}
_CHECKS = ("checks", "--import-mode=importlib")
JUDGE = Judge("checks", _CHECKS, whole=_CHECKS, start=4.0)
FAMILY = Family("toy", ((("toy/*.py",), SLIPS),), JUDGE)


def project(folder: Path) -> Tree:
    """The toy, and the copy of it that is mutated."""
    for name, text in FILES.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Tree.copied(folder / "project", sorted(FILES), folder / "copy")


def session(folder: Path, count: int, seed: int = 0, workers: int = 1) -> Session:
    """A session over the toy."""
    output = folder / "found"
    output.mkdir(exist_ok=True)
    return Session(project(folder), (FAMILY,), seed, count, output, workers)
