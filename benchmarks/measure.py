"""What contests are made of: their contestants' names, errors, and the work of a bare copy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

LIBRARY, BASELINE, LIMIT, YOURS = "library", "baseline", "limit", "yours"
BANDWIDTH = "bandwidth"

LARGEST_ERROR = {torch.float64: 1e-9, torch.float32: 2e-3}
"""Relative to the whole result: far above rounding, far below any mistake."""
COPIED = 1 << 27
"""Bytes of an array whose copy no cache holds."""


def copying(moved: int, device: torch.device) -> Callable[[], None]:
    """Moves so many bytes, half of them read, half written, by arrays too large for a cache."""
    whole, rest = divmod(moved // 2, COPIED)
    source = torch.zeros(COPIED, dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    places = itertools.cycle(range(0, COPIED - rest, max(1, rest)))  # never one that is in cache

    def run() -> None:
        for _ in range(whole):
            target.copy_(source)
        at = next(places)
        target[at : at + rest].copy_(source[at : at + rest])

    return run


def relative_error(result: Tensor, exact: Tensor) -> float:
    """As a whole: entries may differ where rounding moved a pattern."""
    assert result.shape == exact.shape
    size = torch.linalg.vector_norm(exact.double())
    assert size > 0
    return float(torch.linalg.vector_norm(result.double() - exact.double()) / size)


def assert_same(result: Tensor, exact: Tensor) -> None:
    """A time says nothing where something else was computed."""
    error, most = relative_error(result, exact), LARGEST_ERROR[result.dtype]
    assert error <= most, f"another computation: relative error {error:.1e}, more than {most:g}"


def faster(calls: dict[str, Callable[[], Any]], device: torch.device, rounds: int = 5) -> str:
    """The name of the call with the least median, all timed in turn."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            times[name].append(perf_counter() - start)
    return min(calls, key=lambda name: median(times[name]))
