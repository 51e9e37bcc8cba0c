"""Progress of long work: one line, rewritten on a terminal; elsewhere a new line now and then."""

from __future__ import annotations

import sys
import time


class Line:
    """Shows a text on stderr at most every fifth of a second, elsewhere every `pause` seconds."""

    def __init__(self, pause: float) -> None:
        self.live = sys.stderr.isatty()
        self.pause, self.next, self.shown = (0.2 if self.live else pause), 0.0, 0

    def show(self, text: str) -> None:
        """Show `text` if it is time to."""
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + self.pause
        if self.live:
            print(f"\r{text:<{self.shown}}", end="", file=sys.stderr, flush=True)
            self.shown = len(text)
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line."""
        if self.live and self.shown:
            print(file=sys.stderr)


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 12 min, 3.5 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
