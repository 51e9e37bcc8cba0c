"""Statistical tests that keep their stated false-alarm rate at any sample size.

No test here trusts a normal approximation. Each one states, in its docstring, what must be true
for its rate to hold, and has two twins: the smallest discrepancy that it finds at a stated power
(`..._detects`), and the sample size that a given discrepancy needs (`..._samples`).

`Ledger` splits one false-alarm probability over all the tests of a run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from scipy import stats
from torch import Tensor

from verifier.errors import require

POWER = 0.99
"""With this probability a discrepancy of size `detects` or more is found."""

FALSE_ALARMS = 1e-6
"""Probability that a whole run refutes any true statement by bad luck."""

_MOST_SAMPLES = 1 << 40


@dataclass(frozen=True)
class Outcome:
    """One statistical test: what was estimated, what was claimed, what the test can tell.

    `conclusion`: the statement tested. `test`: which test. `estimate`: from the samples.
    `claimed`: the value, or the bound, under the statement. `allowance`: the largest distance of
    the two that is put down to chance. `alpha`: probability of a false alarm. `detects`: the
    smallest true discrepancy that is found with probability `power`. `wanted`: the discrepancy
    that has to be found for a pass to mean anything; above it the test is underpowered. `error`:
    refutes the statement if and only if it exceeds 1.
    """

    conclusion: str
    test: str
    estimate: float
    claimed: float
    allowance: float
    error: float
    samples: int
    alpha: float
    detects: float
    wanted: float
    power: float = POWER

    @property
    def is_underpowered(self) -> bool:
        """Whether a discrepancy of size `wanted` could have been missed."""
        return not self.detects <= self.wanted

    def to_json(self) -> dict[str, Any]:
        """Plain data; infinities as None."""
        plain = asdict(self)
        return {
            k: None if isinstance(v, float) and not math.isfinite(v) else v
            for k, v in plain.items()
        }


@dataclass(frozen=True)
class Ledger:
    """Splits a run's false-alarm probability `total` evenly over its `tests`."""

    tests: int
    total: float = FALSE_ALARMS

    def __post_init__(self) -> None:
        require(self.tests >= 1, "tests", self.tests, "must be at least 1")
        check_rate("total", self.total)

    @property
    def alpha(self) -> float:
        """What each test may spend."""
        return self.total / self.tests


def check_rate(name: str, value: float) -> None:
    """Raise `InputError` unless `value` lies strictly between 0 and 1."""
    require(0 < value < 1, name, value, "must lie strictly between 0 and 1")


def _least(enough: Callable[[int], bool], what: str) -> int:
    """The smallest sample size from which on, by doubling and bisection, it is enough."""
    high = 1
    while not enough(high):
        high *= 2
        require(high <= _MOST_SAMPLES, what, f"more than {_MOST_SAMPLES} samples", "is too small")
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


# --- the probability of an event ------------------------------------------------------------------


def _critical(samples: int, delta: float, alpha: float) -> int:
    """The smallest number of violations whose chance, at rate delta, is at most alpha."""
    critical = int(stats.binom.isf(alpha, samples, delta)) + 1  # P(more than isf) <= alpha
    while critical > 0 and stats.binom.sf(critical - 2, samples, delta) <= alpha:
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
    return float(stats.beta.ppf(power, critical, samples - critical + 1))


def binomial_samples(delta: float, wanted: float, *, alpha: float, power: float = POWER) -> int:
    """How many samples find an event of probability `wanted` where `delta` was claimed."""
    require(delta < wanted <= 1, "wanted", wanted, f"must exceed delta = {delta} and be at most 1")
    return _least(
        lambda n: binomial_detects(n, delta, alpha=alpha, power=power) <= wanted, "wanted"
    )


