"""What a negative control is: something broken, and the statements that must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier.implementations.reference import Reference
from verifier.trial.theory import Theory


@dataclass(frozen=True, eq=False)
class Control:
    """A broken implementation under the true theory, or altered formulas under the reference.

    `name`: short, unique among the controls of a statement. `what`: the error in one line.
    `refuted_by`: ids of the statements of its chapter whose checks must refute it.
    `implementation`: makes the code under test. `altered`: classes of formulas, each with the
    subclass that takes its place. `known_rung`: where few configurations refute it, the rung of
    its statements' ladder that does, the rung's label without "ladder: ". The search begins there,
    and goes through all the others if it does not refute. It is the first in the ladder's order at
    run seed 0; with another seed one before it may refute too.
    """

    name: str
    what: str
    refuted_by: tuple[str, ...]
    implementation: Callable[[], Any] = Reference
    altered: Mapping[type, type] = field(default_factory=dict)
    known_rung: str = ""

    def __post_init__(self) -> None:
        _ = self.theory  # raises for what is no alteration

    @property
    def theory(self) -> Theory:
        """The formulas under test."""
        return Theory(self.altered)
