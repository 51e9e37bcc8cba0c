"""How the time of `verifier.model.training.train` grows with m, N, d and the number of steps.

One size grows at a time, the others stay; the exponent is the slope of log time against log size.
A step costs N m d operations, so that no exponent should be much above 1; below 1, costs that do
not grow are still in sight. All sizes are timed in turn, so that a busy machine slows them alike.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.conftest import growth_key
from verifier.model.losses import Logistic
from verifier.model.network import initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

FIXED = {"m": 2048, "N": 128, "d": 64, "steps": 4}
SIZES = {
    "m": (1024, 2048, 4096, 8192),
    "N": (64, 128, 256, 512),
    "d": (32, 64, 128, 256),
    "steps": (2, 4, 8, 16),
}
ROUNDS = 7


def seconds(m: int, N: int, d: int, steps: int) -> float:
    """Of one training in float64 on the CPU."""
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(m, d, generator=generator, dtype=torch.float64, device="cpu")
    X = torch.randn(N, d, generator=generator, dtype=torch.float64, device="cpu")
    recipe = Recipe(steps=(0.1,) * steps, loss=Logistic(), slope=0.1)
    start = perf_counter()
    train(params, X, X[:, 0].sign(), recipe)
    return perf_counter() - start


@pytest.mark.parametrize("size", SIZES)
def test_growth(request: pytest.FixtureRequest, benchmark: Any, threads: int, size: str) -> None:
    times: dict[int, list[float]] = {value: [] for value in SIZES[size]}

    def all_sizes() -> None:
        for value, found in times.items():
            found.append(seconds(**{**FIXED, size: value}))

    benchmark.group = f"growth with {size}, float64, cpu"
    benchmark.pedantic(all_sizes, rounds=ROUNDS, warmup_rounds=1)
    medians = {value: median(found) for value, found in times.items()}
    exponent, _ = np.polyfit(np.log(list(medians)), np.log(list(medians.values())), 1)
    about = {"size": size, "medians": medians, "exponent": float(exponent), "threads": threads}
    benchmark.extra_info.update(about)
    request.config.stash[growth_key][size] = float(exponent)
