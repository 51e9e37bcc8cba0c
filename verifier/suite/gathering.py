"""The record of a run, made of what each test found: that travels with the test's report.

A report may come from another process, and reports come in any order. The record is in the order
of the tests, so that it is the same however many processes there were.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePath

import pytest

from verifier.errors import BadResult, InputError
from verifier.evidence.expected import Expected
from verifier.evidence.folders import RUNS, new_run_folder
from verifier.evidence.record import Record
from verifier.report.finding import Finding
from verifier.report.verdicts import NOT_RUN, rows
from verifier.suite.ending import Refuted
from verifier.suite.failing import REFUTES, STOPPED, own_lines

finding_key = pytest.StashKey[Record]()
"""What the test that is running has found so far."""
place_key = pytest.StashKey[int]()
"""A test's place among all tests of the run."""
start_key = pytest.StashKey[float]()
"""When a test began."""
expected_key = pytest.StashKey[tuple[Expected, ...]]()
"""Deviations that the project expects."""
gathering_key = pytest.StashKey["Gathering"]()


SAVED_EVERY = 5.0
"""Seconds after which what is not evidence is written again: so much a killed run may lose."""


class Gathering:
    """A plugin of the process that reports: gathers what the tests found.

    What has come is on disk at once, in the order in which it came, and at the end in order.
    `folder`: where to; by default a new one under `.verifier/runs`. `problem`: why it could not be
    written to the end, on a full disk for instance; the run stops there.
    """

    def __init__(self, folder: Path | None) -> None:
        self.record = Record()
        self.started = time.perf_counter()
        self.problem: InputError | None = None
        self._folder = folder
        self._parts: list[tuple[int, Record]] = []
        self._saved = self.started

    def pytest_runtest_logstart(self) -> None:
        """There is a folder from the first test on: the code that it calls may end the process."""
        with self._written():
            self._open()
        self._stop_if_unwritable()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test found, once its report brings it."""
        found = getattr(report, "found", None)
        if found is None:
            return
        place, summary, lines = json.loads(found)
        part = Record.from_summary(summary, lines)
        self._parts.append((place, part))  # first: an interruption may come while it is written
        with self._written():
            self._open()
            self.record.take(part)
            if time.perf_counter() > self._saved + SAVED_EVERY:
                self.record.wall = time.perf_counter() - self.started
                self.record.save_summary()
                self._saved = time.perf_counter()
        self._stop_if_unwritable()

    def _open(self) -> None:
        if self.record.folder is None:
            self.record.open(self._folder or new_run_folder())

    def _stop_if_unwritable(self) -> None:
        if self.problem is not None:
            pytest.exit(str(self.problem))

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Within it, whatever keeps evidence from being written is kept as the `problem`."""
        try:
            yield
        except OSError as problem:
            folder = self.record.folder or self._folder or RUNS
            rule = (
                f"must be writable: {problem.strerror or problem}. What it holds stays readable, "
                "as that of an interrupted run; make room, and run the same command again"
            )
            self.problem = InputError("evidence", folder, rule)

    def close(self, state: str) -> None:
        """Put the record in the order of the tests, and write it."""
        wall = time.perf_counter() - self.started
        ordered = Record(wall=wall, state=state, folder=self.record.folder)
        for _, part in sorted(self._parts, key=lambda pair: pair[0]):
            ordered.take(part)
        self.record = ordered
        with self._written():
            ordered.close()


def property_of(nodeid: str) -> tuple[str, str]:
    """The part of the suite that a test belongs to, and its name there.

    >>> property_of("properties/test_exact.py::test_random_configurations[E1]")
    ('exact: random configurations', 'E1')
    """
    path, _, test = nodeid.partition("::")
    function, _, name = test.partition("[")
    words = (
        word.removeprefix("test_").replace("_", " ") for word in (PurePath(path).stem, function)
    )
    return ": ".join(words), name.removesuffix("]")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Notice when each test begins."""
    item.stash[start_key] = time.perf_counter()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the last report of each test what it found, and the seconds it took."""
    report = yield
    problem = None if call.excinfo is None else call.excinfo.value
    if isinstance(problem, Refuted):
        report.longrepr = problem.finding.brief  # how it was found says nothing
        report.__dict__[REFUTES] = problem.finding.evidence.statement
        _excuse(report, problem.finding, item.config.stash[expected_key])
    elif problem is not None and item.config.option.tbstyle == "short":
        if isinstance(problem, BadResult) and problem.told:
            report.longrepr = problem.told  # neither does how it was called
            report.__dict__[STOPPED] = str(problem)
        else:
            report.longrepr = own_lines(problem) or report.longrepr
    if call.when == "teardown":
        if item.config.getoption("xmlpath", None):
            report.user_properties = list(_claims(item.config.stash[finding_key]))
        finding = item.config.stash[finding_key]
        seconds = time.perf_counter() - item.stash[start_key]
        finding.spend(*property_of(item.nodeid), seconds)
        lines = [evidence.to_json() for evidence in finding.evidence]
        described = json.dumps([item.stash[place_key], finding.summary(), lines])
        report.__dict__["found"] = described  # what a report has there goes with it
        finding.clear()
    return report


def _claims(found: Record) -> Iterator[tuple[str, str]]:
    """For JUnit's file: each statement that a test was about, with what the test says of it."""
    for row in rows(found):
        if row.verdict != NOT_RUN:
            yield "claim", row.id
            yield "verdict", row.verdict


def _excuse(report: pytest.TestReport, finding: Finding, every: tuple[Expected, ...]) -> None:
    """An expected deviation is no failure of its test; the verdict has the last word."""
    today = datetime.now(UTC).date().isoformat()
    for expected in (e for e in every if e.statement == finding.evidence.statement):
        if not expected.objection(finding.evidence.error, finding.cause, today):
            report.outcome = "skipped"
            report.wasxfail = expected.reason


def number(items: list[pytest.Item]) -> None:
    """Give each test its place."""
    for place, item in enumerate(items):
        item.stash[place_key] = place
