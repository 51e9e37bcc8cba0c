"""A centre of symmetry: a test that needs no moments, for differences of two like samples.

The difference of two independent values of one law is symmetric about 0, whatever the law. So two
ways of drawing the same thing can be compared pair by pair.
"""

from __future__ import annotations

import math

from torch import Tensor

from verifier.errors import require
from verifier.statistics.outcome import POWER, Outcome, check_rate


def symmetric(conclusion: str, values: Tensor, *, alpha: float, wanted: float) -> Outcome:
    """Tests that independent `values (n,)` are each symmetric about 0.

    Given their moduli their signs are then those of fair coins, and for weighted fair coins
    `P(|sum| > t sqrt(sum of squares)) <= 2 exp(-t^2/2)`, whatever the weights (Hoeffding): with
    `t^2 = 2 log(2/alpha)` the rate is at most alpha for any laws, different ones included. More
    than `t^2` values are needed. A failure says that they are not symmetric; where each is a
    difference of two statistics, that the two have different laws. `wanted` is a mean.
    """
    check_rate("alpha", alpha)
    n = values.numel()
    require(n >= 1, "samples", n, "must be at least 1")
    x = values.double()
    estimate = float(x.mean())
    log_rate = math.log(2 / alpha)
    root = float(x.square().sum().sqrt())
    limit = math.sqrt(2 * log_rate) * root
    share = float(x.sum()) / limit if limit != 0 else 0.0
    spread = float((x - estimate).square().mean().sqrt())
    return Outcome(
        conclusion,
        "symmetric (signs)",
        estimate=estimate,
        claimed=0.0,
        allowance=limit / n,
        error=math.inf if math.isnan(share) else abs(share),
        samples=n,
        alpha=alpha,
        detects=symmetric_detects(spread, n, alpha=alpha),
        wanted=wanted,
        bets=(2 * log_rate * share - log_rate, -2 * log_rate * share - log_rate),
    )


def half_width(spread: float, samples: int, rate: float) -> float:
    """Half the interval of a centre of symmetry; inf where there are too few values.

    `spread`: the root mean square distance of the values from their mean.
    """
    square = 2 * math.log(2 / rate)
    return spread * math.sqrt(square / (samples - square)) if samples > square else math.inf


def symmetric_detects(spread: float, samples: int, *, alpha: float, power: float = POWER) -> float:
    """The smallest centre of symmetry other than 0 found with probability `power`, at that spread.

    The spread's own error is neglected here (not in the test's false-alarm rate).
    """
    check_rate("power", power)
    return half_width(spread, samples, alpha) + half_width(spread, samples, 1 - power)
