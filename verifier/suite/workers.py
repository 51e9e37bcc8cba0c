"""A run whose tests are done by the workers of an executor, such as a dask cluster's.

Each task of a worker is a run of its own, of tests that belong together: it collects what the whole
run does, does its share, and sends the reports back. They are taken as if the tests had run here.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from verifier.evidence.source import OtherCode, require_source, source_hash
from verifier.evidence.tasks import Tasks, problem_of
from verifier.suite.asked import ALONE, Asked
from verifier.suite.drawing import size_of
from verifier.suite.processes import group_of
from verifier.suite.watching import weights

Reports = list[dict[str, Any]]


class ByWorkers:
    """A plugin of the run that reports: its tests are done by `executor`.

    A group whose worker dies is done again by another one; what loses its workers again and again
    fails, and the others go on.
    """

    def __init__(self, executor: Executor, asked: Asked) -> None:
        self.executor = executor
        self.asked = asked

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Give out the groups, the longest first, and take their reports as they come."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        tasks: Tasks[list[pytest.Item], Reports] = Tasks(self.executor)
        where, source = Path.cwd(), source_hash()
        try:
            for items in _groups(session):
                names = [item.nodeid for item in items]
                tasks.begin(items, _done, self.asked, names, where, source)
            while tasks:
                for items, future in tasks.ended():
                    _take(session, items, future)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
        except BaseException:
            tasks.abandon()
            raise
        return True


def _groups(session: pytest.Session) -> list[list[pytest.Item]]:
    """Tests that belong together, those that take longest first."""
    size = size_of(session.config.getoption("--hypothesis-profile"))
    found: dict[str, list[pytest.Item]] = {}
    for item in session.items:
        found.setdefault(group_of(item.nodeid, size), []).append(item)
    costs = weights(item.nodeid for item in session.items)
    return sorted(found.values(), key=lambda items: -sum(costs[i.nodeid] for i in items))


def _take(session: pytest.Session, items: list[pytest.Item], future: Future[Reports]) -> None:
    """Report what a worker has done; of what it has not, that it failed."""
    config, hook = session.config, session.config.hook
    try:
        told = future.result()
    except OtherCode as problem:
        raise pytest.UsageError(str(problem)) from None
    except Exception:
        reports = [_failed(item, problem_of(future)) for item in items]
    else:
        reports = [hook.pytest_report_from_serializable(config=config, data=data) for data in told]
    for item in items:
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in (r for r in reports if r.nodeid == item.nodeid):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _failed(item: pytest.Item, problem: str) -> pytest.TestReport:
    return pytest.TestReport(
        item.nodeid, item.location, {}, outcome="failed", longrepr=problem, when="call"
    )


def _done(asked: Asked, names: list[str], where: Path, source: str) -> Reports:
    """The reports of the tests with these names, done in this process, a worker."""
    require_source(source)
    os.chdir(where)
    part = _Part(names)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        pytest.main([*asked.arguments(), *ALONE], [part])
    missing = set(names) - {report["nodeid"] for report in part.reports}
    if missing:
        raise RuntimeError(f"{len(missing)} tests were not done: {said.getvalue()[-2000:]}")
    return part.reports


class _Part:
    """A plugin of a run that is part of another one: does some tests, keeps their reports."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = frozenset(names)
        self.reports: Reports = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Say what pytest and its plugins ask of a part."""
        config.workerinput = {}  # type: ignore[attr-defined]
        self.config = config

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Do these tests alone."""
        if session.testsfailed:
            return None
        own = [item for item in session.items if item.nodeid in self.names]
        for item, following in zip(own, [*own[1:], None], strict=True):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep it as plain data."""
        hook = self.config.hook
        self.reports.append(hook.pytest_report_to_serializable(config=self.config, report=report))
