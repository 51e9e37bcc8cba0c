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
    subclass that takes its place.
    """

    name: str
    what: str
    refuted_by: tuple[str, ...]
    implementation: Callable[[], Any] = Reference
    altered: Mapping[type, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _ = self.theory  # raises for what is no alteration

    @property
    def theory(self) -> Theory:
        """The formulas under test."""
        return Theory(self.altered)
