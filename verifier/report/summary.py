"""The end of a run on a terminal of 80 columns: what holds first, then what does not, in words.

What a whole table says is in `verifier.report.terminal`, printed by `verifier table --wide`.
"""

from __future__ import annotations

import shlex
import shutil
import textwrap
from collections.abc import Mapping
from typing import Any

from verifier.evidence.folders import INTERRUPTED, WHOLE
from verifier.evidence.version import VERSION
from verifier.report.again import broken_up
from verifier.report.content import statements_of
from verifier.report.verdicts import (
    DEVIATES,
    FILLED_IN,
    NOT_APPLICABLE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)

WIDEST, NARROWEST = 100, 60
"""Lines longer than the one are hard to read; below the other nothing lines up."""
_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"

CAVEAT = "Finite checks that pass support a statement; they do not prove it."
NUMBERS = ("draws", "error", "controls")
"""Of each statement, where every one is listed."""

_SYMBOLS = {SUPPORTED: "✓", REFUTED: "✗", NOT_APPLICABLE: "-", DEVIATES: "~"}
_LETTERS = {SUPPORTED: "ok", REFUTED: "NO", NOT_APPLICABLE: "--", DEVIATES: "ex"}
"""Of verdicts, on a terminal and elsewhere; of what is not settled a question mark."""

Content = Mapping[str, Any]
"""What `content.gather` made, or a part of it."""


def terminal_width() -> int:
    """The terminal's columns, within what can be read."""
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size().columns))


def summarise(
    content: Content, width: int = 80, color: bool = False, statements: bool = False
) -> str:
    """The summary as text of at most `width` columns.

    `color`: for a terminal, with symbols too. `statements`: a line for each one, not only for
    those that are not supported.
    """
    return "\n".join(_Summary(content, width, color, statements).lines()) + "\n"


