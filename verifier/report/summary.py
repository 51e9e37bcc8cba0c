"""The end of a run on a terminal of 80 columns: what holds first, then what does not, in words.

What a whole table says is in `verifier.report.terminal`, printed by `verifier table --wide`.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Mapping

from verifier.evidence.folders import INTERRUPTED
from verifier.evidence.version import VERSION
from verifier.report.again import broken_up
from verifier.report.content import statements_of
from verifier.report.facts import OF_STATEMENTS, Content, facts, whereabouts, why_not
from verifier.report.refuted import is_own
from verifier.report.told import findings, why
from verifier.report.verdicts import DEVIATES, ERROR, NOT_APPLICABLE, NOT_RUN, REFUTED, SUPPORTED

WIDEST, NARROWEST = 100, 40
"""Lines longer than the one are hard to read; below the other nothing lines up."""
BESIDE = 70
"""Columns below which a statement's words stand below its numbers, and a run is told in brief."""
_TIED = "\N{NO-BREAK SPACE}"
"""Between a number and its name; printed as a space."""
_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"

CAVEAT = "Finite checks that pass support a statement; they do not prove it."
CAUSES = 3
"""Of what does not hold, so many are named at once."""
NUMBERS = ("draws", "error", "controls")
"""Of each statement, where every one is listed."""
CELLS, NARROW_CELLS = (10, 9, 10), (7, 8, 9)
"""Columns of the three numbers beside a chapter, or a statement."""

_SYMBOLS = {SUPPORTED: "✓", REFUTED: "✗", NOT_APPLICABLE: "-", DEVIATES: "~"}
_LETTERS = {SUPPORTED: "ok", REFUTED: "NO", NOT_APPLICABLE: "--", DEVIATES: "ex"}
"""Of verdicts, on a terminal and elsewhere; of what is not settled a question mark."""


def terminal_width() -> int:
    """The terminal's columns, within what can be read."""
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))


def summarise(
    content: Content, width: int = 80, color: bool = False, statements: bool = False
) -> str:
    """The summary as text of at most `width` columns.

    `color`: for a terminal, with symbols too. `statements`: a line for each one, not only for
    those that are not supported; what held is then said again below so many lines.
    """
    return "\n".join(_Summary(content, width, color, statements).lines()) + "\n"


