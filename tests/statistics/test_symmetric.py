"""The test of symmetry: its exact edge, its rate on the worst laws, its power."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from verifier.errors import InputError
from verifier.statistics import POWER, symmetric, symmetric_detects

RUNS = 2000
SURE = 1e-6  # how often a calibration below may fail although the test is right


@pytest.mark.parametrize(("count", "alpha"), [(20, 0.05), (64, 1e-3), (200, 1e-8)])
def test_fair_coins_are_refuted_exactly_beyond_t_sqrt_n(count: int, alpha: float) -> None:
    """The worst case of the inequality, and no more of them than alpha."""
    edge = math.sqrt(2 * math.log(2 / alpha) * count)
    refuted = 0.0
    for plus in range(count + 1):
        coins = torch.tensor([2.5] * plus + [-2.5] * (count - plus), dtype=torch.float64)
        found = symmetric("", coins, alpha=alpha, wanted=1.0).error > 1
        assert found == (abs(2 * plus - count) > edge)
        refuted += found * float(stats.binom.pmf(plus, count, 0.5))
    assert refuted <= alpha


def test_its_bets_are_one_on_each_side() -> None:
    x = torch.tensor([3.0, -1.0, 0.5, 2.0], dtype=torch.float64)
    up, down = symmetric("", x, alpha=0.1, wanted=1.0).bets
    t = math.sqrt(2 * math.log(20))
    assert up == pytest.approx(t * 4.5 / math.sqrt(14.25) - t**2 / 2)
    assert down == pytest.approx(-t * 4.5 / math.sqrt(14.25) - t**2 / 2)
    assert symmetric("", -x, alpha=0.1, wanted=1.0).bets == (down, up)


@pytest.mark.parametrize("side", [0, 1])
def test_no_side_wins_where_signs_are_fair(side: int) -> None:
    """All signs of six unequal values, each as likely."""
    sizes = torch.tensor([0.1, 1.0, 1.0, 2.0, 5.0, 7.0], dtype=torch.float64)
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * len(sizes))
    capitals = [
        math.exp(symmetric("", row * sizes, alpha=0.05, wanted=1.0).bets[side]) for row in signs
    ]
    assert 0 < math.fsum(capitals) / len(capitals) <= 1


def test_its_values() -> None:
    x = torch.tensor([3.0, -1.0, 0.5, 2.0], dtype=torch.float64)
    found = symmetric("", x, alpha=0.1, wanted=1.0)
    limit = math.sqrt(2 * math.log(20)) * math.sqrt(14.25)
    assert found.estimate == pytest.approx(1.125)
    assert found.error == pytest.approx(4.5 / limit)
    assert found.allowance == pytest.approx(limit / 4)
    assert symmetric("", torch.zeros(4), alpha=0.1, wanted=1.0).error == 0


@pytest.mark.parametrize("law", ["differences of exponentials", "Cauchy", "of growing sizes"])
def test_its_rate_on_laws_without_moments(law: str) -> None:
    chance, alpha = np.random.default_rng(3), 0.05
    alarms = 0
    for _ in range(RUNS):
        if law == "Cauchy":
            drawn = chance.standard_cauchy(30)
        elif law == "of growing sizes":
            drawn = chance.normal(size=30) * 2.0 ** np.arange(30)
        else:
            drawn = chance.exponential(size=30) - chance.exponential(size=30)
        alarms += symmetric("", torch.from_numpy(drawn), alpha=alpha, wanted=1.0).error > 1
    assert alarms <= stats.binom.isf(SURE, RUNS, alpha)


def test_its_power() -> None:
    chance, alpha, n = np.random.default_rng(4), 1e-8, 300
    least = symmetric_detects(1.0, n, alpha=alpha)
    shifted = torch.from_numpy(chance.normal(size=(300, n)) + least)
    found = sum(symmetric("", row, alpha=alpha, wanted=1.0).error > 1 for row in shifted)
    assert found >= stats.binom.ppf(SURE, 300, POWER)


def test_nan_refutes_and_few_values_detect_nothing() -> None:
    broken = torch.tensor([1.0, math.nan, -1.0], dtype=torch.float64)
    assert symmetric("", broken, alpha=0.1, wanted=1.0).error == math.inf
    assert symmetric_detects(1.0, 30, alpha=1e-8) == math.inf
    with pytest.raises(InputError, match="samples"):
        symmetric("", broken[:0], alpha=0.1, wanted=1.0)
    with pytest.raises(InputError, match="alpha"):
        symmetric("", broken, alpha=0.0, wanted=1.0)