class _Summary:
    def __init__(self, content: Content, width: int, color: bool, every: bool) -> None:
        self.content, self.width, self.color, self.every = content, width, color, every
        self.run = [s for s in statements_of(content) if s["verdict"] != NOT_RUN]

    def lines(self) -> list[str]:
        return [
            *self._identity(),
            *self._verdict(),
            "",
            *self._chapters(),
            *self._findings(),
            "",
            *self._facts(),
            "",
            *self._wrapped("", CAVEAT),
        ]

    def _identity(self) -> list[str]:
        about = self.content["run"]["about"]
        spent = self.content["wall_time"]
        told = [
            f"perturbation-verifier {VERSION}",
            about.get("implementation", ""),
            about.get("profile", ""),
            f"seed {about['run_seed']}" if "run_seed" in about else "",
            about.get("device", ""),
            f"{spent['wall']:.0f} s" if spent else "",
        ]
        return self._wrapped("", " · ".join(filter(None, told)))

    def _verdict(self) -> list[str]:
        tried = [s for s in self.run if s["verdict"] != NOT_APPLICABLE]
        supported = sum(s["verdict"] == SUPPORTED for s in tried)
        refuted = sum(s["verdict"] == REFUTED for s in tried)
        controls = self.content["controls"]
        alarms = self.content["false_alarms"]
        text = f"{supported} of {len(tried)} statements supported"
        text += f", {refuted} refuted" if refuted else ""
        deviate = sum(s["verdict"] == DEVIATES for s in tried)
        text += f", {deviate} {DEVIATES.replace('deviates', 'deviating')}" if deviate else ""
        if controls["tried"]:
            text += f" · {controls['refuted']} of {controls['tried']} negative controls refuted"
        good = supported == len(tried) and controls["refuted"] == controls["tried"]
        lines = self._wrapped("", text, _GREEN if good else _RED)
        if self.content["run"]["state"] == INTERRUPTED:
            stopped = "INTERRUPTED: what had been found by then, and no verdict on what held so far"
            lines = self._wrapped("", stopped, _RED) + lines
        if alarms["tests"]:
            lines.append(
                f"false alarms of the {alarms['tests']} tests: at most {alarms['budget']:g}"
            )
        return lines

    def _chapters(self) -> list[str]:
        lines = [self._row("", "supported", "error", "controls")]
        if self.every:
            lines += [" " * 8 + "".join(f"{name:>8}" for name in ("draws", "error", "refuted"))]
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
            row = self._row(
                f"{self._mark(verdict)} {chapter['name']}",
                f"{len(supported)}/{len(tried)}" if tried else "-",
                "-" if error is None else f"{error:.2g}",
                f"{controls[0]}/{controls[1]}" if controls[1] else "-",
            )
            lines.append(self._painted(row, "" if good else _RED))
            for statement in run:
                lines += self._statement(statement)
            lines += self._left_out(run)
        every = len(statements_of(self.content))
        if len(self.run) < every:
            left = f"{every - len(self.run)} of its {every} statements were not run"
            lines += ["", *self._wrapped("", f"a part of the suite: {left}")]
        return lines

    def _statement(self, s: Content) -> list[str]:
        """Its lines; none where all is well, unless every one is asked for."""
        missed = s["controls"] - s["controls_refuted"]
        good = s["verdict"] == SUPPORTED and not missed
        left_out = s["verdict"] == NOT_APPLICABLE and not missed
        if (good or left_out or s["follows"]) and not self.every:
            return []
        said = s["plain"] or s["statement"]
        name = f"  {self._mark(s['verdict']):<2} {s['id']:<4}"
        if self.every:
            name += "".join(f"{s['cells'][cell] or '-':>8}" for cell in NUMBERS)
        lines = self._wrapped(f"{name} ", said)
        if good:
            return lines
        why = [f"{s['verdict']}: {s['reason']}" if s["reason"] else s["verdict"]]
        why += [f"{missed} of its {s['controls']} negative controls not refuted"] if missed else []
        paint = _RED if s["verdict"] == REFUTED or missed else _YELLOW
        return lines + self._wrapped(" " * 9, "; ".join(why), paint)

    def _left_out(self, run: list[Content]) -> list[str]:
        """What does not apply, a line for each reason; none where every statement has its own."""
        names: dict[str, list[str]] = {}
        for s in run:
            missed = s["controls"] - s["controls_refuted"]
            if s["verdict"] == NOT_APPLICABLE and not missed and not self.every:
                names.setdefault(s["reason"], []).append(s["id"])
        lines = []
        for reason, ids in names.items():
            why = f"{NOT_APPLICABLE}: {reason}" if reason else NOT_APPLICABLE
            name = f"  {self._mark(NOT_APPLICABLE):<2} {', '.join(ids):<4} "
            lines += self._wrapped(name, why, _YELLOW)
        return lines

    def _row(self, name: str, *cells: str) -> str:
        widths = (10, 9, 10)
        left = self.width - sum(widths)
        return f"{name:<{left}}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))

    def _findings(self) -> list[str]:
        lines = []
        for s in self.run:
            if s["finding"] and not s["follows"] and s["verdict"] != DEVIATES:
                title = f"FINDING  {s['id']} does not hold here; the smallest case found:"
                lines += ["", *self._wrapped("", title, _RED)]
                words = s["finding"]["words"]
                column = max(map(len, words)) + 4
                after = [t["id"] for t in self.run if t["follows"] == s["id"]]
                words = {**words, **({"so do not": ", ".join(after)} if after else {})}
                for name, text in words.items():
                    label = f"  {name}".ljust(column)
                    copied = broken_up(label + text, self.width)
                    lines += copied if name == "reproduce" else self._wrapped(label, text)
        return lines

    def _facts(self) -> list[str]:
        content = self.content
        facts = {}
        covered = [result["covered"] for result in content["coverage"]]
        if len(self.run) == len(statements_of(content)):
            facts["the paper"] = f"{sum(covered)} of its {len(covered)} results are covered"
        if content["rejected"]:
            counts = ", ".join(f"{n} {reason}" for reason, n in sorted(content["rejected"].items()))
            facts["not counted"] = f"draws: {counts}"
        if content["hidden"]:
            names = ", ".join(s["id"] for s in content["hidden"])
            facts["may hide"] = f"a fault that shows only within rounding of a kink, from {names}"
        if content["at_kink"]:
            facts["at a kink"] = ", ".join(f"{f} {v}" for f, v in content["at_kink"].items())
        if content["changed"]:
            changed = ", ".join(f"{what} ({n} calls)" for what, n in content["changed"].items())
            facts["undone"] = f"{changed}: put back after each call"
        about = content["run"]["about"]
        if FILLED_IN in about:
            rest = ", ".join(s["id"] for s in self.run if s["filled"])
            facts[FILLED_IN] = f"{about[FILLED_IN]}, by the library, for {rest or 'none'}"
        facts |= {name: about[name] for name in ("controls",) if name in about}
        folder = content["run"]["folder"]
        if folder:
            facts["evidence"] = folder
        # without a name these commands take the newest run of the whole suite
        named = f" {shlex.quote(folder)}" if folder and content["run"]["state"] != WHOLE else ""
        table = f"verifier report{named}" if named else "verifier table --wide; verifier report"
        facts["more"] = f"{table}; docs/reading-a-report.md"
        column = max(map(len, facts)) + 2
        return [
            line for name, text in facts.items() for line in self._wrapped(name.ljust(column), text)
        ]

    def _mark(self, verdict: str) -> str:
        marks, usual = (_SYMBOLS, "?") if self.color else (_LETTERS, "??")
        return marks.get(verdict, usual)

    def _wrapped(self, name: str, text: str, paint: str = "") -> list[str]:
        """`text` beside `name`; a word that is too long, such as a path, is left whole."""
        wrapped = textwrap.wrap(
            text,
            self.width - len(name),
            break_long_words=False,
            break_on_hyphens=False,
        )
        blank = " " * len(name)
        return [
            (blank if i else name) + self._painted(line, paint) for i, line in enumerate(wrapped)
        ]

    def _painted(self, text: str, paint: str) -> str:
        return f"{paint}{text}{_PLAIN}" if self.color and paint else text
