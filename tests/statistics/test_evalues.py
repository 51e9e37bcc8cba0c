"""E-values: their exact values, and that they are at most 1 in expectation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from verifier.statistics import Outcome, binomial, bounded_mean, mean, slope, variance
from verifier.statistics.bounded import STAKES
from verifier.statistics.distribution import continuous, distribution
from verifier.statistics.evalues import mean_capital, of_p_value

ALPHA = 0.01


def tensor(values: object) -> torch.Tensor:
    return torch.as_tensor(np.asarray(values, dtype=float), device="cpu")


def test_an_e_value_is_the_mean_of_capitals() -> None:
    assert math.exp(mean_capital([math.log(3), math.log(5)])) == pytest.approx(4.0)
    assert mean_capital([2000.0, -2000.0]) == pytest.approx(2000 - math.log(2))
    assert mean_capital([math.inf, 0.0]) == math.inf
    assert math.isnan(mean_capital([]))


def test_the_calibrator_is_a_bet_against_a_uniform_p_value() -> None:
    total, _ = integrate.quad(lambda p: math.exp(of_p_value(math.log(p))), 0, 1)
    assert total == pytest.approx(1.0, abs=1e-6)
    assert math.exp(of_p_value(math.log(1e-6))) == pytest.approx(500)
    assert of_p_value(3.0) == pytest.approx(math.log(0.5))  # a bound above 1 says no more than 1


def test_the_capital_of_a_bounded_mean() -> None:
    x, tolerance = np.array([0.9, -0.2, 0.7]), 0.25
    ends = tensor([-1.0] * 3), tensor([1.0] * 3)
    sides = [
        np.mean([np.prod(1 + s * (side * x - tolerance) / (1 + tolerance)) for s in STAKES])
        for side in (1, -1)
    ]
    found = bounded_mean("", tensor(x), *ends, tolerance, alpha=ALPHA, wanted=1.0)
    assert math.exp(found.log_e) == pytest.approx(np.mean(sides))
    one_sided = bounded_mean("", tensor(x), ends[0] / 5, ends[1], tolerance, alpha=ALPHA, wanted=1)
    reach = tolerance + 0.2
    capital = np.mean([np.prod(1 + s * (x - tolerance) / reach) for s in STAKES])
    assert math.exp(one_sided.log_e) == pytest.approx(capital)


def test_exact_p_values_are_calibrated() -> None:
    count = binomial("", 7, 40, 0.05, alpha=ALPHA, wanted=1.0)
    p = sum(stats.binom.pmf(k, 40, 0.05) for k in range(7, 41))
    assert math.exp(count.log_e) == pytest.approx(p**-0.5 / 2)
    values = tensor([0.4, 0.45, 0.5, 0.9])
    whole = distribution("", values, continuous(lambda v: v), alpha=ALPHA, wanted=1.0)
    assert whole.estimate == pytest.approx(0.4)
    assert math.exp(whole.log_e) == pytest.approx(0.5 * min(1, 2 * math.exp(-8 * 0.16)) ** -0.5)


def test_catoni_and_symmetric_slopes() -> None:
    values, limit = np.array([0.5, -1.0, 4.0]), math.log(2 / ALPHA)
    y = math.sqrt(2 * limit / (3 * 2.0)) * (values - 0.2)
    score = np.sum(np.sign(y) * np.log(1 + np.abs(y) + y**2 / 2))
    found = mean("", tensor(values), 0.2, 2.0, alpha=ALPHA, wanted=1.0)
    assert math.exp(found.log_e) == pytest.approx(math.cosh(score) * math.exp(-limit))

    slopes = np.array([-0.4, -0.1, -0.3, -0.6])
    rows = tensor(np.stack((np.ones(4), np.exp(slopes)), axis=1))
    off = slope("", (1.0, math.e), rows, -0.9, -0.5, alpha=ALPHA, wanted=1.0)
    bet = math.sqrt(2 * limit) * np.sum(slopes + 0.5) / np.sqrt(np.sum((slopes + 0.5) ** 2))
    assert math.exp(off.log_e) == pytest.approx(math.cosh(bet) * math.exp(-limit))
    inside = slope("", (1.0, math.e), rows, -0.9, -0.1, alpha=ALPHA, wanted=1.0)
    assert inside.log_e == pytest.approx(-limit)


def outcome_of(name: str, hits: int, n: int, rate: float) -> Outcome:
    """A test of n draws of which `hits` were one of two values, the other ones the other value."""
    high = np.arange(n) < hits
    if name == "bounded mean":
        x = tensor(np.where(high, 1.0, -1.0))
        ends = torch.full_like(x, -1.0), torch.full_like(x, 1.0)
        return bounded_mean("", x, *ends, 2 * rate - 1, alpha=ALPHA, wanted=1.0)
    if name == "binomial":
        return binomial("", hits, n, rate, alpha=ALPHA, wanted=1.0)
    if name == "distribution":

        def law(v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.where(v < 1, 1 - rate, 1.0), torch.where(v < 1, 0.0, 1 - rate)

        return distribution("", tensor(high), law, alpha=ALPHA, wanted=1.0)
    if name == "mean":
        return mean("", tensor(high), rate, rate * (1 - rate), alpha=ALPHA, wanted=1.0)
    if name == "variance":
        values = tensor(np.where(high, rate**-0.5, 0.0))
        return variance("", values, 0.0, 1.0, 1 / rate, alpha=ALPHA, wanted=1.0)
    rows = tensor(np.stack((np.ones(n), np.exp(np.where(high, 1.0, -1.0))), axis=1))
    return slope("", (1.0, math.e), rows, 0.0, 0.0, alpha=ALPHA, wanted=1.0)


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("bounded mean", 0.55),
        ("binomial", 0.1),
        ("distribution", 0.4),
        ("mean", 0.3),
        ("variance", 0.2),
        ("slope", 0.5),
    ],
)
def test_its_expectation_is_at_most_one_where_the_statement_just_holds(
    name: str, rate: float
) -> None:
    """Summed over everything that can happen; where the law is another, it grows beyond."""
    n = 30
    capital = [math.exp(outcome_of(name, k, n, rate).log_e) for k in range(n + 1)]
    assert stats.binom.pmf(range(n + 1), n, rate) @ capital <= 1 + 1e-12
    assert stats.binom.pmf(range(n + 1), n, 0.95) @ capital > 100


def test_what_is_undefined_has_no_e_value() -> None:
    x = tensor([0.1, math.nan])
    found = bounded_mean("", x, x - 1, x + 1, 0.5, alpha=ALPHA, wanted=1.0)
    assert math.isnan(found.log_e)
    assert found.to_json()["bets"] == []
    infinite = mean("", tensor([math.inf]), 0.0, 1.0, alpha=ALPHA, wanted=1.0)
    assert infinite.to_json()["bets"] == []
