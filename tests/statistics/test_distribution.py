"""The test of a whole distribution keeps its rate for any law, and finds what it says."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.errors import InputError
from verifier.statistics.distribution import (
    Law,
    continuous,
    distribution,
    distribution_detects,
    in_order,
    last_of_equals,
)

ALPHA, RUNS, SAMPLES = 0.05, 2000, 60
MOST_ALARMS = int(stats.binom.isf(1e-6, RUNS, ALPHA))

UNIFORM = continuous(lambda v: v.clamp(0.0, 1.0))


def coins(values: Tensor) -> tuple[Tensor, Tensor]:
    """0 or 1, as often."""
    at = (values >= 0).double() / 2 + (values >= 1).double() / 2
    below = (values > 0).double() / 2 + (values > 1).double() / 2
    return at, below


LAWS: dict[str, tuple[Law, Callable[[np.random.Generator], np.ndarray]]] = {
    "continuous": (UNIFORM, lambda g: g.random(SAMPLES)),
    "discrete": (coins, lambda g: g.integers(0, 2, SAMPLES).astype(float)),
}


def error_of(values: np.ndarray, law: Law = UNIFORM, alpha: float = ALPHA) -> float:
    return distribution("", torch.from_numpy(values), law, alpha=alpha, wanted=1.0).error


@pytest.mark.parametrize("name", LAWS)
def test_it_keeps_its_rate(name: str) -> None:
    law, draw = LAWS[name]
    chance = np.random.default_rng(1)
    alarms = sum(error_of(draw(chance), law) > 1 for _ in range(RUNS))
    assert alarms <= MOST_ALARMS
    if name == "continuous":  # where it is nearly exact
        assert alarms >= RUNS * ALPHA / 3


@pytest.mark.parametrize("n", [1, 2, 17, 1000])
def test_the_distance_is_kolmogorov_s(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    found = distribution(
        "", torch.from_numpy(values), continuous(torch.special.ndtr), alpha=0.1, wanted=1.0
    )
    assert found.estimate == pytest.approx(stats.kstest(values, stats.norm.cdf).statistic)
    assert found.error == pytest.approx(found.estimate / found.allowance)
    assert found.allowance == pytest.approx(math.sqrt(math.log(20) / (2 * n)))


def test_atoms_are_no_distance() -> None:
    half = np.array([0.0, 1.0] * 50)
    found = distribution("", torch.from_numpy(half), coins, alpha=0.1, wanted=1.0)
    assert found.estimate == 0
    # without its atoms the same law is half of everything away
    smooth = continuous(lambda v: v.clamp(0.0, 1.0))
    assert distribution("", torch.from_numpy(half), smooth, alpha=0.1, wanted=1.0).estimate == 0.5


@pytest.mark.parametrize("shift", [-1, 1])
def test_its_power_is_reached(shift: int) -> None:
    n, alpha = 400, 1e-8
    size = distribution_detects(n, alpha=alpha)
    chance = np.random.default_rng(5)
    missed = sum(error_of(chance.random(n) + shift * size, UNIFORM, alpha) <= 1 for _ in range(300))
    assert missed <= stats.binom.isf(1e-6, 300, 0.01)


def test_a_shift_below_the_allowance_passes() -> None:
    n = 10_000
    values = (np.arange(n) + 0.5) / n + 0.9 * math.sqrt(math.log(2 / ALPHA) / (2 * n))
    assert error_of(values) < 1
    assert error_of(values + 0.2 * math.sqrt(math.log(2 / ALPHA) / (2 * n))) > 1


def test_nan_refutes() -> None:
    assert error_of(np.array([0.3, math.nan])) == math.inf
    assert error_of(np.array([math.nan])) == math.inf


def test_few_samples_find_nothing() -> None:
    assert distribution_detects(1, alpha=1e-8) == math.inf
    assert distribution_detects(10, alpha=1e-8) == math.inf  # no two laws are so far apart
    expected = math.sqrt(math.log(2e8) / 2000) + math.sqrt(math.log(200) / 2000)
    assert distribution_detects(1000, alpha=1e-8) == pytest.approx(expected)
    assert distribution_detects(1000, alpha=1e-8) > distribution_detects(2000, alpha=1e-8)
    assert distribution_detects(1000, alpha=1e-8) > distribution_detects(1000, alpha=1e-4)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: error_of(np.zeros(0)), "samples"),
        (lambda: error_of(np.zeros(3), alpha=0.0), "alpha"),
        (lambda: distribution_detects(10, alpha=0.1, power=1.0), "power"),
    ],
)
def test_bad_input(call: Callable[[], object], argument: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.argument == argument


def test_values_in_order_are_those_of_unique() -> None:
    values = torch.tensor([1.0, math.nan, -0.0, 0.0, math.inf, 1.0, math.nan, -2.0])
    ordered = in_order(values.double())
    last = last_of_equals(ordered)
    different, counts = torch.unique(values.double(), return_counts=True)
    torch.testing.assert_close(ordered[last], different, equal_nan=True)
    assert torch.equal(last.nonzero()[:, 0] + 1, counts.cumsum(0))
