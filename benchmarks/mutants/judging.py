"""One mutant before its judge."""

from __future__ import annotations

import ast
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutants.asking import Answer, go_on_for, in_child, run_pytest
from benchmarks.mutants.coverage import Map
from benchmarks.mutants.families import Judge
from benchmarks.mutants.syntax import Mutation
from benchmarks.mutants.tree import Tree

KILLED, TIMEOUT = "Killed", "Timeout"
SURVIVED, NEVER_RUN = "Survived", "NoCoverage"
"""As mutation-testing-elements calls them."""

LONGER = 4.0
"""A whole run may take this many times what its tests take in the first command."""

PATIENCE = 3.0
"""A mutant that needs this many times the time of the unmutated code hangs."""


class Chosen:
    """A pytest plugin: tests by their ids in this order, until one fails.

    `others`: whether all others come after them. `limits`: seconds that a test may take.
    """

    def __init__(
        self, tests: Sequence[str], limits: Mapping[str, float], *, others: bool = False
    ) -> None:
        self.order = {test: i for i, test in enumerate(tests)}
        self.limits = limits
        self.others = others
        self.failed: str | None = None
        self.made = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put them first; leave out the others, or do not."""
        last = len(self.order)
        kept = [item for item in items if self.others or item.nodeid in self.order]
        items[:] = sorted(kept, key=lambda item: self.order.get(item.nodeid, last))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what failed first."""
        self.made += report.when == "call"
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Stop at the first failure; `-x` would make the suite forget that a run is a whole one."""
        if item.nodeid in self.limits:
            go_on_for(self.limits[item.nodeid])
        result = yield
        if self.failed is not None:
            item.session.shouldfail = "noticed"
        return result


def _asked(
    arguments: Sequence[str], tests: Sequence[str], limits: Mapping[str, float], *, others: bool
) -> dict[str, Any]:
    """What pytest says, in the child."""
    chosen = Chosen(tests, limits, others=others)
    status = run_pytest(arguments, chosen)
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
    """Put the mutant to the tests that run it; a survivor, if asked, to the whole run."""
    tests = tests_for(tree, known, name, mutation)
    verdict = Verdict(NEVER_RUN, "", 0, 0.0)
    with tree.changed({name: mutation.applied(tree.source(name))}):
        if tests:
            verdict = _put_to_some(judge, known, tests, tree, log)
        if judge.whole and verdict.status in (SURVIVED, NEVER_RUN):
            limit = PATIENCE * LONGER * (judge.start + sum(known.tests.values()))
            last = _put_to(judge.whole, tests, {}, limit, tree, log, others=True)
            verdict = Verdict(
                last.status if tests or last.status != SURVIVED else NEVER_RUN,
                last.killed_by,
                verdict.tests + last.tests,
                verdict.seconds + last.seconds,
            )
    return verdict


def require_sane(tree: Tree, judge: Judge, known: Map, log: Path) -> None:
    """Raise `RuntimeError` if the quickest test, run as before a mutant, fails without one."""
    quickest = min(known.tests, key=lambda test: (known.tests[test], test))
    verdict = _put_to_some(judge, known, [quickest], tree, log)
    if verdict.status != SURVIVED or verdict.tests != 1:
        raise RuntimeError(
            f"{quickest} without a mutant: {verdict.status} by {verdict.killed_by!r}; see {log}"
        )


def _put_to_some(judge: Judge, known: Map, tests: Sequence[str], tree: Tree, log: Path) -> Verdict:
    """A part of the judge's run, which must not be taken for a whole one: hence `-x`."""
    limits = {test: judge.start + PATIENCE * known.tests[test] for test in tests}
    limit = judge.start + PATIENCE * sum(known.tests[test] for test in tests)
    return _put_to((*judge.arguments, "-x"), tests, limits, limit, tree, log)


def _put_to(
    arguments: Sequence[str],
    tests: Sequence[str],
    limits: Mapping[str, float],
    limit: float,
    tree: Tree,
    log: Path,
    *,
    others: bool = False,
) -> Verdict:
    answer = in_child(
        lambda: _asked(arguments, tests, limits, others=others), tree.root, limit, log
    )
    made = answer.told["made"] if answer.told else 0
    return Verdict(*_read(answer), made, answer.seconds)


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
