"""What a training code is able to train: nothing else is drawn for it, or handed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from verifier.errors import require
from verifier.model.losses import LOSSES
from verifier.model.network import check_slope
from verifier.trial.description import DTYPES

TRAINED, FROZEN = "trained", "frozen"


@dataclass(frozen=True)
class Supports:
    """The configurations that a code can be run on.

    `losses`, `dtypes`: names. `slopes`: values of gamma; None for every one. `momentum`: whether it
    has any. `biases`: which of trained and frozen ones; without either, networks have none. Raises
    `InputError` for what is not known, or where nothing is left.
    """

    losses: tuple[str, ...] = tuple(LOSSES)
    slopes: tuple[float, ...] | None = None
    momentum: bool = True
    dtypes: tuple[str, ...] = tuple(DTYPES)
    biases: tuple[str, ...] = (TRAINED, FROZEN)

    def __post_init__(self) -> None:
        for name, known in (
            ("losses", tuple(LOSSES)),
            ("dtypes", tuple(DTYPES)),
            ("biases", (TRAINED, FROZEN)),
        ):
            found = getattr(self, name)
            listed = isinstance(found, tuple | list) and set(found) <= set(known)
            rule = f"must be a list of some of {', '.join(known)}"
            require(listed, f"supports, {name}", repr(found), rule)
            require(bool(found) or name == "biases", f"supports, {name}", repr(found), "is empty")
            object.__setattr__(self, name, tuple(value for value in known if value in found))
        told = isinstance(self.momentum, bool)
        require(told, "supports, momentum", self.momentum, "must be true or false")
        if self.slopes is not None:
            listed = isinstance(self.slopes, tuple | list) and bool(self.slopes)
            require(listed, "supports, slopes", repr(self.slopes), "must be a list of numbers")
            for slope in self.slopes:
                check_slope(slope)
            object.__setattr__(self, "slopes", tuple(map(float, self.slopes)))

    @classmethod
    def of(cls, implementation: object) -> Supports:
        """What the attribute `supports` of an implementation says, a dictionary; by default all."""
        told = getattr(implementation, "supports", {})
        require(isinstance(told, Mapping), "supports", repr(told), "must be a dictionary")
        names = [field.name for field in fields(cls)]
        unknown = [name for name in told if name not in names]
        require(not unknown, "supports", unknown, f"may hold {', '.join(names)}")
        return cls(**told)

    def only(self, dtype: str | None) -> Supports:
        """Of these, those of one floating-point type; `InputError` if there are none."""
        if dtype is None:
            return self
        rule = f"is not among what the code supports, {', '.join(self.dtypes)}"
        require(dtype in self.dtypes, "dtype", dtype, rule)
        return replace(self, dtypes=(dtype,))

    def admits(self, configuration: Any) -> bool:
        """Whether the code can be run on a configuration."""
        c = configuration
        has_biases = getattr(c, "biases", True)
        kind = TRAINED if c.train_bias else FROZEN
        return (
            c.loss in self.losses
            and (self.slopes is None or c.slope in self.slopes)
            and (self.momentum or c.momentum == 0)
            and c.dtype in self.dtypes
            and (kind in self.biases or not (has_biases or self.biases))
        )

    def fit(self, configuration: Any) -> Any | None:
        """The configuration, in a floating-point type that is supported; None if it is not."""
        dtype = configuration.dtype if configuration.dtype in self.dtypes else self.dtypes[0]
        fitted = replace(configuration, dtype=dtype)
        return fitted if self.admits(fitted) else None


EVERYTHING = Supports()