# --- a mean, under a known variance ---------------------------------------------------------------


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
) -> Outcome:
    """Tests that independent `values (n,)` have mean `claimed` if their variance is `variance`.

    Catoni's M-estimator: with `psi(x) = sgn(x) log(1 + |x| + x^2/2)` and
    `lambda = sqrt(2 log(2/alpha) / (n v))`, `sum psi(lambda (x_k - mean))` exceeds
    `2 log(2/alpha)` in modulus with probability at most alpha, for *any* distribution of that mean
    and of variance at most v: `E exp(+-psi(y)) <= 1 +- E y + E y^2 / 2`. No tails are assumed. A
    failure says that the mean is not `claimed`, or that the variance is larger than stated.
    """
    _check_mean(values.numel(), variance, alpha)
    n, limit = values.numel(), math.log(2 / alpha)
    rate = math.sqrt(2 * limit / (n * variance))
    score = float(_influence(rate * (values.double() - claimed)).sum())
    return Outcome(
        conclusion,
        "mean (Catoni)",
        estimate=float(values.double().mean()),
        claimed=claimed,
        allowance=math.sqrt(2 * variance * limit / n),
        error=abs(score) / (2 * limit),
        samples=n,
        alpha=alpha,
        detects=mean_detects(n, variance, alpha=alpha),
        wanted=wanted,
    )


def _check_mean(samples: int, variance: float, alpha: float) -> None:
    require(samples >= 1, "samples", samples, "must be at least 1")
    good = variance > 0 and math.isfinite(variance)
    require(good, "variance", variance, "must be positive and finite")
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


def mean_samples(wanted: float, variance: float, *, alpha: float, power: float = POWER) -> int:
    """How many samples find an error `wanted` of the mean."""
    require(wanted > 0, "wanted", wanted, "must be positive")
    return _least(lambda n: mean_detects(n, variance, alpha=alpha, power=power) <= wanted, "wanted")


# --- a variance, under known moments --------------------------------------------------------------


def variance(
    conclusion: str,
    values: Tensor,
    centre: float,
    claimed: float,
    fourth: float,
    *,
    alpha: float,
    wanted: float,
) -> Outcome:
    """Tests that `values (n,)` of mean `centre` have variance `claimed`.

    `fourth` is their fourth central moment under the statement: the squares `(x - centre)^2` have
    variance `fourth - claimed^2`, and `mean` tests theirs. `wanted` is a difference of variances.
    """
    squares = (values.double() - centre).square()
    spread = fourth - claimed**2
    found = mean(conclusion, squares, claimed, spread, alpha=alpha, wanted=wanted)
    return Outcome(**{**asdict(found), "test": "variance (Catoni)"})


def variance_detects(
    samples: int, claimed: float, fourth: float, *, alpha: float, power: float = POWER
) -> float:
    """The smallest error of the variance that is found with probability `power`.

    Guaranteed where the fourth moment is at most the stated one.
    """
    return mean_detects(samples, fourth - claimed**2, alpha=alpha, power=power)


def variance_samples(
    wanted: float, claimed: float, fourth: float, *, alpha: float, power: float = POWER
) -> int:
    """How many samples find an error `wanted` of the variance."""
    return mean_samples(wanted, fourth - claimed**2, alpha=alpha, power=power)


# --- an exponent ----------------------------------------------------------------------------------


def replicate_slopes(sizes: Sequence[float], values: Tensor) -> Tensor:
    """The least-squares slope of `log values (R, J)` over `log sizes (J,)`, one for each row."""
    x = torch.log(torch.tensor(sizes, dtype=torch.float64, device=values.device))
    x = x - x.mean()
    return torch.log(values.double()) @ x / x.square().sum()


def _half_width(spread: float, replicates: int, rate: float) -> float:
    """Half the interval of a centre of symmetry; inf where there are too few replicates."""
    square = 2 * math.log(2 / rate)
    return spread * math.sqrt(square / (replicates - square)) if replicates > square else math.inf


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
    exponent but with probability alpha; more than t^2 replicates are needed. A failure says that
    the exponent lies outside [low, high], or that no single power describes these sizes.
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
    allowance = _half_width(spread, len(slopes), alpha)
    outside = max(low - estimate, estimate - high, 0.0)
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
    )


def slope_detects(spread: float, replicates: int, *, alpha: float, power: float = POWER) -> float:
    """The smallest error of the exponent found with probability `power`, at that `spread`.

    `spread` is the standard deviation of the replicates' slopes; its own error is neglected here
    (not in the test's false-alarm rate).
    """
    check_rate("power", power)
    return _half_width(spread, replicates, alpha) + _half_width(spread, replicates, 1 - power)


def slope_samples(wanted: float, spread: float, *, alpha: float, power: float = POWER) -> int:
    """How many replicates find an error `wanted` of the exponent."""
    require(wanted > 0, "wanted", wanted, "must be positive")
    return _least(lambda n: slope_detects(spread, n, alpha=alpha, power=power) <= wanted, "wanted")
