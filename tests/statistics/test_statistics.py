"""Each test keeps its rate and its power: in closed form where possible, else by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from verifier.errors import InputError
from verifier.statistics import (
    POWER,
    Ledger,
    binomial,
    binomial_detects,
    mean,
    mean_detects,
    slope,
    slope_detects,
    variance,
    variance_detects,
)

ALPHA = 0.05
RUNS = 2000
SURE = 1e-6  # how often a calibration below may fail although the test is right
MOST_ALARMS = int(stats.binom.isf(SURE, RUNS, ALPHA))


def generator(seed: int) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed)


def heavy(rows: int, columns: int, seed: int) -> torch.Tensor:
    """a^2 p with a normal, p in {1, gamma, gamma^2}: what P2 tests; mean and variance are known."""
    g = generator(seed)
    a = torch.randn(rows, columns, generator=g, dtype=torch.float64)
    p = torch.randint(0, 3, (rows, columns), generator=g)
    return a**2 * torch.tensor([1.0, 0.1, 0.01], dtype=torch.float64)[p]


P1, P2 = 1.11 / 3, 1.0101 / 3
HEAVY_MEAN, HEAVY_VARIANCE = P1, 3 * P2 - P1**2


# --- rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [0.001, 0.01, 0.3])
@pytest.mark.parametrize("samples", [20, 400])
@pytest.mark.parametrize("alpha", [0.05, 1e-8])
def test_binomial_rate_is_exact(delta: float, samples: int, alpha: float) -> None:
    def refuted(v: int) -> bool:
        return binomial("", v, samples, delta, alpha=alpha, wanted=1.0).error > 1

    critical = next((v for v in range(samples + 1) if refuted(v)), samples + 1)
    # P(v >= critical) by summing the mass function, smallest terms first
    tail = math.fsum(stats.binom.pmf(range(critical, samples + 1), samples, delta)[::-1])
    larger = math.fsum(stats.binom.pmf(range(critical - 1, samples + 1), samples, delta)[::-1])
    assert tail <= alpha < larger
    assert not any(refuted(v) for v in range(critical))


def test_binomial_calibrated_by_simulation() -> None:
    counts = np.random.default_rng(1).binomial(500, 0.02, RUNS)
    alarms = sum(binomial("", int(v), 500, 0.02, alpha=ALPHA, wanted=1).error > 1 for v in counts)
    assert alarms <= MOST_ALARMS


@pytest.mark.parametrize("samples", [40, 1000])
def test_mean_calibrated_on_heavy_tails(samples: int) -> None:
    values = heavy(RUNS, samples, samples)
    alarms = sum(
        mean("", v, HEAVY_MEAN, HEAVY_VARIANCE, alpha=ALPHA, wanted=1).error > 1 for v in values
    )
    assert alarms <= MOST_ALARMS


@pytest.mark.parametrize("sign", [-1, 1])
def test_mean_with_a_tolerance_calibrated_at_its_ends(sign: int) -> None:
    claimed = HEAVY_MEAN + sign * 0.3
    alarms = sum(
        mean("", v, claimed, HEAVY_VARIANCE, alpha=ALPHA, wanted=1, tolerance=0.3).error > 1
        for v in heavy(RUNS, 200, 14)
    )
    assert alarms <= MOST_ALARMS


def test_mean_survives_what_breaks_a_normal_test() -> None:
    """A rare large value: a z-test at 1e-4 fires ten times too often, this one keeps its rate."""
    rate, n, alpha = 1e-4, 1000, 1e-3
    hit = torch.rand(RUNS * 5, n, generator=generator(2), dtype=torch.float32) < rate
    values = (hit.double() - rate) / math.sqrt(rate * (1 - rate))
    z = values.sum(dim=1).abs() / math.sqrt(n)
    normal = int((z > stats.norm.isf(alpha / 2)).sum())
    alarms = sum(mean("", v, 0.0, 1.0, alpha=alpha, wanted=1).error > 1 for v in values)
    limit = stats.binom.isf(SURE, len(values), alpha)
    assert normal > limit
    assert alarms <= limit


def test_variance_calibrated() -> None:
    values = torch.randn(RUNS, 300, generator=generator(3), dtype=torch.float64)
    alarms = sum(variance("", v, 0.0, 1.0, 3.0, alpha=ALPHA, wanted=1).error > 1 for v in values)
    assert alarms <= MOST_ALARMS


SIZES = (1e2, 1e3, 1e4, 1e5)


def power_law(runs: int, replicates: int, exponent: float, seed: int) -> torch.Tensor:
    """`size^exponent` times skewed noise of one law, (runs, replicates, 4)."""
    g = generator(seed)
    noise = torch.randn(runs, replicates, len(SIZES), 3, generator=g, dtype=torch.float64)
    size = torch.tensor(SIZES, dtype=torch.float64) ** exponent
    return size * noise.square().mean(dim=-1).sqrt()  # a rms over three points


@pytest.mark.parametrize("replicates", [12, 60])
def test_slope_calibrated(replicates: int) -> None:
    alarms = sum(
        slope("", SIZES, v, -0.5, -0.5, alpha=ALPHA, wanted=1).error > 1
        for v in power_law(RUNS, replicates, -0.5, replicates)
    )
    assert alarms <= MOST_ALARMS


def test_a_one_sided_slope_is_calibrated_at_its_edge() -> None:
    alarms = sum(
        slope("", SIZES, v, -math.inf, -0.1, alpha=ALPHA, wanted=1).error > 1
        for v in power_law(RUNS, 40, -0.1, 5)
    )
    assert alarms <= MOST_ALARMS


# --- power ----------------------------------------------------------------------------------------


def enough(found: int, runs: int) -> bool:
    """Whether `found` of `runs` is compatible with the stated power."""
    return found >= stats.binom.ppf(SURE, runs, POWER)


def test_binomial_power_is_reached() -> None:
    samples, delta, alpha = 300, 0.01, 1e-8
    wanted = binomial_detects(samples, delta, alpha=alpha)
    counts = np.random.default_rng(6).binomial(samples, wanted, 500)
    found = [binomial("", int(v), samples, delta, alpha=alpha, wanted=wanted).error for v in counts]
    assert enough(sum(e > 1 for e in found), 500)


@pytest.mark.parametrize("sign", [1, -1])
def test_mean_power_is_reached(sign: int) -> None:
    samples, alpha = 20_000, 1e-8
    wanted = mean_detects(samples, HEAVY_VARIANCE, alpha=alpha)
    values = heavy(300, samples, 7) + sign * wanted
    found = [mean("", v, HEAVY_MEAN, HEAVY_VARIANCE, alpha=alpha, wanted=wanted) for v in values]
    assert enough(sum(o.error > 1 for o in found), 300)
    assert all(o.detects <= o.wanted for o in found)


def test_variance_power_is_reached() -> None:
    samples, alpha = 6000, 1e-6
    wanted = -variance_detects(samples, 1.0, 3.0, alpha=alpha)
    values = torch.randn(300, samples, generator=generator(8), dtype=torch.float64)
    values *= math.sqrt(1 + wanted)
    found = [variance("", v, 0.0, 1.0, 3.0, alpha=alpha, wanted=0.2).error > 1 for v in values]
    assert enough(sum(found), 300)


def test_slope_power_is_reached() -> None:
    replicates, alpha = 600, 1e-8
    spread = float(np.std(_slopes(power_law(1, 4000, 0.0, 9)[0])))
    wanted = slope_detects(spread, replicates, alpha=alpha)
    values = power_law(300, replicates, -0.5 + wanted, 10)
    found = [slope("", SIZES, v, -0.5, -0.5, alpha=alpha, wanted=wanted).error > 1 for v in values]
    assert enough(sum(found), 300)


def _slopes(values: torch.Tensor) -> np.ndarray:
    """Least squares by another library."""
    return np.polyfit(np.log(SIZES), np.log(values.numpy()).T, 1)[0]


def test_slope_estimate_is_least_squares() -> None:
    values = power_law(1, 50, -0.3, 11)[0]
    found = slope("", SIZES, values, -0.3, -0.3, alpha=0.1, wanted=1).estimate
    assert found == pytest.approx(float(_slopes(values).mean()), abs=1e-12)


# --- behaviour ------------------------------------------------------------------------------------


def test_too_few_replicates_can_refute_nothing_and_say_so() -> None:
    found = slope("", SIZES, power_law(1, 10, 3.0, 12)[0], -0.5, -0.5, alpha=1e-8, wanted=0.1)
    assert found.error == 0
    assert not found.detects <= found.wanted
    assert found.to_json()["allowance"] is None


def test_one_sample_can_hardly_refute() -> None:
    assert mean_detects(1, 1.0, alpha=1e-8) == math.inf
    assert binomial_detects(1, 0.5, alpha=1e-8) == math.inf
    assert binomial("", 1, 1, 0.5, alpha=1e-8, wanted=1.0).error <= 1


def test_error_of_the_mean_grows_with_the_error() -> None:
    values = heavy(1, 1000, 13)[0]
    errors = [
        mean("", values + e, HEAVY_MEAN, HEAVY_VARIANCE, alpha=0.01, wanted=1).error
        for e in (0.2, 0.5, 1.0, 5.0, 1e6)
    ]
    assert errors == sorted(errors)
    assert errors[-1] > 1


def test_nan_is_refuted() -> None:
    values = torch.tensor([0.0, math.nan], dtype=torch.float64)
    found = mean("", values, 0.0, 1.0, alpha=0.05, wanted=1)
    assert not found.error <= 1


def test_ledger_spends_its_total() -> None:
    assert Ledger(7, 1e-6).alpha * 7 == pytest.approx(1e-6)


@given(st.integers(1, 10**6), st.floats(1e-6, 0.5), st.floats(1e-12, 0.2))
def test_what_is_detected_exceeds_what_is_claimed(n: int, delta: float, alpha: float) -> None:
    assert binomial_detects(n, delta, alpha=alpha) > delta


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: Ledger(0), "tests"),
        (lambda: Ledger(1, 1.0), "total"),
        (lambda: binomial("", 0, 0, 0.1, alpha=0.1, wanted=1), "samples"),
        (lambda: binomial("", 5, 4, 0.1, alpha=0.1, wanted=1), "violations"),
        (lambda: binomial("", 0, 4, 1.5, alpha=0.1, wanted=1), "delta"),
        (lambda: mean("", torch.zeros(2), 0.0, 0.0, alpha=0.1, wanted=1), "variance"),
        (lambda: mean("", torch.zeros(0), 0.0, 1.0, alpha=0.1, wanted=1), "samples"),
        (lambda: mean("", torch.zeros(2), 0.0, 1.0, alpha=0.0, wanted=1), "alpha"),
        (lambda: slope("", (1, 2), torch.ones(3, 3), 0, 0, alpha=0.1, wanted=1), "sizes"),
        (lambda: slope("", (1, 2), torch.zeros(3, 2), 0, 0, alpha=0.1, wanted=1), "values"),
        (lambda: slope("", (1, 2), torch.ones(3, 2), 1, 0, alpha=0.1, wanted=1), "low"),
    ],
)
def test_bad_input_names_the_argument(call: object, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        call()  # type: ignore[operator]
    assert caught.value.argument == argument
