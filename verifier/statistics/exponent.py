"""The exponent of a power law: a test that needs symmetry, but no law of the noise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from verifier.errors import require
from verifier.statistics.outcome import (
    POWER,
    Outcome,
    check_rate,
)
from verifier.statistics.symmetric import half_width, symmetric_detects


def replicate_slopes(sizes: Sequence[float], values: Tensor) -> Tensor:
    """The least-squares slope of `log values (R, J)` over `log sizes (J,)`, one for each row."""
    x = torch.log(torch.tensor(sizes, dtype=torch.float64, device=values.device))
    x = x - x.mean()
    return torch.log(values.double()) @ x / x.square().sum()


def slope(
    conclusion: str,
    sizes: Sequence[float],
    values: Tensor,
    low: float,
    high: float,
    *,
    alpha: float,
    wanted: float,
) -> Outcome:
    """Tests that `values (R, J) > 0` scale with `sizes (J,)` as a power in `[low, high]`.

    Each replicate (row) gives a least-squares slope b_r. If a value is a power of its size times
    noise of one law, independent for each size, and the sizes are symmetric on the log scale, then
    b_r is symmetric about the exponent: it is a sum of differences of independent, equally
    distributed terms. For independent symmetric terms `P(|sum| > t sqrt(sum of squares)) <=
    2 exp(-t^2/2)` whatever their law (signs of Rademacher). So the interval
    `mean +- t s / sqrt(R - t^2)`, `t^2 = 2 log(2/alpha)`, `s^2 = mean (b_r - mean)^2`, holds the
    exponent but with probability alpha; more than t^2 replicates are needed. For the same reason
    `exp(+-t sum/sqrt(sum of squares) - t^2/2)` are fair bets. A failure says that the exponent lies
    outside [low, high], or that no single power describes these sizes.
    """
    check_rate("alpha", alpha)
    require(values.ndim == 2, "values.shape", tuple(values.shape), "must be (replicates, sizes)")
    require(values.shape[1] == len(sizes), "sizes", len(sizes), "must be one for each column")
    require(len(sizes) >= 2, "sizes", len(sizes), "must be at least two")
    require(bool((values > 0).all()), "values", float(values.min()), "must be positive")
    require(low <= high, "low", low, f"must not exceed high = {high}")
    slopes = replicate_slopes(sizes, values)
    estimate = float(slopes.mean())
    spread = float((slopes - estimate).square().mean().sqrt())
    allowance = half_width(spread, len(slopes), alpha)
    off = max(estimate - high, 0.0) - max(low - estimate, 0.0)  # from the nearest one allowed
    outside = abs(off)
    share = off / math.hypot(spread, off) if off else 0.0
    bet = math.sqrt(2 * math.log(2 / alpha) * len(slopes)) * share
    return Outcome(
        conclusion,
        "slope (symmetric)",
        estimate=estimate,
        claimed=low if estimate < low else high,
        allowance=allowance,
        error=outside / allowance if allowance > 0 else (math.inf if outside else 0.0),
        samples=len(slopes),
        alpha=alpha,
        detects=slope_detects(spread, len(slopes), alpha=alpha),
        wanted=wanted,
        bets=(bet - math.log(2 / alpha), -bet - math.log(2 / alpha)),
    )


def slope_detects(spread: float, replicates: int, *, alpha: float, power: float = POWER) -> float:
    """The smallest error of the exponent found with probability `power`, at that `spread`.

    `spread` is the standard deviation of the replicates' slopes; its own error is neglected here
    (not in the test's false-alarm rate).
    """
    return symmetric_detects(spread, replicates, alpha=alpha, power=power)
