"""A mean under a known variance, and a variance under a known fourth moment."""

from __future__ import annotations

import math
from dataclasses import asdict

import torch
from torch import Tensor

from verifier.errors import number, require
from verifier.statistics.outcome import (
    POWER,
    Outcome,
    check_rate,
)


def _influence(x: Tensor) -> Tensor:
    """Catoni's `sgn(x) log(1 + |x| + x^2/2)`."""
    return x.sign() * torch.log1p(x.abs() + x.square() / 2)


def mean(
    conclusion: str,
    values: Tensor,
    claimed: float,
    variance: float,
    *,
    alpha: float,
    wanted: float,
    tolerance: float = 0.0,
) -> Outcome:
    """Tests that independent `values (n,)` have mean `claimed` if their variance is `variance`.

    Catoni's M-estimator: with `psi(x) = sgn(x) log(1 + |x| + x^2/2)` and
    `lambda = sqrt(2 log(2/alpha) / (n v))`, `sum psi(lambda (x_k - mean))` exceeds
    `2 log(2/alpha)` in modulus with probability at most alpha, for *any* distribution of that mean
    and of variance at most v: `E exp(+-psi(y)) <= 1 +- E y + E y^2 / 2`, so that
    `exp(+-score) alpha/2` are fair bets. No tails are assumed. A failure says that the mean is not
    `claimed`, or that the variance is larger than stated. `tolerance`: how far from `claimed` the
    mean may be. The sum falls as the mean in it rises: if the mean is too small for one end of the
    range, or too large for the other, it is for all between. `detects` counts from `claimed`.
    """
    _check_mean(values.numel(), variance, alpha)
    number("tolerance", tolerance, lambda t: 0 <= t < math.inf, "must be finite and at least 0")
    n, limit = values.numel(), math.log(2 / alpha)
    rate = math.sqrt(2 * limit / (n * variance))
    below, above = (
        float(_influence(rate * (values.double() - end)).sum())
        for end in (claimed - tolerance, claimed + tolerance)
    )
    score = max(-below, above, 0.0) if above <= below else math.nan
    return Outcome(
        conclusion,
        "mean (Catoni)",
        estimate=float(values.double().mean()),
        claimed=claimed,
        allowance=tolerance + math.sqrt(2 * variance * limit / n),
        error=score / (2 * limit),
        samples=n,
        alpha=alpha,
        detects=tolerance + mean_detects(n, variance, alpha=alpha),
        wanted=wanted,
        bets=(above - limit, -below - limit),
    )


def _check_mean(samples: int, variance: float, alpha: float) -> None:
    require(samples >= 1, "samples", samples, "must be at least 1")
    require(
        variance > 0 and math.isfinite(variance),
        "variance",
        variance,
        "must be positive and finite",
    )
    check_rate("alpha", alpha)


def mean_detects(samples: int, variance: float, *, alpha: float, power: float = POWER) -> float:
    """The smallest error of the mean that is found with probability `power`; inf if none.

    Guaranteed for samples whose true variance is at most the stated one: the score's chance of
    staying below its threshold is at most
    `exp(2L + n (-lambda D + lambda^2 (v + D^2) / 2))`, `L = log(2/alpha)`.
    """
    _check_mean(samples, variance, alpha)
    check_rate("power", power)
    limit = math.log(2 / alpha)
    rate = math.sqrt(2 * limit / (samples * variance))
    needed = 3 * limit + math.log(1 / (1 - power))  # n lambda D - n lambda^2 D^2 / 2 must reach it
    square = 1 - 2 * needed / samples
    return (1 - math.sqrt(square)) / rate if square > 0 else math.inf


def variance(
    conclusion: str,
    values: Tensor,
    centre: float,
    claimed: float,
    fourth: float,
    *,
    alpha: float,
    wanted: float,
    tolerance: float = 0.0,
) -> Outcome:
    """Tests that `values (n,)` of mean `centre` have variance `claimed`.

    `fourth` is their fourth central moment under the statement: the squares `(x - centre)^2` have
    variance `fourth - claimed^2`, and `mean` tests theirs. `wanted` is a difference of variances,
    and so is `tolerance`: with one, that variance may be larger by `2 claimed tolerance`.
    """
    squares = (values.double() - centre).square()
    spread = fourth - claimed**2 + 2 * claimed * tolerance
    found = mean(
        conclusion, squares, claimed, spread, alpha=alpha, wanted=wanted, tolerance=tolerance
    )
    return Outcome(**{**asdict(found), "test": "variance (Catoni)"})


def variance_detects(
    samples: int, claimed: float, fourth: float, *, alpha: float, power: float = POWER
) -> float:
    """The smallest error of the variance that is found with probability `power`.

    Guaranteed where the fourth moment is at most the stated one.
    """
    return mean_detects(samples, fourth - claimed**2, alpha=alpha, power=power)
