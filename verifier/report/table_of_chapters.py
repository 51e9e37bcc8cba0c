"""The chapters of a run on a terminal: what holds of each, and what of it was not tested."""

from __future__ import annotations

import math
from collections.abc import Sequence

from verifier.report.content import statements_of
from verifier.report.facts import Content
from verifier.report.finding import in_size
from verifier.report.layout import RED, TIED, YELLOW, Layout
from verifier.report.told import by_cause
from verifier.report.untested import NOT_TESTED, each_reason, in_a_word, in_short, untested
from verifier.report.verdicts import ERROR, NOT_APPLICABLE, NOT_RUN, REFUTED, SUPPORTED

NUMBERS = ("draws", "error", "controls")
"""Of each statement, where every one is listed."""
HEADS = ("holds", "error", "controls", NOT_TESTED)
"""Of each chapter."""
UNTESTED = "untested"
"""Of the last, where it has little room."""
WIDTHS, NARROW = (10, 9, 10, 15), (8, 7, 10, 9)
"""Columns of these."""

ERRORS = "worst difference / what rounding or chance allows; above 1 refutes"
"""What is said of that column, below it."""

OF_SOME = " (all that ran)"
"""Said of that mark where some were not tested: a chapter that has it did not pass whole."""

ORDER = (SUPPORTED, REFUTED, NOT_RUN, NOT_APPLICABLE)
"""In which marks are explained."""


