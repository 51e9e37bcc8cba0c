"""What a statistical test reports, and the ledger of false alarms."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from verifier.errors import require
from verifier.statistics.evalues import mean_capital

POWER = 0.99
"""With this probability a discrepancy of size `detects` or more is found."""

FALSE_ALARMS = 1e-6
"""Probability that a whole run refutes any true statement by bad luck."""


@dataclass(frozen=True)
class Outcome:
    """One statistical test: what was estimated, what was claimed, what the test can tell.

    `conclusion`: the statement tested. `test`: which test. `estimate`: from the samples.
    `claimed`: the value, or the bound, under the statement. `allowance`: the largest distance of
    the two that is put down to chance. `alpha`: probability of a false alarm. `detects`: the
    smallest true discrepancy that is found with probability `power`, for a test that estimates its
    power from the samples under a shift of their law. `wanted`: the discrepancy that has to be
    found for a pass to mean anything; above it the test is underpowered. `error`: refutes the
    statement if and only if it exceeds 1. `bets`: logarithms of what bets against the
    statement have made of 1, which multiply over runs (`statistics.evalues`); none of some tests.
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
    bets: tuple[float, ...] = ()

    @property
    def log_e(self) -> float:
        """Logarithm of the e-value, the mean of the bets' capitals; NaN where there are none."""
        return mean_capital(self.bets)

    def to_json(self) -> dict[str, Any]:
        """Plain data; infinities as None, and no bets unless all are finite."""
        plain = asdict(self)
        plain["bets"] = list(self.bets) if all(map(math.isfinite, self.bets)) else []
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
