"""The state of the process that a code under test may change: restored after each call, and named.

A code that turns gradients off, say, is right where its answers are. What it leaves behind would
change what is checked next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import torch
from torch.nn import functional

_SMALLEST = 2.3e-308


def _set_grad(enabled: bool) -> None:
    torch.set_grad_enabled(enabled)


def _denormals() -> bool:
    """Whether numbers below the normal range are kept: torch tells the flag to nobody."""
    return _SMALLEST / 4 != 0


def _set_denormals(kept: bool) -> None:
    torch.set_flush_denormal(not kept)


def _precision() -> str:
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:  # set by torch's newer names, which the older ones refuse to read
        return "high"


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


@dataclass(frozen=True)
class _Setting:
    """Something of the process that is one value: what it is called, how it is read and set."""

    name: str
    read: Callable[[], Any]
    set: Callable[[Any], Any]


SETTINGS = (
    _Setting("torch's gradient mode", torch.is_grad_enabled, _set_grad),
    _Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
    _Setting("torch's default device", torch.get_default_device, torch.set_default_device),
    _Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    _Setting(
        "torch's precision of float32 products",
        _precision,
        torch.set_float32_matmul_precision,
    ),
    _Setting(
        "torch's deterministic mode",
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    _Setting("numbers below the normal range", _denormals, _set_denormals),
    _Setting("the working folder", _folder, os.chdir),
)


GENERATOR = "torch's global generator"
"""Set back to one draw after where it was, so that a code that reads it still varies with calls.

Those of NumPy and Python are set by Hypothesis before each example, and back after it.
"""

_PLACES: dict[str, Any] = {"torch": torch, "torch.Tensor": torch.Tensor, "functional": functional}
_NAMES = {
    place: tuple(name for name, value in vars(holder).items() if callable(value))
    for place, holder in _PLACES.items()
}
"""Functions that others call."""
_OF = {place: itemgetter(*names) for place, names in _NAMES.items()}
_TORCH = os.path.dirname(torch.__file__)


def _functions() -> dict[str, tuple[Any, ...]]:
    """What each name stands for now; None where one is gone."""
    try:
        return {place: _OF[place](vars(_PLACES[place])) for place in _PLACES}
    except KeyError:
        return {p: tuple(map(vars(_PLACES[p]).get, names)) for p, names in _NAMES.items()}


def _put_back(known: dict[str, tuple[Any, ...]]) -> list[str]:
    """Put back patched functions, and name them."""
    now = _functions()
    patched = []
    for place in (place for place in known if now[place] != known[place]):
        for name, value, found in zip(_NAMES[place], known[place], now[place], strict=True):
            if found is not value and not _is_torchs(found):
                setattr(_PLACES[place], name, value)
                patched.append(f"{place}.{name}")
    return patched


def _is_torchs(function: Any) -> bool:
    """Whether torch itself has put a function there, as it does when it is first called."""
    code = getattr(function, "__code__", None)
    if code is not None:
        return str(code.co_filename).startswith(_TORCH)
    return str(getattr(function, "__module__", "")).startswith("torch")


@contextmanager
def kept(note: Callable[[str], object]) -> Iterator[None]:
    """Within it the process may be changed; afterwards it is as before, and `note` told of it."""
    settings = [(s, s.read()) for s in SETTINGS]
    generator = torch.get_rng_state()
    functions = _functions()
    try:
        yield
    finally:
        for setting, before in settings:
            now = setting.read()
            if now != before:
                with suppress(OSError):  # a folder that is gone stays so
                    setting.set(before)
                note(setting.name)
        if not torch.equal(torch.get_rng_state(), generator):
            torch.set_rng_state(generator)
            torch.rand(1, device="cpu")
            note(GENERATOR)
        for name in _put_back(functions):
            note(name)
