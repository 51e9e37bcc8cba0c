"""How far a run is: the statement under test and the time left, on one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from verifier.evidence.record import Record
from verifier.suite import certificate
from verifier.suite.gathering import gathering_key, property_of


class Watch:
    """A pytest plugin: says before each property how far the run is, and keeps what it came to.

    `show`: takes the line. `record`: what the run found. `failed`: how many properties failed.
    `count`: how many there are.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.record = Record()
        self.failed = 0
        self.count = 0
        self._begun = time.monotonic()
        self._left: dict[str, float] = {}
        self._done = 0.0

    def _collected(self, nodeids: Iterable[str]) -> None:
        """Each property weighs what it took in the certified run; the same where none is known."""
        seconds: dict[str, dict[str, float]] = certificate.kept().get("seconds", {})
        for nodeid in nodeids:
            part, name = property_of(nodeid)
            self._left[nodeid] = seconds.get(part, {}).get(name, 0.0 if seconds else 1.0)
        self.count = len(self._left)
        self._begun = time.monotonic()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Of a run in one process."""
        self._collected(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Of a run in several processes, each of which finds the same."""
        self._collected(ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say what is under test."""
        part, name = property_of(nodeid)
        done = self.count - len(self._left)
        self.show(f"{name}  {part}  ({done} of {self.count} done{self._time_left()})")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """One less."""
        self._done += self._left.pop(nodeid, 0.0)

    def _time_left(self) -> str:
        """At the pace so far; unsaid while that means little."""
        if self._done < 0.02 * (self._done + sum(self._left.values())):
            return ""
        pace = (time.monotonic() - self._begun) / self._done if self._done else 0.0
        return f", about {pace * sum(self._left.values()):.0f} s left"

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """The line stands in the place of pytest's dots."""
        if report.skipped or (report.passed and report.when == "call"):
            return report.outcome, "", ""
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what came of it."""
        self.failed = session.testsfailed
        gathering = session.config.stash.get(gathering_key, None)
        if gathering is not None:
            self.record = gathering.record