class _Summary:
    def __init__(self, content: Content, width: int, color: bool, every: bool) -> None:
        self.content, self.width, self.color, self.every = content, width, color, every
        self.run = [s for s in statements_of(content) if s["verdict"] != NOT_RUN]
        self.is_narrow = width < BESIDE
        self.is_brief = self.is_narrow and not every
        self.cells = NARROW_CELLS if self.is_narrow else CELLS

    def lines(self) -> list[str]:
        return [
            *self._identity(),
            *self._verdict(),
            *self._why(),
            "",
            *self._chapters(),
            *self._findings(),
            "",
            *self._listed(self._facts()),
            "",
            *self._listed(whereabouts(self.content, self.every, self.is_brief)),
            "",
            *(self._verdict() if self.every else []),
            *self._wrapped("", CAVEAT),
        ]

    def _facts(self) -> Mapping[str, str]:
        """All of them beside every statement, else without those of single statements."""
        told = facts(self.content, self.run, self.is_brief)
        return {n: text for n, text in told.items() if self.every or n not in OF_STATEMENTS}

    def _identity(self) -> list[str]:
        about = self.content["run"]["about"]
        spent = self.content["wall_time"]
        told = [
            f"perturbation-verifier {VERSION}",
            about.get("implementation", ""),
            about.get("profile", ""),
            f"seed{_TIED}{about['run_seed']}" if "run_seed" in about else "",
            about.get("device", ""),
            f"{spent['wall']:.0f}{_TIED}s" if spent else "",
        ]
        return self._wrapped("", " · ".join(filter(None, told)))

    def _verdict(self) -> list[str]:
        tried = [s for s in self.run if s["verdict"] != NOT_APPLICABLE]
        supported = sum(s["verdict"] == SUPPORTED for s in tried)
        refuted = sum(s["verdict"] == REFUTED for s in tried)
        controls = self.content["controls"]
        alarms = self.content["false_alarms"]
        text, untested = f"{supported} of {len(tried)} statements supported", ""
        if refuted and is_own(self.content["run"]["about"]):
            text += f", {refuted} refuted"
        elif refuted:
            text = f"your code disagrees with {refuted} of {len(tried)} statements"
            text += f", {supported} supported"
            every = len(statements_of(self.content))
            if len(tried) < every:
                untested = f"; {every - len(tried)} of {every} not tested"
        stopped = sum(s["verdict"] == ERROR for s in tried)
        text += f", {stopped} stopped by an error" if stopped else ""
        deviate = sum(s["verdict"] == DEVIATES for s in tried)
        text += f", {deviate} {DEVIATES.replace('deviates', 'deviating')}" if deviate else ""
        text += untested
        if controls["tried"]:
            text += f" · {controls['refuted']} of {controls['tried']} negative controls refuted"
        good = supported == len(tried) and controls["refuted"] == controls["tried"]
        lines = self._wrapped("", text, _GREEN if good else _RED)
        if self.content["run"]["state"] == INTERRUPTED:
            told = "INTERRUPTED: what had been found by then, and no verdict on what held so far"
            lines = self._wrapped("", told, _RED) + lines
        if alarms["tests"]:
            any_of = f"any of {alarms['tests']} statistical tests"
            told = f"chance that {any_of} refutes a true statement: at most {alarms['budget']:g}"
            lines += self._wrapped("", told)
        return lines

    def _why(self) -> list[str]:
        """The causes of what does not hold, before everything else."""
        causes = why(self.run)
        lines: list[str] = []
        for cause in causes[:CAUSES]:
            lines += self._wrapped("why  " if not lines else "     ", cause, _RED)
        rest = len(causes) - CAUSES
        return lines + ([f"     and {rest} more, below"] if rest > 0 else [])

    def _chapters(self) -> list[str]:
        lines = self._row("chapter" if self.every else "", "holds", "error", "controls")
        if self.every:
            lines += self._row("  statement", *NUMBERS)
        for chapter in self.content["chapters"]:
            run = [s for s in chapter["statements"] if s["verdict"] != NOT_RUN]
            if not run:
                continue
            tried = [s for s in run if s["verdict"] != NOT_APPLICABLE]
            supported = [s for s in tried if s["verdict"] == SUPPORTED]
            controls = [sum(s[k] for s in run) for k in ("controls_refuted", "controls")]
            good = len(supported) == len(tried) and controls[0] == controls[1]
            verdict = (SUPPORTED if tried else NOT_APPLICABLE) if good else REFUTED
            error = max((s["error"] for s in tried if s["held"]), default=None)
            cells = (
                f"{len(supported)}/{len(tried)}" if tried else "-",
                "-" if error is None else f"{error:.2g}",
                f"{controls[0]}/{controls[1]}" if controls[1] else "-",
            )
            mark, room = self._mark(verdict), self.width - sum(self.cells)
            name = min(chapter["name"], chapter["short"], key=lambda n: len(f"{mark} {n}") > room)
            named = self._row(f"{mark} {name}", *cells)
            if verdict == NOT_APPLICABLE:
                named = [f"{mark} {name}".ljust(room) + why_not(run).rjust(sum(self.cells))]
            lines += [self._painted(line, "" if good else _RED) for line in named]
            for statement in run:
                lines += self._statement(statement)
            after = [s for s in run if s["follows"] and not self.every]
            if after:
                told = f"{', '.join(s['id'] for s in after)}: as well, after {after[0]['follows']}"
                lines += self._wrapped(f"  {self._mark(REFUTED):<2} ", told, _RED)
        return lines

    def _statement(self, s: Content) -> list[str]:
        """Its lines; none where all is well, unless every one is asked for."""
        missed = s["controls"] - s["controls_refuted"]
        good = s["verdict"] == SUPPORTED and not missed
        told_once = s["verdict"] in (NOT_APPLICABLE, ERROR) and not missed
        if (good or told_once or s["follows"]) and not self.every:
            return []
        said = s["plain"] or s["statement"]
        name = f"  {self._mark(s['verdict']):<2} {s['id']:<4} "
        if not self.every:
            lines = self._wrapped(name, said)
        elif self.is_narrow:
            lines = [*self._numbers(name, s), *self._wrapped(" " * 5, said)]
        else:
            first, *others = self._wrapped(name, said, room=self.width - sum(self.cells) - 1)
            lines = [*self._numbers(first, s), *others]
        if good or (s["verdict"] == REFUTED and not s["reason"] and not missed):
            return lines
        told = [f"{s['verdict']}: {s['reason']}" if s["reason"] else s["verdict"]]
        told += [f"{missed} of its {s['controls']} negative controls not refuted"] if missed else []
        paint = _RED if s["verdict"] == REFUTED or missed else _YELLOW
        return lines + self._wrapped(" " * 9, "; ".join(told), paint)

    def _numbers(self, name: str, statement: Content) -> list[str]:
        return self._row(name, *(statement["cells"][cell] or "-" for cell in NUMBERS))

    def _row(self, name: str, *cells: str) -> list[str]:
        """A name with its cells; these are below it where both have no room."""
        left = self.width - sum(self.cells)
        told = "".join(f"{c:>{w}}" for c, w in zip(cells, self.cells, strict=True))
        return [f"{name:<{left}}{told}"] if len(name) <= left else [name, " " * left + told]

    def _findings(self) -> list[str]:
        lines = []
        for title, words in findings(self.run, self.every):
            lines += ["", *self._wrapped("", title, _RED)]
            column = max(map(len, words)) + 4
            for name, text in words.items():
                if self.is_brief and name == "smallest":  # the file to reproduce it has it
                    continue
                label = f"  {name}".ljust(column)
                copied = broken_up(label + text, self.width)
                lines += copied if name == "reproduce" else self._wrapped(label, text)
        return lines

    def _listed(self, facts: Mapping[str, str]) -> list[str]:
        column = max(map(len, facts), default=0) + 2
        return [
            line for name, text in facts.items() for line in self._wrapped(name.ljust(column), text)
        ]

    def _mark(self, verdict: str) -> str:
        marks, usual = (_SYMBOLS, "?") if self.color else (_LETTERS, "??")
        return marks.get(verdict, usual)

    def _wrapped(self, name: str, text: str, paint: str = "", room: int = 0) -> list[str]:
        """`text` beside `name`, in so much room; below it where a word has no room there.

        One that is too long for a line goes on after its first bracket, or else is left whole.
        """
        room = room or self.width
        text = re.sub(rf"\S{{{room + 1},}}", lambda long: long[0].replace("(", "( ", 1), text)
        longest = max(map(len, text.split(" ")))
        is_below = len(name) + longest > room
        indent = min(len(name), max(0, room - longest))
        wrapped = textwrap.wrap(text, room - indent, break_long_words=False, break_on_hyphens=False)
        lines = [self._painted(line.replace(_TIED, " "), paint) for line in wrapped]
        blank = " " * indent
        if is_below:
            return [*filter(None, [name.rstrip()]), *(blank + line for line in lines)]
        return [(blank if i else name) + line for i, line in enumerate(lines)]

    def _painted(self, text: str, paint: str) -> str:
        return f"{paint}{text}{_PLAIN}" if self.color and paint else text
