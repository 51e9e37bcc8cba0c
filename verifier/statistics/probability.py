"""The probability of an event: the exact binomial test and its twins."""

from __future__ import annotations

import math

import scipy

from verifier.errors import require
from verifier.statistics.evalues import of_p_value
from verifier.statistics.outcome import (
    POWER,
    Outcome,
    check_rate,
)


def _critical(samples: int, delta: float, alpha: float) -> int:
    """The smallest number of violations whose chance, at rate delta, is at most alpha."""
    critical = int(scipy.stats.binom.isf(alpha, samples, delta)) + 1  # P(more than isf) <= alpha
    while critical > 0 and scipy.stats.binom.sf(critical - 2, samples, delta) <= alpha:
        critical -= 1
    return critical


def binomial(
    conclusion: str, violations: int, samples: int, delta: float, *, alpha: float, wanted: float
) -> Outcome:
    """Tests that an event has probability at most `delta`, from independent samples; exact.

    A failure says: at most with probability alpha would so many of `samples` independent draws
    have shown the event, had its probability been delta or less. `wanted` is a probability.
    """
    _check_binomial(samples, delta, alpha)
    require(0 <= violations <= samples, "violations", violations, f"must lie in 0..{samples}")
    critical = _critical(samples, delta, alpha)
    return Outcome(
        conclusion,
        "exact binomial",
        estimate=violations / samples,
        claimed=delta,
        allowance=max(0.0, (critical - 1) / samples - delta),
        error=violations / (critical - 0.5),
        samples=samples,
        alpha=alpha,
        detects=binomial_detects(samples, delta, alpha=alpha),
        wanted=wanted,
        bets=(of_p_value(float(scipy.stats.binom.logsf(violations - 1, samples, delta))),),
    )


def _check_binomial(samples: int, delta: float, alpha: float) -> None:
    require(samples >= 1, "samples", samples, "must be at least 1")
    check_rate("delta", delta)
    check_rate("alpha", alpha)


def binomial_detects(samples: int, delta: float, *, alpha: float, power: float = POWER) -> float:
    """The smallest probability of the event that is found with probability `power`; inf if none."""
    _check_binomial(samples, delta, alpha)
    critical = _critical(samples, delta, alpha)
    if critical > samples:
        return math.inf
    return float(scipy.stats.beta.ppf(power, critical, samples - critical + 1))
