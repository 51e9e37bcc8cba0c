"""The formulas under test: the theory's own, or some of them altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from verifier.errors import require

Formulas = TypeVar("Formulas")


@dataclass(frozen=True, eq=False)
class Theory:
    """Which classes of formulas the checks use: `theory[Decomposition]` instead of `Decomposition`.

    `altered`: for some classes a subclass with an error, as negative controls have it; every other
    class stands for itself. `asked`: the classes that checks have asked for. Raises `InputError`
    unless each is replaced by one of its subclasses.

    >>> class Half(float): ...
    >>> Theory({float: Half})[float] is Half, Theory()[float] is float
    (True, True)
    """

    altered: Mapping[type, type] = field(default_factory=dict)
    asked: set[type] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        for formulas, replacement in self.altered.items():
            require(
                isinstance(replacement, type) and issubclass(replacement, formulas),
                "altered",
                replacement,
                f"must be a subclass of {formulas.__name__}",
            )

    def __getitem__(self, formulas: type[Formulas]) -> type[Formulas]:
        """The class to use where the theory says `formulas`."""
        self.asked.add(formulas)
        return self.altered.get(formulas, formulas)

    @property
    def out_of_reach(self) -> list[str]:
        """Names of altered classes that no check has asked for, so that nothing is altered."""
        return [formulas.__name__ for formulas in self.altered if formulas not in self.asked]
