"""Tests against the formulas that they state: their values, and the edge of what they refute."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from verifier.errors import InputError
from verifier.statistics import (
    binomial,
    binomial_detects,
    mean,
    mean_detects,
    slope,
    slope_detects,
)
from verifier.statistics.bounded import STAKES, bounded_mean
from verifier.statistics.outcome import Ledger


@pytest.mark.parametrize("samples", [1, 10, 57, 400])
@pytest.mark.parametrize("delta", [0.001, 0.1, 0.5])
@pytest.mark.parametrize("alpha", [0.3, 1e-3, 1e-8])
def test_a_count_is_refuted_exactly_where_chance_falls_to_alpha(
    samples: int, delta: float, alpha: float
) -> None:
    refuted = [
        binomial("", k, samples, delta, alpha=alpha, wanted=1.0).error > 1
        for k in range(samples + 1)
    ]
    chance = [stats.binom.sf(k - 1, samples, delta) for k in range(samples + 1)]
    assert refuted == [p <= alpha for p in chance]


def signs(plus: int, count: int) -> torch.Tensor:
    """Replicates whose slopes over the sizes 1 and e are `plus` times 1, else -1."""
    slopes = torch.tensor([1.0] * plus + [-1.0] * (count - plus), dtype=torch.float64)
    return torch.stack((torch.ones_like(slopes), slopes.exp()), dim=1)


@pytest.mark.parametrize(("count", "alpha"), [(20, 0.05), (64, 1e-3), (200, 1e-8)])
def test_slopes_of_random_signs_are_refuted_exactly_beyond_t_sqrt_n(
    count: int, alpha: float
) -> None:
    """The worst case of the inequality: `|sum| > t sqrt(n)`, `t^2 = 2 log(2/alpha)`."""
    edge = math.sqrt(2 * math.log(2 / alpha) * count)
    sizes = (1.0, math.e)
    for plus in range(count + 1):
        found = slope("", sizes, signs(plus, count), 0.0, 0.0, alpha=alpha, wanted=1.0)
        assert (found.error > 1) == (abs(2 * plus - count) > edge)


def test_the_interval_of_slopes() -> None:
    chance = np.random.default_rng(1)
    slopes = torch.from_numpy(chance.normal(size=100))
    values = torch.stack((torch.ones_like(slopes), slopes.exp()), dim=1)
    found = slope("", (1.0, math.e), values, -1.0, -0.7, alpha=0.01, wanted=1.0)
    square = 2 * math.log(200)
    spread = float(slopes.std(correction=0))
    assert found.allowance == pytest.approx(spread * math.sqrt(square / (100 - square)))
    assert found.error == pytest.approx((float(slopes.mean()) + 0.7) / found.allowance)
    too_few = math.floor(square)
    assert slope_detects(1.0, too_few, alpha=0.01) == math.inf
    assert slope_detects(1.0, too_few + 1, alpha=0.01) < math.inf


def test_catoni_s_score() -> None:
    values, claimed, variance, alpha = np.array([0.5, -1.0, 4.0]), 0.2, 2.0, 0.01
    limit = math.log(2 / alpha)
    y = math.sqrt(2 * limit / (3 * variance)) * (values - claimed)
    score = np.sum(np.sign(y) * np.log(1 + np.abs(y) + y**2 / 2))
    found = mean("", torch.from_numpy(values), claimed, variance, alpha=alpha, wanted=1.0)
    assert found.error == pytest.approx(abs(score) / (2 * limit))


@pytest.mark.parametrize(("claimed", "end"), [(0.2, 0.7), (4.0, 3.5)])
def test_catoni_s_score_with_a_tolerance_is_that_of_the_nearer_end(
    claimed: float, end: float
) -> None:
    values = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
    found = mean("", values, claimed, 0.2, alpha=0.5, wanted=1.0, tolerance=0.5)
    nearer = mean("", values, end, 0.2, alpha=0.5, wanted=1.0)
    assert found.error == nearer.error > 0
    assert found.detects == pytest.approx(nearer.detects + 0.5)
    assert found.allowance == pytest.approx(nearer.allowance + 0.5)
    assert max(found.bets) == max(nearer.bets)
    assert mean("", values, 1.6, 0.2, alpha=0.5, wanted=1.0, tolerance=0.5).error == 0


def test_what_catoni_s_mean_finds() -> None:
    """The least D with `exp(2L + n (-lambda D + lambda^2 (v + D^2)/2)) = 1 - power`."""
    n, variance, alpha, power = 5000, 2.0, 1e-6, 0.99
    limit = math.log(2 / alpha)
    rate = math.sqrt(2 * limit / (n * variance))

    def surplus(D: float) -> float:
        chance = 2 * limit + n * (-rate * D + rate**2 * (variance + D**2) / 2)
        return chance - math.log(1 - power)

    least = optimize.brentq(surplus, 0.0, 1 / rate)
    assert mean_detects(n, variance, alpha=alpha, power=power) == pytest.approx(least)


@pytest.mark.parametrize("values", [[0.9], [0.9, -0.2, 0.7], [-0.8, 0.1, -0.9, -0.4]])
@pytest.mark.parametrize("sides", [1, 2])
def test_the_capital_of_all_bets(values: list[float], sides: int) -> None:
    tolerance, alpha = 0.25, 0.01
    x = np.array(values)
    low, high = (-1.0, 1.0) if sides == 2 else (-0.2, 1.0)
    x = x.clip(low, high)
    capital = [
        np.mean([np.prod(1 + s * (side * x - tolerance) / reach) for s in STAKES])
        for side, reach in ((1, tolerance - low), (-1, tolerance + high))[:sides]
    ]
    ends = (torch.full((len(x),), end, dtype=torch.float64) for end in (low, high))
    found = bounded_mean("", torch.from_numpy(x), *ends, tolerance, alpha=alpha, wanted=1.0)
    expected = max(0.0, math.log(max(capital))) / math.log(sides / alpha)
    assert found.error == pytest.approx(expected)


def test_no_bet_risks_more_than_there_is() -> None:
    assert 0 < min(STAKES) < max(STAKES) < 1


@pytest.mark.parametrize("bad", ["value", "low", "high"])
def test_bets_on_what_is_undefined_are_lost(bad: str) -> None:
    parts = {"value": 0.1, "low": -1.0, "high": 1.0} | {bad: math.nan}
    x, low, high = (torch.tensor([v, 0.0], dtype=torch.float64) for v in parts.values())
    found = bounded_mean("", x, low - 1, high + 1, 0.5, alpha=0.01, wanted=1.0)
    assert found.error == math.inf


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 1e-3])
def test_bets_keep_their_rate_where_a_fair_game_is_all_that_happens(alpha: float) -> None:
    """Values at an end of their range or at the other one, their mean at the tolerance."""
    chance, tolerance, runs = np.random.default_rng(3), 0.1, 4000
    low, high = (torch.full((30,), v, dtype=torch.float64) for v in (-1.0, 1.0))
    alarms = 0
    for _ in range(runs):
        x = torch.from_numpy(np.where(chance.random(30) < 0.55, 1.0, -1.0))
        alarms += bounded_mean("", x, low, high, tolerance, alpha=alpha, wanted=1.0).error > 1
    assert alarms <= stats.binom.isf(1e-6, runs, alpha)


def test_a_ledger_splits_what_a_run_may_spend() -> None:
    assert Ledger(40, 0.02).alpha == pytest.approx(0.0005)


def test_a_slope_tells_its_power_at_its_own_rate() -> None:
    sizes = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    noise = np.random.default_rng(0).normal(size=(200, 3))
    values = sizes * torch.tensor(np.exp(0.1 * noise), dtype=torch.float64)
    found = slope("grows", sizes, values, 1.0, 1.0, alpha=1e-3, wanted=1.0)
    exponents = np.polyfit(np.log(sizes.numpy()), np.log(values.numpy()).T, 1)[0]
    due = slope_detects(float(exponents.std()), 200, alpha=1e-3)
    assert found.detects == pytest.approx(due, rel=1e-9)


@pytest.mark.parametrize(("samples", "delta", "alpha"), [(0, 0.1, 0.1), (9, 2, 0.1), (9, 0.1, 2)])
def test_the_power_of_no_test_is_refused(samples: int, delta: float, alpha: float) -> None:
    with pytest.raises(InputError):
        binomial_detects(samples, delta, alpha=alpha)
