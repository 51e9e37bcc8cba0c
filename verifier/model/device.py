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


_all_wait: ContextVar[bool] = ContextVar("_all_wait", default=False)


def reads_wait(device: torch.device) -> bool:
    """Whether the host waits for the device where it reads a value: on all but the CPU itself."""
    return _all_wait.get() or device.type not in READS_AT_ONCE


@contextmanager
def as_if_reads_waited() -> Iterator[None]:
    """Within it all is done as on a GPU, whatever the device: so any machine can check that way."""
    outside = _all_wait.set(True)
    try:
        yield
    finally:
        _all_wait.reset(outside)


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


_waiting: ContextVar[list[Rule] | None] = ContextVar("_waiting", default=None)


@contextmanager
def read_together() -> Iterator[None]:
    """Decide all that is asked within by one read: at the end, or with what is read before.

    Until then code works on values that may break a rule; what it makes of them is lost with the
    error. Within another `read_together` all waits for the outer one.

    >>> with read_together():
    ...     require_value(torch.tensor(True), "x", lambda: "NaN", "must be finite")
    """
    if _waiting.get() is not None:
        yield
        return
    rules: list[Rule] = []
    outside = _waiting.set(rules)
    try:
        yield
    finally:
        _waiting.reset(outside)
    decide(rules)


def require_value(holds: Tensor, argument: str, found: Callable[[], object], rule: str) -> None:
    """Raise `InputError` unless `holds`, a bool (); `found` says what was found. See `ask`."""
    ask([Rule((holds,), all, lambda: InputError(argument, found(), rule))])


def require_finite(value: Tensor, argument: str) -> None:
    """Raise `InputError` unless no entry is infinite or NaN. See `ask`."""
    found = "a tensor with NaN or infinity"
    ask([Rule(ends(value), all_finite, lambda: InputError(argument, found, "must be finite"))])


def ask(rules: Sequence[Rule]) -> None:
    """Raise the error of the first rule that does not hold; within `read_together`, later."""
    waiting = _waiting.get()
    if waiting is None:
        decide(rules)
    else:
        waiting.extend(rules)


def decide(rules: Sequence[Rule]) -> None:
    """Raise the error of the first rule that does not hold, those that wait included, by a read."""
    read_deciding((), rules)


def read_deciding(values: Sequence[Tensor], rules: Sequence[Rule] = ()) -> list[Any]:
    """`values`, each (), once all rules hold, those that wait included; one read for all.

    Numbers come in the dtype that holds all of them.
    """
    waiting = _waiting.get() or []
    every = [*waiting, *rules]
    waiting.clear()
    asked = [*(value for rule in every for value in rule.values), *values]
    found = iter(read(torch.stack(asked)) if asked else ())
    for rule in every:
        if not rule.holds([next(found) for _ in rule.values]):
            raise rule.error()
    return list(found)
