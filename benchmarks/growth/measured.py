"""Seconds and bytes of one exact check, and of a run's checks of one configuration, by size.

One size grows at a time, the others stay; all sizes are timed in turn, so that a busy machine slows
them alike. Seconds are the process's own on one thread, not those of the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import torch

from tests.memory import living_bytes
from verifier.data.distributions import Data
from verifier.errors import DivergedError, NotComparable
from verifier.statements import ANY, PATHWISE
from verifier.suite.examined import examined
from verifier.trial.configuration import Configuration
from verifier.trial.trial import Trial

FIXED = {"m": 1024, "N": 64, "d": 32, "K": 8, "P": 32}
SIZES = {
    "m": (512, 1024, 2048, 4096, 8192),
    "N": (32, 64, 128, 256, 512),
    "d": (16, 32, 64, 128, 256),
    "K": (4, 8, 16, 32, 64),
    "P": (16, 32, 64, 128, 256),
}
REPLICATES = 12  # more than the 7.4 that an interval of 95% needs
CHECKED = PATHWISE["E1"]
TOGETHER = [s for s in PATHWISE.values() if s.inputs == ANY]
"""The statements that share one trial of each configuration of a run's search."""


def configuration(m: int, N: int, d: int, K: int, P: int) -> Configuration:
    """Both networks in K steps, of a tenth in all, so that a longer training goes no further."""
    steps = (0.1 / K,) * K
    data = Data("gaussian", dimension=d, samples=N)
    return Configuration(
        data, m, 0.1, True, steps, steps, 1.0, "b", loss="logistic", fresh_points=P
    )


def check(trial: Trial) -> Any:
    """One exact check."""
    return CHECKED.examine(trial)


def run(trial: Trial) -> Any:
    """What a run's search does with each configuration."""
    return examined(CHECKED, TOGETHER, trial)


WORK: dict[str, Callable[[Trial], Any]] = {"check": check, "run": run}


def seconds(work: Callable[[Trial], Any], sizes: dict[str, int], replicate: int) -> float:
    """Of the work on the first draw from `replicate` on that can be tested at all."""
    for further in range(100):
        trial = Trial(configuration(**sizes), replicate=replicate + 1000 * further)
        begun = process_time()
        try:
            work(trial)
        except (DivergedError, NotComparable):
            continue
        return process_time() - begun
    raise RuntimeError(f"nothing can be tested at {sizes}")


def timed(work: Callable[[Trial], Any], size: str, replicates: int) -> list[list[float]]:
    """Seconds, a row for each replicate, a column for each value of a size."""
    rows = []
    for replicate in range(-1, replicates):  # the first one warms up
        sizes = [{**FIXED, size: value} for value in SIZES[size]]
        rows.append([seconds(work, one, replicate % 1000) for one in sizes])
    return rows[1:]


def held(work: Callable[[Trial], Any], size: str) -> list[int]:
    """The most bytes that tensors hold at any moment, for each value of a size."""
    trials = [Trial(configuration(**{**FIXED, size: value})) for value in SIZES[size]]
    return [living_bytes(work, trial) for trial in trials]


def measured(replicates: int) -> dict[str, Any]:
    """All of it, as plain data."""
    torch.set_num_threads(1)
    return {
        name: {
            size: {"seconds": timed(work, size, replicates), "bytes": held(work, size)}
            for size in SIZES
        }
        for name, work in WORK.items()
    }
