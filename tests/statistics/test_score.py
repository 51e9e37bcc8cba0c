"""The paired score test and the median's: exact values, rates on worst-case laws, and power."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from verifier.errors import InputError
from verifier.statistics import advantage, better, excluded, median, median_detects


def wins_and_losses(wins: int, losses: int, ties: int = 0) -> torch.Tensor:
    """Comparisons that a rival wins, loses or neither."""
    return torch.tensor([-1.0] * wins + [1.0] * losses + [0.0] * ties, dtype=torch.float64)


@pytest.mark.parametrize("count", [10, 40, 81])
@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-8])
def test_a_rival_refutes_and_is_rejected_exactly_where_a_coin_s_chance_falls_to_alpha(
    count: int, alpha: float
) -> None:
    for wins in range(count + 1):
        found = better("", wins_and_losses(wins, count - wins), alpha=alpha)
        assert (found.error > 1) == (stats.binom.sf(wins - 1, count, 0.5) <= alpha)
        assert (found.detects < found.wanted) == (stats.binom.cdf(wins, count, 0.5) < alpha)
        assert found.estimate == wins / count


def test_ties_are_no_evidence_for_either() -> None:
    alpha = 0.01
    assert not better("", wins_and_losses(0, 0, 50), alpha=alpha).error > 0
    assert better("", wins_and_losses(0, 0, 50), alpha=alpha).detects == 1.0
    tied = better("", wins_and_losses(3, 30, 5), alpha=alpha)
    assert tied.error == better("", wins_and_losses(3, 35), alpha=alpha).error
    assert tied.detects == better("", wins_and_losses(8, 30), alpha=alpha).detects


@pytest.mark.parametrize(("events", "samples"), [(0, 30), (3, 40), (39, 40)])
def test_what_is_excluded_is_the_chance_of_so_few_events(events: int, samples: int) -> None:
    alpha = 1e-4
    want = optimize.brentq(lambda p: stats.binom.cdf(events, samples, p) - alpha, 1e-9, 1 - 1e-9)
    assert excluded(events, samples, alpha=alpha) == pytest.approx(want)
    assert excluded(0, samples, alpha=alpha) == pytest.approx(1 - alpha ** (1 / samples))
    assert excluded(samples, samples, alpha=alpha) == 1.0
    with pytest.raises(InputError, match="events"):
        excluded(samples + 1, samples, alpha=alpha)


def test_few_comparisons_decide_nothing() -> None:
    for wins in (0, 20):
        found = better("", wins_and_losses(wins, 20 - wins), alpha=1e-8)
        assert found.error <= 1
        assert found.detects > found.wanted


def test_nan_refutes() -> None:
    values = wins_and_losses(0, 60)
    values[7] = math.nan
    assert better("", values, alpha=1e-8).error == math.inf
    found = median("", values, 2.0, alpha=1e-8, wanted=1.0)
    assert found.error == found.detects == math.inf


def test_the_mean_advantage_is_the_squared_difference_exactly() -> None:
    """In a rational example: both outcomes, weighed by the chance that is forecast."""
    for p, q in product((0.0, 0.25, 0.5, 0.75, 1.0), repeat=2):
        one, none, forecast, rival = (torch.tensor(v, dtype=torch.float64) for v in (1, 0, p, q))
        mean = p * advantage(forecast, rival, one) + (1 - p) * advantage(forecast, rival, none)
        assert float(mean) == (p - q) ** 2
        assert float(advantage(forecast, rival, one)) == (q - 1) ** 2 - (p - 1) ** 2


LAWS = ("coin", "skewed", "mixed")


def worst_case(law: str, chance: np.random.Generator, runs: int, count: int) -> torch.Tensor:
    """Medians at 0: even chances, however far off the means, different laws for each value."""
    sides = chance.random((runs, count)) < 0.5
    sizes = {
        "coin": (np.ones(count), np.ones(count)),
        "skewed": (np.full(count, 1e-6), np.full(count, 1e6)),
        "mixed": (10.0 ** -np.arange(count), np.arange(1.0, count + 1)),
    }[law]
    return torch.from_numpy(np.where(sides, -sizes[0], sizes[1]))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("alpha", [0.05, 1e-3])
def test_rates_hold_on_worst_case_laws(law: str, alpha: float) -> None:
    runs, count = 2000, 60
    values = worst_case(law, np.random.default_rng(5), runs, count)
    most = stats.binom.isf(1e-6, runs, alpha)
    found = [better("", v, alpha=alpha) for v in values]
    assert sum(o.error > 1 for o in found) <= most
    assert sum(o.detects < o.wanted for o in found) <= most  # a rival as good is not rejected
    alarms = sum(median("", v + 0.1, 0.1, alpha=alpha, wanted=1.0).error > 1 for v in values)
    assert alarms <= most


@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-8])
def test_a_median_is_refuted_exactly_where_a_coin_s_chance_falls_to_half_of_alpha(
    alpha: float,
) -> None:
    count, tolerance = 81, 0.5
    for beyond, side in product(range(count + 1), (1, -1)):
        values = torch.zeros(count, dtype=torch.float64)
        values[:beyond] = side * 0.6
        found = median("", values, tolerance, alpha=alpha, wanted=1.0)
        assert (found.error > 1) == (stats.binom.sf(beyond - 1, count, 0.5) <= alpha / 2)
    with pytest.raises(InputError, match="tolerance"):
        median("", values, -0.1, alpha=alpha, wanted=1.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_median_s_smallest_excess_is_found(sign: int) -> None:
    chance, count, alpha, tolerance = np.random.default_rng(6), 100, 1e-6, 0.3
    law = stats.gumbel_r()  # skewed
    sample = torch.from_numpy(law.rvs(200_000, random_state=chance) - law.median())
    beyond = optimize.brentq(  # the chance beyond the tolerance that is found
        lambda p: stats.binom.sf(stats.binom.isf(alpha / 2, count, 0.5), count, p) - 0.99, 0.5, 1
    )
    by_law = max(law.median() - law.ppf(1 - beyond), law.ppf(beyond) - law.median())
    same = sample[: 200_000 // count * count].reshape(-1, count)
    least = float(np.mean([median_detects(v - v.median(), alpha=alpha) for v in same[:400]]))
    assert least == pytest.approx(by_law, rel=0.2)
    values = same[:300] + sign * (tolerance + by_law)
    found = [median("", v, tolerance, alpha=alpha, wanted=2.0).error > 1 for v in values]
    assert sum(found) >= stats.binom.ppf(1e-6, 300, 0.99)
    assert median_detects(same[0, :5], alpha=alpha) == math.inf
