"""Ctrl-C ends a run even where Python drops it."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

import pytest


class Interrupts:
    """A plugin: a `KeyboardInterrupt` that got lost ends the run at its next test.

    Python ignores exceptions in a destructor and while it collects garbage, this one too.
    """

    def __init__(self) -> None:
        self.came = False
        self._before: Any = None

    def pytest_sessionstart(self) -> None:
        """Listen, unless someone else does or Ctrl-C is to be ignored."""
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._notice)

    def _notice(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.default_int_handler(number, frame)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        """Raise what was lost."""
        if self.came:
            raise KeyboardInterrupt

    def pytest_unconfigure(self) -> None:
        """Leave all as it was."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
