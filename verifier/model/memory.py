"""How much memory a call takes and a device has: blocks follow from it, and so does an error.

A call that runs out of memory says so by `OutOfMemory`, with its shape, what that takes, and the
largest shape that would fit. Nothing that the caller holds is touched.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

import torch

from verifier.errors import OutOfMemory

CPU_BLOCK = 1 << 18
"""Entries that a CPU's cache holds, a few times over; digits of kept results depend on it."""
LEAST_BLOCK = 1 << 24
"""Entries of a block on any other device: with as many an H200 was busy (docs/gpu)."""
CACHES = 8
"""Second-level caches that a GPU's block fills, at the most, in float64."""
SHARE = 128
"""A block takes this part of a GPU's memory at the most; a call may hold twenty of them."""
DOUBLE = 8
"""Bytes of a float64."""
OFF = 1.5
"""Factor within which a `Need` is right, see tests/model/test_peaks.py."""

P = ParamSpec("P")
T = TypeVar("T")


def block_of(l2_bytes: int, memory_bytes: int) -> int:
    """Entries of a GPU's largest temporary, a power of two.

    Work passes over it with one kernel after another, each of which takes microseconds to start:
    a block of several second-level caches keeps the card busy for many times as long. A larger one
    gains nothing, and a small share of the memory leaves it to what the caller holds.
    """
    entries = max(LEAST_BLOCK, CACHES * l2_bytes // DOUBLE)
    entries = min(entries, memory_bytes // (SHARE * DOUBLE))
    return 1 << (max(1, entries).bit_length() - 1)


@functools.cache
def block_on(device: torch.device) -> int:
    """Entries of the largest temporary on `device`."""
    if device.type == "cpu":
        return CPU_BLOCK
    if device.type != "cuda":
        return LEAST_BLOCK
    card = torch.cuda.get_device_properties(device)
    return block_of(card.L2_cache_size, card.total_memory)


class Need(NamedTuple):
    """What a call takes at its peak beside its arguments, its result included.

    `sizes`: of the call, by name. `entries`: the numbers that it holds at these or other sizes, in
    `dtype` on `device`; right up to the factor `OFF`.
    """

    sizes: Mapping[str, int]
    entries: Callable[[Mapping[str, int]], int]
    dtype: torch.dtype
    device: torch.device

    def peak_bytes(self, **changed: int) -> int:
        """Bytes at the peak, at these sizes but for those that are `changed`."""
        return self.entries({**self.sizes, **changed}) * self.dtype.itemsize

    def largest(self, name: str, room: int) -> int:
        """The largest size `name` below its own at which the call surely takes at most `room`."""
        fits, too_large = 0, self.sizes[name]
        while too_large - fits > 1:
            middle = (fits + too_large) // 2
            if OFF * self.peak_bytes(**{name: middle}) <= room:
                fits = middle
            else:
                too_large = middle
        return fits


def fitting(need: Callable[..., Need]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A function that raises `OutOfMemory` where it runs out of memory; `need` of its arguments."""

    def decorate(call: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(call)
        def explained(*args: P.args, **kwargs: P.kwargs) -> T:
            try:
                return call(*args, **kwargs)
            except (MemoryError, RuntimeError) as problem:
                if not ran_out(problem):
                    raise
                cause = problem.with_traceback(None)  # its frames hold what the call had made
            raise out_of_memory(call.__qualname__, need(*args, **kwargs)) from cause

        return explained

    return decorate


def ran_out(problem: BaseException) -> bool:
    """Whether memory was refused. On a CPU torch says so in words alone, as cuBLAS does."""
    if isinstance(problem, MemoryError | torch.OutOfMemoryError):
        return not isinstance(problem, OutOfMemory)
    words = ("DefaultCPUAllocator", "CUBLAS_STATUS_ALLOC_FAILED")
    return isinstance(problem, RuntimeError) and any(word in str(problem) for word in words)


def out_of_memory(call: str, need: Need) -> OutOfMemory:
    """The error of a `call` that ran out of memory, once all that it had made is freed."""
    room = memory_of(need.device)
    fits = {}
    if room is not None and OFF * need.peak_bytes() > room.free:
        for name, size in need.sizes.items():
            largest = need.largest(name, room.free)
            if name != "d" and 0 < largest < size:
                fits[name] = largest
    kind = f"{str(need.dtype).removeprefix('torch.')} on {need.device}"
    return OutOfMemory(call, kind, need.sizes, need.peak_bytes(), room, fits)


class Room(NamedTuple):
    """Bytes of a device's memory: those that are free, and all."""

    free: int
    total: int


def memory_of(device: torch.device) -> Room | None:
    """The memory of `device` as the system tells it; None if it does not."""
    if device.type == "cuda":
        try:
            torch.cuda.empty_cache()  # what torch keeps for later is free as well, to any process
            return Room(*torch.cuda.mem_get_info(device))
        except RuntimeError:
            return None
    if device.type != "cpu" or sys.platform != "linux":
        return None
    import resource

    try:
        machine, own = _in_kib("/proc/meminfo"), _in_kib("/proc/self/status")
        room = Room(1024 * machine["MemAvailable"], 1024 * machine["MemTotal"])
        used = 1024 * own["VmSize"]
    except (OSError, KeyError, ValueError):
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or limit >= room.total:
        return room
    return Room(min(room.free, max(0, limit - used)), limit)


def _in_kib(file: str) -> dict[str, int]:
    """The sizes that a file of the system tells, by name."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line.endswith(" kB")]
    return {name.removesuffix(":"): int(size) for name, size, _ in words}
