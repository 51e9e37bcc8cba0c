"""Every statement by id: what follows from the chapters, those from outside included."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any

from verifier.errors import InputError, require
from verifier.implementations.contract import named_object
from verifier.statements.chapter import Chapter
from verifier.statements.control import Control
from verifier.statements.statement import PathwiseStatement, Statement, StatisticalStatement
from verifier.statistics import FALSE_ALARMS, Ledger

GROUP = "perturbation_verifier.chapters"
"""The entry points by which an installed package offers chapters of its own."""


class Registry:
    """Chapters in order. `statements` by id: the `pathwise` and the `statistical` ones."""

    def __init__(self, chapters: Iterable[Chapter] = ()) -> None:
        self.chapters: list[Chapter] = []
        self.statements: dict[str, Statement] = {}
        self.pathwise: dict[str, PathwiseStatement] = {}
        self.statistical: dict[str, StatisticalStatement] = {}
        for chapter in chapters:
            self.add(chapter)

    def add(self, chapter: Any) -> None:
        """Add a chapter; `InputError`, and nothing added, if it is none or an id is taken."""
        require(
            isinstance(chapter, Chapter),
            "chapter",
            repr(chapter),
            "must be a verifier.statements.Chapter",
        )
        if chapter in self.chapters:
            return
        for statement in chapter.statements:
            if statement.id in self.statements:
                holder = self.chapter_of(statement.id).title
                raise InputError("id", repr(statement.id), f"is taken already, in {holder!r}")
        self.chapters.append(chapter)
        for statement in chapter.statements:
            self.statements[statement.id] = statement
            if isinstance(statement, PathwiseStatement):
                self.pathwise[statement.id] = statement
            if isinstance(statement, StatisticalStatement):
                self.statistical[statement.id] = statement

    def add_installed(self) -> None:
        """Add the chapters that installed packages offer; `InputError` naming a wrong one."""
        for entry in entry_points(group=GROUP):
            self.add(_loaded(entry.value))

    def add_named(self, path: str) -> None:
        """Add the chapter at `package.module:NAME`; raises `InputError`."""
        self.add(_loaded(path))

    def statement(self, name: str) -> Statement:
        """The statement with this id, in any case; `InputError`, with what is near, if none has it.

        An id that differs from another one in case alone is found as it is written.
        """
        if name in self.statements:
            return self.statements[name]
        by_letters = {known.lower(): known for known in self.statements}
        if name.lower() in by_letters:
            return self.statements[by_letters[name.lower()]]
        near = [by_letters[k] for k in get_close_matches(name.lower(), by_letters, cutoff=0.5)]
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        rule = f"must be one of {', '.join(self.statements)}{meant}"
        raise InputError("statement", repr(name), rule)

    def chapter_of(self, statement: str) -> Chapter:
        """The chapter of the statement with this id; raises `InputError`."""
        found = self.statement(statement)
        return next(chapter for chapter in self.chapters if found in chapter.statements)

    def controls_of(self, statement: str) -> tuple[Control, ...]:
        """The negative controls that the statement with this id must refute; `InputError`."""
        return self.chapter_of(statement).controls_of(statement)

    def ledger(self, size: str, total: float = FALSE_ALARMS) -> Ledger:
        """How a run's false-alarm probability is split over every test of every experiment."""
        tests = sum(s.tests * len(s.experiments[size]) for s in self.statistical.values())
        return Ledger(max(1, tests), total)


def _loaded(path: str) -> Any:
    """The chapter at `package.module:NAME`."""
    found = named_object("chapter", path)
    require(
        isinstance(found, Chapter),
        "chapter",
        f"{path!r}, a {type(found).__name__}",
        "must be an object of the class verifier.statements.Chapter",
    )
    return found