class Chapters:
    """The table, of some `content`; `every`: with a line for each statement that was run."""

    def __init__(self, content: Content, layout: Layout, every: bool) -> None:
        self.content, self.layout, self.every = content, layout, every
        statements = statements_of(content)
        is_narrow = layout.is_narrow
        # a column in which nothing would stand is left out; on a narrow terminal one has no room
        controls = every or bool(content["controls"]["tried"]) or not untested(statements)
        left = bool(untested(statements)) and not (every or (is_narrow and controls))
        errors = every or any(_error(c["statements"]) is not None for c in content["chapters"])
        self.shown = [True, errors, controls, left]
        self.widths = self._those(NARROW if is_narrow else WIDTHS)
        longest = max(len(f"{layout.mark(SUPPORTED)} {c['name']}") for c in content["chapters"])
        needs = layout.width if every else longest + sum(self.widths)
        # no wider than it needs: an eye goes from a name to its numbers without losing the row
        self.table = Layout(min(layout.width, needs), layout.color)
        self.marks: dict[str, dict[str, None]] = {}
        """What each verdict's mark says, before chapters; a set in order."""
        off = {s["verdict"] for s in statements} - {SUPPORTED, NOT_RUN, NOT_APPLICABLE}
        # NO before a number that holds would be read as none of these
        self.counted = REFUTED if off == {REFUTED} and not every else SUPPORTED
        heads = (REFUTED if self.counted == REFUTED else HEADS[0], *HEADS[1:3])
        self.heads = (*heads, UNTESTED if is_narrow else NOT_TESTED)
        self.leading = [group[0]["id"] for group in by_cause(statements, [REFUTED])]

    def _those(self, cells: Sequence) -> list:  # type: ignore[type-arg]
        return [cell for cell, is_shown in zip(cells, self.shown, strict=True) if is_shown]

    def lines(self) -> list[str]:
        """A line for each chapter, and below it what does not hold of it."""
        name = "chapter" if self.every else ""
        lines = self.table.row(name, self._those(self.heads), self.widths)
        if self.every:
            lines += self.layout.row("  statement", NUMBERS, self.widths)
        chapters = self.content["chapters"]
        bare = [c for c in chapters if len(untested(c["statements"])) == len(c["statements"])]
        if self.every or len(bare) == 1:
            bare = []
        for chapter in chapters:
            lines += [] if chapter in bare else self._chapter(chapter)
        return lines + (self._bare(bare) if bare else []) + self._legend()

    def _bare(self, chapters: Sequence[Content]) -> list[str]:
        """One line for the chapters of which nothing was run; what of it can be is told below."""
        layout, count = self.table, len(chapters)
        mark = layout.mark(NOT_RUN)
        self.marks.setdefault(NOT_RUN, {})[NOT_RUN] = None
        further = " further" * (count < len(self.content["chapters"]))
        left = [s for c in chapters for s in c["statements"]]
        total = str(len(left)) * self.shown[-1]
        name, why = f"{mark} {count}{further} chapters", each_reason(left)
        whole = f"{name}: {why if ',' in why else 'nothing run'}"
        if len(f"{whole} {total}") <= layout.width:
            return layout.row(whole, [total], [len(total)])
        return layout.row(name, [total], [len(total)]) + layout.wrapped("  ", why)

    def _legend(self) -> list[str]:
        """What the columns say, and the marks where not all are alike."""
        layout = self.layout
        lines = layout.noted(f"error: {ERRORS}") if self.shown[1] else []
        if set(self.marks) != {SUPPORTED}:
            in_order = sorted(self.marks.items(), key=lambda mark: ORDER.index(mark[0]))
            told = [f"{layout.mark(v)} {' or '.join(said)}" for v, said in in_order]
            if untested(statements_of(self.content)) and SUPPORTED in self.marks:
                told[0] += OF_SOME
            lines += layout.wrapped("", ", ".join(mark.replace(" ", TIED) for mark in told))
        return lines

    def _chapter(self, chapter: Content) -> list[str]:
        layout = self.layout
        run = [s for s in chapter["statements"] if s["verdict"] != NOT_RUN]
        left = untested(chapter["statements"])
        tried = [s for s in run if s["verdict"] != NOT_APPLICABLE]
        supported = [s for s in tried if s["verdict"] == SUPPORTED]
        controls = [sum(s[k] for s in run) for k in ("controls_refuted", "controls")]
        good = len(supported) == len(tried) and controls[0] == controls[1]
        usual = SUPPORTED if tried else NOT_APPLICABLE if run == left else NOT_RUN
        error = _error(tried)
        cells = (
            f"{sum(s['verdict'] == self.counted for s in tried)}/{len(tried)}" if tried else "-",
            "-" if error is None else in_size(error),
            f"{controls[0]}/{controls[1]}" if controls[1] else "-",
            str(len(left)) if left else "-",
        )
        verdict = usual if good else REFUTED
        missed = "controls not refuted" if len(supported) == len(tried) else f"not {SUPPORTED}"
        if all(s["verdict"] == REFUTED for s in tried if s not in supported) and tried != supported:
            missed = REFUTED
        usually = SUPPORTED if tried else NOT_RUN if usual == NOT_RUN else in_a_word(run[0])
        self.marks.setdefault(verdict, {})[usually if good else missed] = None
        mark, room = layout.mark(verdict), self.table.width - sum(self.widths)
        name = chapter["name"] if len(f"{mark} {chapter['name']}") <= room else chapter["short"]
        lines = self.table.row(f"{mark} {name}", self._those(cells), self.widths)
        if not tried:  # in place of dashes
            told = in_short(chapter["statements"])
            lines = [f"{mark} {name}".ljust(room) + told.rjust(sum(self.widths))]
        elif left and not self.shown[-1] and not self.every:
            lines += [f"{len(left)} {NOT_TESTED}".rjust(self.table.width)]
        lines = [layout.painted(line, "" if good else RED) for line in lines]
        alike = [] if self.every else [s for s in run if _is_plain(s)]
        if alike:
            ids = sorted((s["id"] for s in alike), key=lambda name: name not in self.leading)
            lines += layout.wrapped(f"  {layout.mark(REFUTED):<2} ", ", ".join(ids), RED)
        for statement in run:
            lines += [] if statement in alike else self._statement(statement)
        return lines

    def _statement(self, s: Content) -> list[str]:
        """Its lines; none where all is well, unless every one is asked for."""
        layout = self.layout
        missed = s["controls"] - s["controls_refuted"]
        good = s["verdict"] == SUPPORTED and not missed
        told_once = s["verdict"] in (NOT_APPLICABLE, ERROR) and not missed
        if (good or told_once) and not self.every:
            return []
        said = s["plain"] or s["statement"]
        name = f"  {layout.mark(s['verdict']):<2} {s['id']:<4} "
        if not self.every:
            lines = layout.wrapped(name, said)
        elif layout.is_narrow:
            lines = [*self._numbers(name, s), *layout.wrapped(" " * 5, said)]
        else:
            first, *others = layout.wrapped(name, said, room=layout.width - sum(self.widths) - 1)
            lines = [*self._numbers(first, s), *others]
        if good or (s["verdict"] == REFUTED and not s["reason"] and not missed):
            return lines
        told = [f"{s['verdict']}: {s['reason']}" if s["reason"] else s["verdict"]]
        told += [f"{missed} of its {s['controls']} negative controls not refuted"] if missed else []
        paint = RED if s["verdict"] == REFUTED or missed else YELLOW
        return lines + layout.wrapped(" " * 9, "; ".join(told), paint)

    def _numbers(self, name: str, statement: Content) -> list[str]:
        cells = [statement["cells"][cell] or "-" for cell in NUMBERS]
        return self.layout.row(name, cells, self.widths)


def _error(statements: Sequence[Content]) -> float | None:
    """The worst of a chapter; where one is off beyond all numbers, infinity."""
    errors = [s["error"] for s in statements if s["held"]]
    return math.inf if None in errors else max(errors, default=None)


def _is_plain(s: Content) -> bool:
    """Whether it is refuted, and its finding, or another's, says all there is to say."""
    missed = s["controls"] - s["controls_refuted"]
    told = s["follows"] or s["finding"]
    return bool(s["verdict"] == REFUTED and told and not s["reason"] and not missed)
