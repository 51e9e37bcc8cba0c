"""A test of the mean of bounded values that needs no variance.

Where the range of values is known but not their variance, a bettor who gains on every value above
the claimed mean cannot expect to win if the claim is true. Such a test is as sharp as the actual
spread of the values allows, which a bound on their variance need not be.
"""

from __future__ import annotations

import math
from itertools import chain

import torch
from torch import Tensor

from verifier.errors import require
from verifier.statistics.evalues import mean_capital
from verifier.statistics.outcome import POWER, Outcome, check_rate

STAKES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Shares of the capital that are risked on each value; the capital is split evenly over them."""

_POWERS = (0.1, 0.2, 0.4, 1.0)
_HALVINGS = 12


def bounded_mean(
    conclusion: str,
    values: Tensor,
    low: Tensor,
    high: Tensor,
    tolerance: float,
    *,
    alpha: float,
    wanted: float,
) -> Outcome:
    """Tests that independent `values (n,)` in `[low, high] (n,)` have means within `+-tolerance`.

    A bet that values are too large risks a share s of its capital on each: it multiplies it by
    `1 + s (x_k - tolerance) / (tolerance - low_k)`, which is never negative and, if the statement
    holds, at most 1 in expectation; so is the product over all values, and the average of such
    capitals over `STAKES`. By Markov it exceeds `1/alpha` with probability at most alpha. The same
    for values that are too small; alpha is halved if both can occur. Exact at any n for any law. A
    failure says that not all means lie within the tolerance. NaN always
    fails. `wanted`: an excess over it. The power is under an alternative that shifts the values as
    they scatter; a rare large deviation may need more.
    """
    check_rate("alpha", alpha)
    require(tolerance > 0, "tolerance", tolerance, "must be positive")
    x, low, high = values.double(), low.double(), high.double()
    if bool(torch.stack((x, low, high)).isnan().any()):
        return _undefined(conclusion, x.numel(), tolerance, alpha, wanted)
    inside = bool(((low <= x) & (x <= high) & (low <= 0) & (high >= 0)).all())
    require(inside, "values", "some", "must lie in their ranges, and these around 0")
    sides = []
    if bool((high > tolerance).any()):
        sides.append((x - tolerance, tolerance - low))
    if bool((low < -tolerance).any()):
        sides.append((-x - tolerance, tolerance + high))
    require(bool(sides), "tolerance", tolerance, "must be less than the largest possible value")
    rate = alpha / len(sides)
    bets = [_log_capitals(gain / reach) for gain, reach in sides]
    capital = max(map(mean_capital, bets))
    estimate = float(x.mean())
    finds = [
        max(bounded_mean_detects(g - g.mean(), reach, alpha=rate, power=p) for g, reach in sides)
        for p in (0.5, POWER)
    ]
    return Outcome(
        conclusion,
        "bounded mean (betting)",
        estimate=estimate,
        claimed=min(max(estimate, -tolerance), tolerance),
        allowance=finds[0],
        error=max(0.0, capital) / math.log(1 / rate),
        samples=x.numel(),
        alpha=alpha,
        detects=finds[1],
        wanted=wanted,
        bets=tuple(chain.from_iterable(bets)),
    )


def _undefined(
    conclusion: str, samples: int, tolerance: float, alpha: float, wanted: float
) -> Outcome:
    """NaN among the values or their ranges refutes, whatever the others are."""
    return Outcome(
        conclusion,
        "bounded mean (betting)",
        estimate=math.nan,
        claimed=tolerance,
        allowance=0.0,
        error=math.inf,
        samples=samples,
        alpha=alpha,
        detects=0.0,
        wanted=wanted,
    )


def _log_capitals(gains: Tensor) -> list[float]:
    """Logarithms of what 1 has become after bets on all `gains (n,) >= -1`, for each stake."""
    stakes = torch.tensor(STAKES, dtype=torch.float64, device=gains.device).unsqueeze(-1)
    logs: list[float] = torch.log1p(stakes * gains.double()).sum(dim=1).tolist()
    return logs


def _needed(residuals: Tensor, reach: Tensor, excess: float, alpha: float, power: float) -> float:
    """How many samples find `excess` with probability `power`; inf if no number does.

    By Markov, n samples miss it with a stake s at most with probability
    `(J/alpha)^t (E (1 + s (c + excess)/reach)^-t)^n` for any t > 0, J the number of stakes.
    """
    stakes, powers = (
        torch.tensor(v, dtype=torch.float64, device=reach.device) for v in (STAKES, _POWERS)
    )
    gain = ((residuals + excess) / reach).clamp_min(-1.0)
    logs = torch.log1p(stakes.unsqueeze(-1) * gain).unsqueeze(1)  # (stakes, 1, n)
    rates = -torch.exp(-powers.unsqueeze(-1) * logs).mean(dim=-1).log()
    limits = powers * math.log(len(STAKES) / alpha) - math.log(1 - power)
    return float(torch.where(rates > 0, limits / rates, math.inf).min())


def bounded_mean_detects(
    residuals: Tensor, reach: Tensor, *, alpha: float, power: float = POWER
) -> float:
    """The smallest excess on one side found with probability `power`; inf if above 1.

    For as many samples as there are `residuals (n,)`, values less their mean, which stand for the
    law of the values (its error is neglected here, not in the test's false-alarm rate), shifted by
    the excess: one made of rare large deviations, which these do not show, may need to be larger.
    `reach (n,)` is what a bet can lose on each.
    """
    check_rate("alpha", alpha)
    check_rate("power", power)
    low = 0.0
    high = 1.0
    n = residuals.numel()
    if _needed(residuals, reach, high, alpha, power) > n:
        return math.inf
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        found = _needed(residuals, reach, middle, alpha, power) <= n
        low, high = (low, middle) if found else (middle, high)
    return high
