"""What pytest shows of a test that failed, where the run's own summary has not said it better."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from verifier.errors import BadResult
from verifier.implementations import checked

REFUTES = "refutes"
"""What the report of a finding has, and others have not: the id of the statement."""
STOPPED = "stopped"
"""What the report of a bad result has: the error, whatever statement it stopped, and on what."""
FAILED = "failed"


def own_lines(problem: BaseException) -> str:
    """An error with the lines of the code under test that led to it; empty for others' errors."""
    frames = traceback.extract_tb(problem.__traceback__)
    called = [k for k, frame in enumerate(frames) if frame.filename == checked.__file__]
    if not called:
        return ""
    theirs = [frame for frame in frames[called[-1] + 1 :] if not _is_ours(frame.filename)]
    if not theirs and not isinstance(problem, BadResult):
        return ""
    lines = []
    for frame in theirs:
        lines += [f"{_short(frame.filename)}:{frame.lineno}: in {frame.name}", f"    {frame.line}"]
    return "\n".join([*lines, f"{type(problem).__name__}: {problem}"])


def _is_ours(file: str) -> bool:
    """Whether it is what calls the code."""
    return Path(file).is_relative_to(Path(checked.__file__).parent)


def _short(file: str) -> str:
    here = Path.cwd()
    return str(Path(file).relative_to(here)) if Path(file).is_relative_to(here) else file


class Told:
    """What a report tells of a failure: all of it once, and where there is one line the last.

    pytest's own summary cuts a text to its first line, or on CI shows the whole of it again.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.reprcrash = SimpleNamespace(message=text.strip().rpartition("\n")[2])

    def __str__(self) -> str:
        return self._text

    def toterminal(self, tw: Any) -> None:
        """Write all of it to a terminal writer of pytest."""
        tw.line(self._text)


@contextmanager
def shortened(stats: dict[str, list[Any]]) -> Iterator[None]:
    """Within it, findings are not among the reports of failures, and each error is there once."""
    every = stats.get(FAILED)
    if every is None:
        yield
        return
    others = [report for report in every if not hasattr(report, REFUTES)]
    once = {getattr(r, STOPPED, str(r.longrepr)): r for r in reversed(others)}
    stats[FAILED] = [_told(report) for report in reversed(once.values())]
    try:
        yield
    finally:
        stats[FAILED] = every


def _told(report: Any) -> Any:
    """The report, and where it is a text, as one that tells it once."""
    if not isinstance(report.longrepr, str):
        return report
    shown = copy.copy(report)
    shown.longrepr = Told(report.longrepr)
    return shown
