"""A program that aborts is one finding: the function, the signal, the smallest case, no more."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.suite.running import ROOT
from verifier.errors import BadResult
from verifier.implementations.program import Program
from verifier.statements import PATHWISE
from verifier.suite.failing import FAILED, STOPPED, shortened
from verifier.suite.gathering import pytest_runtest_makereport
from verifier.suite.run import Suite
from verifier.trial.subject import Subject

PROGRAM = f"{sys.executable} {ROOT / 'tests/implementations/line_program.py'}"


@pytest.fixture(scope="module")
def problem() -> BadResult:
    """What ends the search of a statement whose program aborts."""
    statement = PATHWISE["E2"]
    suite = Suite(Subject(Program(f"{PROGRAM} aborts")))
    with pytest.raises(BadResult) as raised:
        suite.search(statement, suite.strategy(statement), examples=3)
    assert suite.record.errors["E2"] == f"BadResult: {raised.value}"
    return raised.value


def test_it_names_function_signal_and_smallest_case(problem: BadResult) -> None:
    first, where, error, smallest = problem.told.splitlines()
    assert first == "E2 stopped by your code"
    assert where == "  where     program, output(...)"
    assert error == "  error     ended by SIGABRT: must answer: free(): invalid pointer"
    assert smallest.startswith("  smallest  Configuration(data=Data(family='")
    assert "samples=1" in smallest


def test_the_test_says_nothing_else(problem: BadResult) -> None:
    def reported(raised: Exception) -> Any:
        call: Any = SimpleNamespace(when="call", excinfo=SimpleNamespace(value=raised))
        config = SimpleNamespace(option=SimpleNamespace(tbstyle="short"))
        item: Any = SimpleNamespace(config=config)
        hook = pytest_runtest_makereport(item, call)
        next(hook)
        with pytest.raises(StopIteration) as ended:
            hook.send(SimpleNamespace(longrepr="where it was called, and what Hypothesis drew"))
        return ended.value.value.longrepr

    assert reported(problem) == problem.told
    assert reported(BadResult("train(...)", 1, "must be")).startswith("where it was called")


def test_it_is_told_once_whatever_statements_it_stops() -> None:
    reports = [SimpleNamespace(longrepr=f"{n} stopped", **{STOPPED: "abort"}) for n in ("E1", "E2")]
    stats: dict[str, list[Any]] = {FAILED: reports}
    with shortened(stats):
        assert [str(report.longrepr) for report in stats[FAILED]] == ["E1 stopped"]
