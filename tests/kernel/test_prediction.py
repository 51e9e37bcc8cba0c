from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.kernel.prediction import (
    direction,
    f_hat,
    g_hat,
    sharpened_direction,
)
from verifier.model.network import initialise, input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import train

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)
BETAS = (0.0, 1.0)


def problem(
    seed: int, count: int = 4, samples: int = 6, d: int = 3
) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    z, X = (torch.randn(n, d, generator=g, **CPU64) for n in (count, samples))
    return z, X, torch.randn(samples, generator=g, **CPU64).sign()


def orthant_phi(z: Tensor, x: Tensor, slope: float) -> float:
    """`Phi` from scipy's bivariate normal distribution function: both positive, and the rest."""
    d = len(z)
    s_z, s_x, c = (float(p @ q) / d + 1 for p, q in ((z, z), (x, x), (z, x)))
    rho = c / math.sqrt(s_z * s_x)
    both = float(stats.multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([0.0, 0.0]))
    return both * (1 + slope**2) + 2 * slope * (0.5 - both)


def smooth_f_hat(z: list[Any], X: Tensor, y: Tensor, slope: float, beta: float) -> Any:
    """`f_hat` at one point with mpmath's digits, through theory's arcsin(rho)."""
    g, d, total = mpmath.mpf(slope), len(z), mpmath.mpf(0)
    for x, label in zip(X.tolist(), y.tolist(), strict=True):
        q = [mpmath.mpf(v) for v in x]
        s_z, s_x, c = (mpmath.fdot(s, t) / d + 1 for s, t in ((z, z), (q, q), (z, q)))
        angle = mpmath.asin(c / mpmath.sqrt(s_z * s_x))
        phi = g + (1 - g) ** 2 * (mpmath.mpf(1) / 4 + angle / (2 * mpmath.pi))
        total += label * phi * (mpmath.fdot(z, q) + beta)
    return total / len(y)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("beta", BETAS)
