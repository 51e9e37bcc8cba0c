"""What code must know of the device it runs on: how much at a time, and when the host waits.

On a GPU the host runs ahead of the device, and waits for all of its work whenever it reads a value.
So no step of a loop reads; what a call must know of values it reads at once, through `read`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import torch
from torch import Tensor

from verifier.errors import InputError
from verifier.model.memory import block_on


def block_elements(device: torch.device) -> int:
    """Entries of the largest temporary: what a CPU's cache holds, or what keeps a GPU busy."""
    return block_on(device)


READS_AT_ONCE = frozenset({"cpu"})
"""Kinds of device of which the host reads a value without waiting."""


def reads_wait(device: torch.device) -> bool:
    """Whether the host waits for the device where it reads a value: on all but the CPU itself."""
    return device.type not in READS_AT_ONCE


def _to_host(values: Tensor) -> list[Any]:
    found: list[Any] = values.tolist()
    return found


def read(values: Tensor) -> list[Any]:
    """The entries of a vector, on the host: what the loops must know of values comes this way."""
    return _to_host(values)


def ends(value: Tensor) -> tuple[Tensor, Tensor]:
    """The least and the greatest entry, each (): NaN if an entry is; one pass, no array beside."""
    least, greatest = torch.aminmax(value.detach())
    return least, greatest


def all_finite(values: Sequence[float]) -> bool:
    """Whether no number, once read, is infinite or NaN."""
    return all(map(math.isfinite, values))


class Rule(NamedTuple):
    """What to read, tensors (), whether it `holds` of what was read, and the error if not."""

    values: tuple[Tensor, ...]
    holds: Callable[[Sequence[Any]], bool]
    error: Callable[[], Exception]


_together: ContextVar[list[Rule] | None] = ContextVar("_together", default=None)


@contextmanager
def read_together() -> Iterator[None]:
    """Decide all that `require_value` is asked within by one read, at the end.

    >>> with read_together():
    ...     require_value(torch.tensor(True), "x", lambda: "NaN", "must be finite")
    """
    outer = _together.get()
    rules: list[Rule] = []
    _together.set(rules)
    try:
        yield
    finally:
        _together.set(outer)
    if outer is None:
        decide(rules)
    else:
        outer.extend(rules)


def require_value(holds: Tensor, argument: str, found: Callable[[], object], rule: str) -> None:
    """Raise `InputError` unless `holds`, a bool (); `found` says what was found.

    Within `read_together` that is decided at its end.
    """
    _ask(Rule((holds,), all, lambda: InputError(argument, found(), rule)))


def require_finite(value: Tensor, argument: str) -> None:
    """Raise `InputError` unless no entry is infinite or NaN. See `require_value`."""
    found = "a tensor with NaN or infinity"
    _ask(Rule(ends(value), all_finite, lambda: InputError(argument, found, "must be finite")))


def _ask(rule: Rule) -> None:
    rules = _together.get()
    if rules is None:
        decide([rule])
    else:
        rules.append(rule)


def decide(rules: list[Rule]) -> None:
    """Raise the error of the first rule that does not hold; one read for all of them."""
    if not rules:
        return
    values = iter(read(torch.stack([v for rule in rules for v in rule.values])))
    for rule in rules:
        if not rule.holds([next(values) for _ in rule.values]):
            raise rule.error()
