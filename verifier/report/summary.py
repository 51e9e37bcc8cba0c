"""The end of a run on a terminal of 80 columns: what holds first, then what does not, in words.

What a whole table says is in `verifier.report.terminal`, printed by `verifier table --wide`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence

from verifier.evidence.folders import INTERRUPTED
from verifier.evidence.version import VERSION
from verifier.report.again import broken_up
from verifier.report.backing import OF_BASIS, backing
from verifier.report.content import statements_of
from verifier.report.corrections import against, corrected
from verifier.report.facts import HIDING, OF_STATEMENTS, Content, facts, how_sure, whereabouts
from verifier.report.layout import BOLD_GREEN, RED, TIED, Layout
from verifier.report.misfit import EARLIER, PAGE, in_items, misfits, titled, weakness
from verifier.report.refuted import is_own
from verifier.report.table_of_chapters import Chapters
from verifier.report.told import COMMAND, NEXT, by_cause, findings, in_few_words, sure_of, why
from verifier.report.untested import NOT_TESTED, untested
from verifier.report.verdicts import DEVIATES, ERROR, NOT_APPLICABLE, NOT_RUN, REFUTED, SUPPORTED

WIDEST, NARROWEST = 100, 40
"""Lines longer than the one are hard to read; below the other nothing lines up."""

CAVEAT = "Finite checks that pass support a statement; they do not prove it."
LIMIT = "tests, not a proof"
"""What the last line of a run says behind its verdict."""
DOT = " · "
"""Between what is said of a run in its first line."""
AGAIN = 2
"""Lines that the command may take at the very end; a longer one stands in its finding alone."""
CAUSES = 3
"""Of what does not hold, so many are named at once."""
NAMED = 4
"""So many statements that hold beside others that do not are named."""


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


class _Summary(Layout):
    def __init__(self, content: Content, width: int, color: bool, every: bool) -> None:
        super().__init__(width, color)
        self.content, self.every = content, every
        self.run = [s for s in statements_of(content) if s["verdict"] != NOT_RUN]

    def lines(self) -> list[str]:
        found = [] if self.every else self._findings()
        return [
            *self._identity(),
            *self._verdict(),
            *self._backed(),
            *self._why(),
            *found,
            "",
            *self._sure(),
            "",
            *Chapters(self.content, self, self.every).lines(),
            *self._misfits(),
            *(self._findings() if self.every else []),
            "",
            *self.listed(self._facts()),
            *self.listed(whereabouts(self.content, self.every)),
            "",
            *([*self._verdict(), *self._sure()] if self.every else []),
            *self._end(),
        ]

    def _facts(self) -> Mapping[str, str]:
        """All of them beside every statement, else without those of single statements.

        Without those that say how sure a run is: these stand beside its controls.
        """
        left_out = (*HIDING, *(() if self.every else OF_STATEMENTS))
        told = facts(self.content, self.run)
        return {n: text for n, text in told.items() if n not in left_out}

    def _hiding(self) -> list[str]:
        """In which draws nothing was compared, and what that means."""
        told = facts(self.content, self.run)
        where = "; ".join(told[name] for name in HIDING if name in told)
        return [_tied(f"blind spots, not counted as passes: {where}")] if where else []

    def _identity(self) -> list[str]:
        about = self.content["run"]["about"]
        told = [
            f"perturbation-verifier {VERSION}",
            about.get("implementation", ""),
            about.get("profile", ""),
            f"seed {about['run_seed']}" if "run_seed" in about else "",
            about.get("device", ""),
        ]
        first, *others = filter(None, told)
        lines = [first]
        for part in others:  # a line ends in place of a dot
            if len(f"{lines[-1]}{DOT}{part}") <= self.width:
                lines[-1] += f"{DOT}{part}"
            else:
                lines.append(part)
        return lines

    def _verdict(self) -> list[str]:
        tried = [s for s in self.run if s["verdict"] != NOT_APPLICABLE]
        supported = sum(s["verdict"] == SUPPORTED for s in tried)
        refuted = sum(s["verdict"] == REFUTED for s in tried)
        controls = self.content["controls"]
        good = supported == len(tried) and controls["refuted"] == controls["tried"]
        every = statements_of(self.content)
        text = f"{supported} of {len(tried)} statements supported"
        if refuted and is_own(self.content["run"]["about"]):
            text += f", {refuted} refuted"
        elif refuted:
            text = f"your code disagrees with {refuted} of {len(tried)} statements"
            text += f", {_named([s['id'] for s in tried if s['verdict'] == SUPPORTED])}"
        stopped = sum(s["verdict"] == ERROR for s in tried)
        text += f", {stopped} stopped by an error" if stopped else ""
        deviate = sum(s["verdict"] == DEVIATES for s in tried)
        text += f", {deviate} {DEVIATES.replace('deviates', 'deviating')}" if deviate else ""
        if left := len(untested(every)):
            brief, whole = f"{left} untested", f"{left} of {len(every)} {NOT_TESTED}"
            text += f"; {brief if self.is_narrow else whole}"
        paint = BOLD_GREEN if good else RED
        against = corrected(every, named=False) if supported == len(tried) else ""
        text += f"; {against}" if against else ""
        lines = self.noted(text, paint)
        if self.content["run"]["state"] == INTERRUPTED:
            told = "INTERRUPTED: what had been found by then, and no verdict on what held so far"
            lines = self.wrapped("", told, RED) + lines
        return lines

    def _sure(self) -> list[str]:
        controls = self.content["controls"]
        missed = controls["refuted"] < controls["tried"]
        leads = [sure_of(group[0]) for group in by_cause(self.run, [REFUTED])[:1]]
        return self.grouped(
            "how sure", [*leads, *how_sure(self.content), *self._hiding()], RED * missed
        )

    def _end(self) -> list[str]:
        """What is refuted and why, else how many hold and against what; and its limit."""
        tried = [s["verdict"] for s in self.run if s["verdict"] != NOT_APPLICABLE]
        spent = self.content["wall_time"]
        seconds = f"; {spent['wall']:.0f}{TIED}s" if spent else ""
        limit = f" ({LIMIT}{seconds})"
        refuted, command = in_few_words(self.run)
        against = "" if refuted else corrected(statements_of(self.content))
        supported = f"{tried.count(SUPPORTED)} of {len(tried)} supported"
        held = f"{', '.join(filter(None, [supported, against]))}{limit}"
        again = broken_up(f"{NEXT}: {command}", self.width) if command else []
        fits = 0 < len(again) <= AGAIN
        where = f"see `{NEXT}`" if command else "see the findings" if refuted else ""
        told = "; ".join(filter(None, [refuted, held, "" if fits else where]))
        return [*self.noted(_tied(told), RED * bool(refuted)), *(again if fits else [])]

    def _backed(self) -> list[str]:
        """What backs the statements beside this run, where all are supported."""
        every = statements_of(self.content)
        if any(s["verdict"] != SUPPORTED for s in every):
            return []
        told = _tied(backing(every, OF_BASIS))
        return self.grouped("what holds", told.split(", ") if self.is_narrow else [told])

    def _of_all(self) -> bool:
        """Whether all of this project was run."""
        is_whole = len(self.run) == len(statements_of(self.content))
        return is_whole and is_own(self.content["run"]["about"])

    def _why(self) -> list[str]:
        """The causes of what does not hold, before everything else; one is in its finding."""
        causes = why(self.run)
        if len(causes) == 1 and findings(self.run, self.every):
            return []
        lines: list[str] = []
        for cause in causes[:CAUSES]:
            lines += self.wrapped("why  " if not lines else "     ", cause, RED)
        rest = len(causes) - CAUSES
        return lines + ([f"     and {rest} more, below"] if rest > 0 else [])

    def _misfits(self) -> list[str]:
        """What does not fit, and apart what of the paper's figures, where all here was run."""
        if not self._of_all():
            return []
        every = statements_of(self.content)
        off = ", ".join(s["id"] for s in every if s["verdict"] == REFUTED)
        here = [f"{off or 'no statement'} refuted"]
        here += [f"{s} corrects the paper: {said}" for s, said in against(every).items()]
        lines = ["", *self.grouped("what does not fit", [_tied(one) for one in here])]
        if found := misfits():
            lines += ["", *self.noted(f"{EARLIER}: {titled(weakness(), str(PAGE))}")]
            lines += [line for one in in_items(found) for line in self.item("  ", one)]
        return lines

    def _findings(self) -> list[str]:
        lines = []
        for title, words in findings(self.run, self.every):
            lines += ["", *self.item("", title, RED)]
            column = max(map(len, words)) + 4
            for name, text in words.items():
                if name == COMMAND:
                    lines += broken_up(f"    {text}", self.width)
                elif self.is_narrow:
                    lines += self.item(f"  {name}: ", text)
                else:
                    lines += self.wrapped(f"  {name}".ljust(column), text)
        return lines


def _tied(text: str) -> str:
    """With each count on the line of its name, or of what it is a part of."""
    return re.sub(r"\d+ of \d+|\d+ (?=[a-z])", lambda found: found[0].replace(" ", TIED), text)


def _named(ids: Sequence[str]) -> str:
    """How many are supported, and which if they are few."""
    return f"{len(ids)} supported" + f" ({', '.join(ids)})" * (0 < len(ids) <= NAMED)
