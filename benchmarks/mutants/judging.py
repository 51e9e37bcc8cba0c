"""One mutant before its judge."""

from __future__ import annotations

import ast
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutants.asking import Answer, in_child, run_pytest
from benchmarks.mutants.coverage import Map
from benchmarks.mutants.families import Judge
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree

KILLED, TIMEOUT = "Killed", "Timeout"
SURVIVED, NEVER_RUN = "Survived", "NoCoverage"
"""As mutation-testing-elements calls them."""

PATIENCE = 3.0
"""A mutant that needs this many times the time of the unmutated code hangs."""


class Chosen:
    """A pytest plugin: tests by their ids in this order (None: all), until one fails."""

    def __init__(self, tests: Sequence[str] | None) -> None:
        self.order = None if tests is None else {test: i for i, test in enumerate(tests)}
        self.failed: str | None = None
        self.made = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the others."""
        if self.order is not None:
            order = self.order
            items[:] = sorted(
                (item for item in items if item.nodeid in order), key=lambda i: order[i.nodeid]
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what failed first."""
        self.made += report.when == "call"
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stop at the first failure; `-x` would make the suite forget that a run is a whole one."""
        result = yield
        if self.failed is not None:
            item.session.shouldfail = "noticed"
        return result


def _asked(judge: Judge, tests: Sequence[str] | None) -> dict[str, Any]:
    """What pytest says, in the child."""
    chosen = Chosen(tests)
    stop = () if tests is None else ("-x",)
    status = run_pytest((*judge.arguments, *stop), chosen)
    return {"status": status, "failed": chosen.failed, "made": chosen.made}


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, who noticed (empty: nobody), after how many tests and seconds."""

    status: str
    killed_by: str
    tests: int
    seconds: float


def tests_for(tree: Tree, known: Map, name: str, mutation: Mutation) -> list[str]:
    """Tests that run the mutated statement.

    If it runs at import: those that run anything of its file, or of a file that imports it.
    """
    if mutation.in_function:
        return known.running(name, mutation.statement)
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    users = [name, *(other for other in tree.files if _imports(tree, other, module))]
    found = {test for user in users for test in known.running(user)}
    return sorted(found, key=lambda test: (known.tests[test], test))


def _imports(tree: Tree, name: str, module: str) -> bool:
    if not name.endswith(".py") or module not in (text := tree.source(name)):
        return False
    package, _, last = module.rpartition(".")
    return any(
        isinstance(node, ast.ImportFrom)
        and (
            node.module == module
            or (node.module == package and last in {alias.name for alias in node.names})
        )
        for node in ast.walk(ast.parse(text))
    )


def judged(
    tree: Tree, judge: Judge, known: Map, name: str, mutation: Mutation, log: Path
) -> Verdict:
    """Put the mutant to the tests that run it, and what they let pass to the whole run if asked."""
    tests = tests_for(tree, known, name, mutation)
    if not tests:
        return Verdict(NEVER_RUN, "", 0, 0.0)
    stages: list[tuple[Sequence[str] | None, float]] = [
        (tests, sum(known.tests[test] for test in tests)),
        *([(None, sum(known.tests.values()))] if judge.whole else []),
    ]
    made, seconds = 0, 0.0
    with tree.changed({name: mutation.applied(tree.source(name))}):
        for some, usual in stages:
            limit = judge.start + PATIENCE * usual
            answer = in_child(lambda some=some: _asked(judge, some), tree.root, limit, log)  # type: ignore[misc]
            seconds += answer.seconds
            made += answer.told["made"] if answer.told else 0
            status, killed_by = _read(answer)
            if status != SURVIVED:
                return Verdict(status, killed_by, made, seconds)
    return Verdict(SURVIVED, "", made, seconds)


def _read(answer: Answer) -> tuple[str, str]:
    if answer.out_of_time:
        return TIMEOUT, "the limit of time"
    if answer.told is None:
        return KILLED, "the process died"
    if answer.told["failed"]:
        return KILLED, answer.told["failed"]
    if answer.told["status"] == pytest.ExitCode.OK:
        return SURVIVED, ""
    return KILLED, "the run as a whole" if answer.told["made"] else "collecting the tests"
