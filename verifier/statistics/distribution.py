"""A whole distribution: the test of Dvoretzky, Kiefer and Wolfowitz, and its twin."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from verifier.errors import require
from verifier.statistics.evalues import of_p_value
from verifier.statistics.outcome import POWER, Outcome, check_rate

Law = Callable[[Tensor], tuple[Tensor, Tensor]]
"""`P(X <= v)` and `P(X < v)` at each v, (n,) -> two of (n,); they differ at atoms only."""


def continuous(cdf: Callable[[Tensor], Tensor]) -> Law:
    """A law without atoms."""

    def law(values: Tensor) -> tuple[Tensor, Tensor]:
        below = cdf(values)
        return below, below

    return law


def distribution(
    conclusion: str, values: Tensor, law: Law, *, alpha: float, wanted: float
) -> Outcome:
    """Tests that independent `values (n,)` have the `law`, by the largest distance of the two.

    Massart (1990): whatever the law, atoms included, the distance of the empirical distribution
    function exceeds `sqrt(log(2/alpha)/(2n))` with probability at most alpha. `wanted` is a
    probability: the largest difference of the two laws' `P(X <= v)` over v.
    """
    n = values.numel()
    require(n >= 1, "samples", n, "must be at least 1")
    check_rate("alpha", alpha)
    every = in_order(values.double().flatten())
    last = last_of_equals(every)
    ordered = every[last]
    up_to = (last.nonzero()[:, 0] + 1) / n
    before = torch.cat((up_to.new_zeros(1), up_to[:-1]))
    at, below = law(ordered)
    # between two values the empirical function is constant and the law's rises: ends suffice
    distance = float(torch.maximum((up_to - at).abs(), (below - before).abs()).max())
    allowance = _allowance(n, alpha)
    return Outcome(
        conclusion,
        "distribution (DKW)",
        estimate=distance,
        claimed=0.0,
        allowance=allowance,
        error=math.inf if math.isnan(distance) else distance / allowance,
        samples=n,
        alpha=alpha,
        detects=distribution_detects(n, alpha=alpha),
        wanted=wanted,
        bets=(of_p_value(math.log(2) - 2 * n * distance**2),),
    )


def in_order(values: Tensor) -> Tensor:
    """The `values (n,)` sorted, NaN last; on a CPU by numpy, which takes half of torch's time."""
    if values.device.type != "cpu":
        return values.sort().values
    return torch.from_numpy(np.sort(values.numpy()))


def last_of_equals(ordered: Tensor) -> Tensor:
    """Where a sorted value is the last of its equals, bool (n,); every NaN is."""
    last = torch.ones_like(ordered, dtype=torch.bool)
    last[:-1] = ordered[1:] != ordered[:-1]
    return last


def _allowance(samples: int, rate: float) -> float:
    return math.sqrt(math.log(2 / rate) / (2 * samples))


def distribution_detects(samples: int, *, alpha: float, power: float = POWER) -> float:
    """The smallest distance of two laws that is found with probability `power`; inf if none."""
    check_rate("power", power)
    found = _allowance(samples, alpha) + _allowance(samples, 1 - power)
    return found if found <= 1 else math.inf
