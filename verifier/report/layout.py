"""Lines of a terminal: a name with its text beside it, a name with its numbers, colours."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence

from verifier.report.again import broken_up
from verifier.report.verdicts import DEVIATES, NOT_APPLICABLE, NOT_RUN, REFUTED, SUPPORTED

MORE = "more"
"""The name of what shows more of a run."""
TO_RUN = "to run them"
"""The name of the command that runs what was left out."""
BESIDE = 70
"""Columns below which a statement's words stand below its numbers, and a run is told in brief."""
HANGING = 2
"""By so much the further lines of a text are indented there."""
TIED = "\N{NO-BREAK SPACE}"
"""Between what belongs together, as a number and its name; printed as a space."""
BOLD_GREEN, RED, YELLOW, _PLAIN = "\x1b[1;32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"

_SYMBOLS = {SUPPORTED: "✓", REFUTED: "✗", NOT_APPLICABLE: "-", DEVIATES: "~", NOT_RUN: "·"}
_LETTERS = {SUPPORTED: "ok", REFUTED: "NO", NOT_APPLICABLE: "--", DEVIATES: "ex", NOT_RUN: ".."}
"""Of verdicts, on a terminal and elsewhere; of what is not settled a question mark."""


class Layout:
    """Text of at most `width` columns; `color`: for a terminal, with symbols too."""

    def __init__(self, width: int, color: bool) -> None:
        self.width, self.color = width, color
        self.is_narrow = width < BESIDE

    def row(self, name: str, cells: Sequence[str], widths: Sequence[int]) -> list[str]:
        """A name with its cells; these are below it where both have no room."""
        left = self.width - sum(widths)
        told = "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
        lines = [f"{name:<{left}}{told}"] if len(name) <= left else [name, " " * left + told]
        return [line.rstrip() for line in lines]

    def listed(self, facts: Mapping[str, str]) -> list[str]:
        """A name and its text for each, a command so that a shell joins its lines again."""
        lines = []
        for name, text in facts.items():
            line = f"{name}: {text}"
            if len(line) <= self.width:
                lines.append(line)
            elif name == TO_RUN or (name == MORE and self.is_narrow):
                lines.append(f"{name}:")
                for command in text.split("; "):
                    lines += self._command(f"  {command}")
            else:
                lines += self.grouped(name, [text])
        return lines

    def grouped(self, name: str, items: Sequence[str], paint: str = "") -> list[str]:
        """A heading with its items below it; one alone is beside it where a line is wide enough.

        `paint`: the first's.
        """
        if len(items) == 1 and not self.is_narrow:
            return self.noted(f"{name}: {items[0]}", paint)
        told = [self.item(" " * HANGING, one, "" if k else paint) for k, one in enumerate(items)]
        return [f"{name}:", *(line for lines in told for line in lines)]

    def item(self, start: str, text: str, paint: str = "") -> list[str]:
        """A text that goes on by twice as much as a line below a heading is indented."""
        line = f"{start}{text}"
        told = self.wrapped(line[: 2 * HANGING], line[2 * HANGING :])
        return [self.painted(one, paint) for one in told]

    def _command(self, line: str) -> list[str]:
        """One line, or several that a shell joins; these without what is said of the command."""
        whole = len(line) <= self.width
        return [line] if whole else broken_up(re.sub(r" \(\w+\)$", "", line), self.width)

    def noted(self, line: str, paint: str = "") -> list[str]:
        """What goes on below it is a little indented there."""
        fits = HANGING + max(map(len, line.split(" "))) <= self.width
        start = HANGING if fits else 0
        return [self.painted(x, paint) for x in self.wrapped(line[:start], line[start:])]

    def mark(self, verdict: str) -> str:
        """What stands before a name for its verdict."""
        marks, usual = (_SYMBOLS, "?") if self.color else (_LETTERS, "??")
        return marks.get(verdict, usual)

    def wrapped(self, name: str, text: str, paint: str = "", room: int = 0) -> list[str]:
        """`text` beside `name`, in so much room; below it where a word has no room there.

        One that is too long for a line goes on after its first bracket, or else is left whole.
        """
        room = room or self.width
        text = re.sub(rf"\S{{{room + 1},}}", lambda long: long[0].replace("(", "( ", 1), text)
        longest = max(map(len, text.split(" ")))
        is_below = len(name) + longest > room
        indent = min(len(name), max(0, room - longest))
        wrapped = textwrap.wrap(text, room - indent, break_long_words=False, break_on_hyphens=False)
        lines = [self.painted(line.replace(TIED, " "), paint) for line in wrapped]
        name, blank = name.replace(TIED, " "), " " * indent
        if is_below:
            return [*filter(None, [name.rstrip()]), *(blank + line for line in lines)]
        return [(blank if i else name) + line for i, line in enumerate(lines)]

    def painted(self, text: str, paint: str) -> str:
        """In that colour, where there are colours."""
        return f"{paint}{text}{_PLAIN}" if self.color and paint else text
