"""The median: a test that needs no moments and no bounds, and its twin."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.errors import require
from verifier.statistics.outcome import POWER, Outcome
from verifier.statistics.probability import binomial, binomial_detects


def median(
    conclusion: str, values: Tensor, tolerance: float, *, alpha: float, wanted: float
) -> Outcome:
    """Tests that independent `values (n,)` have medians within `+-tolerance`.

    If a median is at most the tolerance, a value exceeds it with probability at most 1/2: so many
    do as a fair coin would show at most with probability `alpha/2`, else it is refuted; the same
    below. Exact for any laws, which may differ. NaN refutes. `wanted`: an excess over the
    tolerance. The power is under a shift of the values as they scatter.
    """
    require(tolerance >= 0, "tolerance", tolerance, "must not be negative")
    x = values.double()
    n = x.numel()
    outside = max(int((x > tolerance).sum()), int((x < -tolerance).sum()))
    tested = binomial(conclusion, outside, n, 0.5, alpha=alpha / 2, wanted=1.0)
    estimate = float(x.median())
    return Outcome(
        conclusion,
        "median (signs)",
        estimate=estimate,
        claimed=min(max(estimate, -tolerance), tolerance),
        allowance=median_detects(x - estimate, alpha=alpha, power=0.5),
        error=math.inf if bool(x.isnan().any()) else tested.error,
        samples=n,
        alpha=alpha,
        detects=median_detects(x - estimate, alpha=alpha),
        wanted=wanted,
    )


def median_detects(residuals: Tensor, *, alpha: float, power: float = POWER) -> float:
    """The smallest excess on either side found with probability `power`; inf if none is.

    For as many samples as there are `residuals (n,)`, values less their median, which stand for
    the law of the values, shifted by the excess.
    """
    beyond = binomial_detects(residuals.numel(), 0.5, alpha=alpha / 2, power=power)
    if math.isinf(beyond) or bool(residuals.isnan().any()):
        return math.inf
    ends = torch.tensor([1 - beyond, beyond], dtype=residuals.dtype, device=residuals.device)
    low, high = torch.quantile(residuals, ends).tolist()
    return float(max(-low, high, 0.0))
