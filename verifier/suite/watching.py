"""How far a run is: the statement under test and the time left, on one line."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from verifier.evidence.record import Record
from verifier.suite import certificate
from verifier.suite.gathering import gathering_key, property_of

TYPICAL = {
    "exact: random configurations": 47.0,
    "exact: a million neurons": 17.0,
    "ladder: every rung": 13.0,
    "statistics: experiment": 50.0,
    "negative controls: is refuted": 100.0,
    "real images: images": 5.0,
    "necessity: premise": 3.0,
}
"""Seconds of the parts of a run, where no certificate knows better; the pace so far corrects them.

Of the first three, the first property bears the cost of all.
"""

APART = "  "
"""Between the parts of the line."""


def weights(nodeids: Iterable[str]) -> dict[str, float]:
    """What each property takes, up to a common factor: as in the certified run, or typically."""
    seconds: dict[str, dict[str, float]] = certificate.kept().get("seconds", {})
    named = {nodeid: property_of(nodeid) for nodeid in nodeids}
    if seconds:
        return {i: seconds.get(part, {}).get(name, 0.0) for i, (part, name) in named.items()}
    parts = [part for part, _ in named.values()]
    found = {i: TYPICAL.get(p, 1.0) / parts.count(p) for i, (p, _) in named.items()}
    for part in list(TYPICAL)[:3]:
        together = [i for i, (p, _) in named.items() if p == part]
        found |= {i: 0.0 if k else TYPICAL[part] for k, i in enumerate(together)}
    return found


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
        self._left = weights(nodeids)
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
        kind = part.partition(":")[0].removeprefix("negative ")
        self.show(APART.join((f"{done} of {self.count} done{self._time_left()}:", name, kind)))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """One less."""
        self._done += self._left.pop(nodeid, 0.0)

    def _time_left(self) -> str:
        """At the pace so far; unsaid while that means little."""
        if self._done < 0.02 * (self._done + sum(self._left.values())):
            return ""
        pace = (time.monotonic() - self._begun) / self._done if self._done else 0.0
        left = pace * sum(self._left.values())
        return f", about {left:.0f} s left" if left >= 1 else ""  # a failing one takes longer

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """The line stands in the place of pytest's dots and letters."""
        if hasattr(report, "wasxfail"):
            return "xfailed", "", ""
        if report.failed:
            return "failed" if report.when == "call" else "error", "", ""
        if report.skipped or (report.passed and report.when == "call"):
            return report.outcome, "", ""
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep what came of it, and leave no line behind."""
        self.show("")
        self.failed = session.testsfailed
        most = session.config.getoption("maxfail")
        stopped = bool(most) and self.failed >= most  # pytest-xdist calls that interrupted
        if stopped and session.exitstatus == pytest.ExitCode.INTERRUPTED:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        gathering = session.config.stash.get(gathering_key, None)
        if gathering is not None:
            self.record = gathering.record


class Live(Watch):
    """On a terminal: each line where the last one was, in the place of pytest's dots."""

    def __init__(self) -> None:
        super().__init__(rewrite)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """As ever; the names of files would break the line."""
        super().pytest_collection_finish(session)
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False


def rewrite(line: str) -> None:
    """Show the line where the last one was, without parts that do not fit; "" leaves nothing."""
    width = shutil.get_terminal_size().columns - 1
    shown = line if len(line) <= width else line[:width].rpartition(APART)[0] or line[:width]
    print(f"\r\x1b[2K{shown}", end="", file=sys.stderr, flush=True)


def watch_live(config: pytest.Config) -> None:
    """Watch a run on a terminal, unless something does, or more is to be said of each test."""
    known = any(isinstance(plugin, Watch) for plugin in config.pluginmanager.get_plugins())
    if sys.stderr.isatty() and not known and config.option.verbose <= 0:
        config.pluginmanager.register(Live(), "verifier-watch")
