"""Formulas at points, evaluated once where several statements read the same ones."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from torch import Tensor

Value = TypeVar("Value", bound=Tensor | tuple[Tensor, ...])

MOST = 1 << 22
"""Numbers of a value that is kept (32 MiB in float64): a larger one is made again."""


def kept_at(formula: Callable[[Any, Tensor], Value]) -> Callable[[Any, Tensor], Value]:
    """The method `formula(self, z)`, which keeps its value for the very same tensor of points.

    What an altered subclass returns is its own: only calls of `formula` itself are kept, with their
    object. A tensor that was changed in place since then counts as another.
    """

    @functools.wraps(formula)
    def at(self: Any, z: Tensor) -> Value:
        known = self.__dict__.setdefault("kept", {})
        key = formula, id(z)
        if key in known:
            points, value, versions = known[key]  # the points too, so that no others get their id
            if points is z and versions == _versions(z, value):
                return value
        value = formula(self, z)
        if sum(t.numel() for t in _tensors(value)) <= MOST:
            known[key] = z, value, _versions(z, value)
        return value

    return at


def _tensors(value: Tensor | tuple[Tensor, ...]) -> Iterable[Tensor]:
    return (value,) if isinstance(value, Tensor) else value


def _versions(z: Tensor, value: Tensor | tuple[Tensor, ...]) -> list[int]:
    """How often each tensor was changed in place."""
    return [t._version for t in (z, *_tensors(value))]
