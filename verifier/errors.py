"""Errors of the library: each names what was wrong, with which value, and the rule it broke."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any


class InputError(ValueError):
    """An argument breaks a rule. Raised before any work starts; names argument, value and rule."""

    def __init__(self, argument: str, value: object, rule: str) -> None:
        super().__init__(f"{argument} = {value}: {rule}")
        self.argument, self.value, self.rule = argument, value, rule


class BadResult(InputError):
    """An implementation under test returned what no correct one would, such as NaN.

    `told`: what a report says of it, once it is known which check had called; empty before.
    """

    told = ""


class Died(BadResult):
    """A call to an implementation in a process of its own did not come back."""


class DivergedError(ArithmeticError):
    """Training left the finite range. `step` is the 0-based step whose gradient was not finite."""

    def __init__(self, step: int, quantity: str) -> None:
        super().__init__(
            f"training diverged at step {step}: {quantity} is not finite; use smaller steps"
        )
        self.step, self.quantity = step, quantity


class NotComparable(Exception):
    """A run may follow a different path within rounding: no statement about it can be tested.

    Trajectories are discontinuous where a pre-activation meets its kink (docs/setting.md).
    """


class SinglePrecision(NotComparable):
    """A code that was handed float64 computed in float32: bounds of float64 say nothing of it."""

    def __init__(self) -> None:
        super().__init__(
            "computed in single precision: every error is about 6e-8 of its scale; run with "
            "--dtype float32"
        )


class OutOfMemory(MemoryError):
    """A call needs more memory than there is: names its shape, what it takes, what would fit.

    `sizes`: of the call, by name. `needed`: bytes that it takes at the most beside its arguments.
    `free`, `total`: bytes of the device, None where no system tells them. `fits`: of each size the
    largest that surely fits beside the others.
    """

    def __init__(
        self,
        call: str,
        kind: str,
        sizes: Mapping[str, int],
        needed: int,
        room: tuple[int, int] | None,
        fits: Mapping[str, int],
    ) -> None:
        shape = ", ".join(f"{name} = {size}" for name, size in sizes.items())
        said = f"{call} ran out of memory: {shape} in {kind} takes up to {_gib(needed)}"
        if room is not None:
            said += f"; {_gib(room[0])} of {_gib(room[1])} are free"
        if fits:
            smaller = (f"{name} up to {size}" for name, size in fits.items())
            said += f"; there is room for {' or '.join(smaller)}"
        super().__init__(said)
        self.call, self.sizes, self.needed, self.fits = call, sizes, needed, fits
        self.free = None if room is None else room[0]
        self.total = None if room is None else room[1]


def _gib(count: int) -> str:
    """Bytes, for people."""
    return f"{count / 2**30:.3g} GiB"


def require(condition: bool, argument: str, value: object, rule: str) -> None:
    """Raise `InputError` naming `argument`, `value` and `rule` unless `condition` holds."""
    if not condition:
        raise InputError(argument, value, rule)


def require_count(argument: str, value: Any) -> None:
    """Raise `InputError` unless `value` is a whole number of at least one."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    require(whole and value >= 1, argument, value, "must be at least 1, and whole")


def as_float(argument: str, value: Any) -> float:
    """`value` as a float; `InputError` if it is not a number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InputError(argument, repr(value), "must be a number") from None


def number(argument: str, value: object, good: Callable[[float], bool], rule: str) -> float:
    """`value` as a float; raises `InputError` unless it is a real number that is `good`."""
    real = isinstance(value, Real) and not isinstance(value, bool)
    require(real, argument, repr(value), "must be a number")
    try:
        found = float(value)  # type: ignore[arg-type]
    except OverflowError:
        found = math.inf
    require(good(found), argument, value, rule)
    return found
