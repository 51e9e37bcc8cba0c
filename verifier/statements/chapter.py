"""A chapter of the theory as data: its statements, and the controls that each must refute."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from verifier.errors import require
from verifier.implementations.contract import FUNCTIONS
from verifier.statements.control import Control
from verifier.statements.statement import BASES, IMPLICATION, KINDS, Statement

LEAST_CONTROLS = 2
"""Negative controls of every statement, at least."""


@dataclass(frozen=True, eq=False)
class Chapter:
    """Statements that belong together, in the theory's order, with their negative controls.

    `title`, `sentence`: what reports call it; `short`: where a line has no room for the title. The
    registry, the parts of a report, the coverage of the paper's results, the hunt and the
    strategies follow from chapters alone. Raises `InputError` for a statement without a proof or
    with fewer than two controls, an id that is not one, and a control that names no statement of
    the chapter.
    """

    title: str
    sentence: str
    statements: tuple[Statement, ...]
    controls: tuple[Control, ...]
    short: str = ""

    def __post_init__(self) -> None:
        require(bool(self.statements), self._name, "()", "must hold at least one statement")
        for statement in self.statements:
            require(isinstance(statement, Statement), self._name, statement, "must hold statements")
            named = re.fullmatch(r"[A-Z][A-Za-z0-9]*", statement.id) is not None
            rule = "must be letters and digits, beginning with a capital"
            require(named, "id", repr(statement.id), rule)
        ids = Counter(statement.id for statement in self.statements)
        for control in self.controls:
            require(isinstance(control, Control), self._name, repr(control), "must hold controls")
            for name in control.refuted_by or ("",):
                rule = f"must be the id of a statement in {self._name}"
                require(name in ids, f"control {control.name!r} refuted_by", repr(name), rule)
        for statement in self.statements:
            self._check(statement)
        for name, count in ids.items():
            require(count == 1, "id", repr(name), f"is taken {count} times in {self._name}")

    @property
    def _name(self) -> str:
        return f"chapter {self.title!r}"

    def controls_of(self, statement: str) -> tuple[Control, ...]:
        """The controls that the statement with this id must refute."""
        return tuple(control for control in self.controls if statement in control.refuted_by)

    def _check(self, statement: Statement) -> None:
        require(statement.kind in KINDS, "kind", repr(statement.kind), f"must be one of {KINDS}")
        rule = f"of {statement.id}, whose kind leaves it open, must be one of {BASES}"
        require(statement.basis in BASES, "basis", repr(statement.basis), rule)
        unknown = set(statement.needs) - set(FUNCTIONS)
        rule = f"of {statement.id} must be among {', '.join(FUNCTIONS)}"
        require(not unknown, "needs", sorted(unknown), rule)
        rule = f"must name the page with the proof of {statement.id}"
        require(bool(statement.proof.strip()), "proof", repr(statement.proof), rule)
        share = getattr(statement, "least_premise_share", 1.0)
        rule = f"must be positive: {statement.id} says something only where its premise holds"
        require(statement.kind != IMPLICATION or share > 0, "least_premise_share", share, rule)
        controls = [control.name for control in self.controls_of(statement.id)]
        enough = LEAST_CONTROLS <= len(controls) == len(set(controls))
        rule = f"{statement.id} must have at least {LEAST_CONTROLS} of different names"
        require(enough, "controls", controls, rule)
