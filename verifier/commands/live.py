"""Progress of long work: one line, rewritten on a terminal; elsewhere a new line now and then."""

from __future__ import annotations

import sys
import time


class Line:
    """Shows a text on stderr at most every fifth of a second, elsewhere every `pause` seconds."""

    def __init__(self, pause: float) -> None:
        self.live = sys.stderr.isatty()
        self.pause = 0.2 if self.live else pause
        self.next = 0.0 if self.live else time.monotonic() + pause  # short work needs none
        self.shown = 0

    def show(self, text: str) -> None:
        """Show `text` if it is time to; an empty one clears the line at once."""
        if text and time.monotonic() < self.next:
            return
        self.next = time.monotonic() + self.pause
        if self.live:
            end = "" if text else "\r"
            print(f"\r{text:<{self.shown}}", end=end, file=sys.stderr, flush=True)
            self.shown = len(text)
        elif text:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line, if any is shown."""
        if self.live and self.shown:
            print(file=sys.stderr)
        self.shown = 0