def test_f_hat_is_the_looped_mean(slope: float, beta: float) -> None:
    z, X, y = problem(1)
    got = f_hat(z, X, y, slope, beta)
    for i in range(len(z)):
        terms = [
            float(y[n]) * orthant_phi(z[i], X[n], slope) * (float(z[i] @ X[n]) + beta)
            for n in range(len(X))
        ]
        assert float(got[i]) == pytest.approx(sum(terms) / len(X), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("beta", BETAS)
def test_g_hat_is_the_looped_mean(scenario: str, slope: float, beta: float) -> None:
    z, X, targets = problem(2)
    r = problem(3)[1]
    natural = X if scenario == "b" else torch.zeros_like(X)
    got = g_hat(z, natural, r, targets, slope, beta)
    for i in range(len(z)):
        terms = []
        for n in range(len(X)):
            point = X[n] + r[n] if scenario == "b" else r[n]
            k = float(z[i] @ point) + beta
            terms.append(float(targets[n]) * orthant_phi(z[i], point, slope) * k)
        assert float(got[i]) == pytest.approx(sum(terms) / len(X), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("slope", SLOPES)
def test_direction_is_the_looped_mean(slope: float) -> None:
    z, X, y = problem(4)
    got = direction(z, X, y, slope)
    for i in range(len(z)):
        expected = sum(
            float(y[n]) * orthant_phi(z[i], X[n], slope) * X[n] for n in range(len(X))
        ) / len(X)
        torch.testing.assert_close(got[i], expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("d", [1, 3])
def test_sharpened_direction_is_the_gradient_of_f_hat(d: int, slope: float, beta: float) -> None:
    z, X, y = problem(5, d=d)
    got = sharpened_direction(z, X, y, slope, beta)
    with mpmath.workdps(60):
        gap = mpmath.mpf(10) ** -20
        for i, k in np.ndindex(*z.shape):
            ends = []
            for sign in (1, -1):
                there = [mpmath.mpf(v) for v in z[i].tolist()]
                there[k] += sign * gap
                ends.append(smooth_f_hat(there, X, y, slope, beta))
            expected = float((ends[0] - ends[1]) / (2 * gap))
            assert float(got[i, k]) == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("beta", BETAS)
def test_sharpened_direction_is_the_difference_quotient_of_f_hat(slope: float, beta: float) -> None:
    z, X, y = problem(6)
    gap, got = 1e-6, sharpened_direction(z, X, y, slope, beta)
    for k, step in enumerate(gap * torch.eye(3, **CPU64)):
        ends = (f_hat(z + sign * step, X, y, slope, beta) for sign in (1, -1))
        rise = (next(ends) - next(ends)) / (2 * gap)
        torch.testing.assert_close(got[:, k], rise, rtol=1e-8, atol=1e-9)


def test_without_a_kink_both_directions_are_the_weighted_mean_of_the_samples() -> None:
    z, X, y = problem(7)
    mean = ((y[:, None] * X).sum(dim=0) / len(y)).expand(len(z), -1)
    torch.testing.assert_close(direction(z, X, y, 1.0), mean)
    torch.testing.assert_close(sharpened_direction(z, X, y, 1.0), mean)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_at_a_sample_its_own_cusp_is_dropped_with_its_duplicates(slope: float) -> None:
    _, X, y = problem(8)
    X[3], y[3], y[0] = X[0], -1.0, 1.0  # a duplicate with the other label
    X[4] = X[0]
    got = sharpened_direction(X[:1], X, y, slope)[0]
    others = [1, 2, 5]
    rest = sharpened_direction(X[:1], X[others], y[others], slope)[0] * 3
    own = float(y[[0, 3, 4]].sum()) * (1 + slope**2) / 2 * X[0]  # E[phi'(u)^2]
    torch.testing.assert_close(got, (rest + own) / 6, rtol=1e-12, atol=1e-13)


def test_biases_count_by_default() -> None:
    z, X, y = problem(9)
    assert torch.equal(f_hat(z, X, y, 0.3), f_hat(z, X, y, 0.3, 1.0))
    assert torch.equal(g_hat(z, X, X, y, 0.3), f_hat(z, 2 * X, y, 0.3, 1.0))
    assert torch.equal(sharpened_direction(z, X, y, 0.3), sharpened_direction(z, X, y, 0.3, 1.0))


@pytest.mark.parametrize("train_bias", [True, False])
def test_wide_networks_arrive_where_it_says(train_bias: bool) -> None:
    """`f_T - f_0 = T f_hat` and its gradient, up to what a width of 200,000 leaves (R1, R3)."""
    z, X, y = problem(10, count=20)
    g = torch.Generator("cpu").manual_seed(11)
    start = initialise(200_000, 3, generator=g, **CPU64)
    recipe = Recipe((2.5, 2.5), slope=0.0, train_bias=train_bias)
    end = train(start, X, y, recipe).params
    change = (output(end, z, 0.0) - output(start, z, 0.0)) / recipe.time
    expected = f_hat(z, X, y, 0.0, recipe.beta)
    assert (change - expected).abs().max() < 0.03 * expected.abs().max()
    turned = (input_gradient(end, z, 0.0) - input_gradient(start, z, 0.0)) / recipe.time
    sharp, published = sharpened_direction(z, X, y, 0.0, recipe.beta), direction(z, X, y, 0.0)
    assert (turned - sharp).norm() < 0.08 * sharp.norm()
    assert (turned - published).norm() > 2 * (turned - sharp).norm()


def test_float32_stays_float32_and_close_to_float64() -> None:
    z, X, y = problem(12, 9, 40)
    single = z.float(), X.float(), y.float()
    for function in (f_hat, direction, sharpened_direction):
        low, high = function(*single, 0.3), function(z, X, y, 0.3)
        assert low.dtype == torch.float32
        assert (low.double() - high).abs().max() < 1e-5
