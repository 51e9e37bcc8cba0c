"""Which of two forecasts scores better: a paired test without a tolerance.

A proper score, such as Brier's squared error, is on average best for the right forecast. Of two
forecasts of the same outcomes, each independent comparison says which one came closer.
"""

from __future__ import annotations

import math
from dataclasses import replace

import scipy
from torch import Tensor

from verifier.errors import require
from verifier.statistics.outcome import Outcome
from verifier.statistics.probability import binomial

EVEN = 0.5


def advantage(forecast: Tensor, rival: Tensor, outcome: Tensor) -> Tensor:
    """How much less the forecast's squared error is, `(rival - o)^2 - (forecast - o)^2`.

    It is linear in the outcome o, which may therefore be any number whose mean is the chance of
    the event. If the forecast is this chance, its mean is `(forecast - rival)^2`, exactly.
    """
    return (rival - forecast) * (rival + forecast - 2 * outcome)


def better(conclusion: str, advantages: Tensor, *, alpha: float) -> Outcome:
    """Tests that a forecast scores better than its rival, from independent `advantages (n,)`.

    Refuted if the rival wins (an advantage below 0) more often than a fair coin would but with
    probability alpha: exact for `P(advantage < 0) <= 1/2` in every comparison, whatever their laws,
    which may differ. NaN refutes. The forecast is *shown* to be better if so many losses of the
    rival (ties count as wins) would come from a fair coin at most with probability alpha. `detects`
    is what these losses leave: a chance of winning that the rival, had it this much or more in
    every comparison, would have shown with probability `1 - alpha`. It is below 1/2, `wanted`, if
    and only if the forecast is shown to be better; else the test is underpowered: undecided.
    """
    n = advantages.numel()
    wins = int((advantages < 0).sum())
    found = binomial(conclusion, wins, n, EVEN, alpha=alpha, wanted=EVEN)
    lost = int((advantages > 0).sum())
    undefined = bool(advantages.isnan().any())
    return replace(
        found,
        test="paired score (signs)",
        error=math.inf if undefined else found.error,
        detects=excluded(n - lost, n, alpha=alpha),
        power=1 - alpha,
    )


def excluded(events: int, samples: int, *, alpha: float) -> float:
    """The smallest chance of an event at which so few `events` have probability at most `alpha`.

    Clopper and Pearson's upper bound; 1 if all samples show the event.
    """
    require(0 <= events <= samples, "events", events, f"must lie in 0..{samples}")
    if events == samples:
        return 1.0
    return float(scipy.stats.beta.isf(alpha, events + 1, samples - events))
