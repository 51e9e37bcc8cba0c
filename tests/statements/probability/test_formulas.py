"""The formulas of P1-P4 against quadrature, enumeration and simulation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.kernel.phi import f0_covariance, phi
from verifier.kernel.prediction import f_hat, g_hat
from verifier.model.network import initialise, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.model.vectors import unit_rows
from verifier.statements.probability import measured as fresh
from verifier.statements.probability.formulas import Attack, Concentration, central_fourth

SLOPES = (0.0, 0.3, 1.0)


def normal(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator(device="cpu").manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def angle(z: Tensor, x: Tensor) -> float:
    """Between (z/sqrt d, 1) and (x/sqrt d, 1), by mpmath."""
    u, v = ([*map(mpmath.mpf, (p[0] / math.sqrt(p.shape[1])).tolist()), 1] for p in (z, x))
    dot = sum(a * b for a, b in zip(u, v, strict=True))
    lengths = mpmath.sqrt(sum(a * a for a in u) * sum(b * b for b in v))
    return float(mpmath.acos(dot / lengths))


def around(function: Callable[[float, float], float], theta: float) -> float:
    """Mean of `function(cos t, cos(t - theta))` over the circle: two normals at correlation cos."""
    kinks = sorted(k % (2 * math.pi) for k in (0.5 * math.pi, 1.5 * math.pi))
    kinks += [(k + theta) % (2 * math.pi) for k in kinks]
    ends = sorted({0.0, 2 * math.pi, *kinks})
    total = mpmath.quad(lambda t: function(mpmath.cos(t), mpmath.cos(t - theta)), ends)
    return float(total / (2 * mpmath.pi))


def leaky(u: float, slope: float) -> float:
    return u if u >= 0 else slope * u


def pattern(u: float, slope: float) -> float:
    return 1.0 if u >= 0 else slope


# --- the moments ----------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_moments_of_a_product_of_patterns(slope: float, k: int) -> None:
    z, x = normal(1, 1, 3), normal(2, 1, 3)
    readout = mpmath.quad(
        lambda a: a ** (2 * k) * mpmath.npdf(a), [-mpmath.inf, -3, 0, 3, mpmath.inf]
    )
    patterns = around(lambda u, v: (pattern(u, slope) * pattern(v, slope)) ** k, angle(z, x))
    found = float(Concentration(slope, 7).product_moment(k, z, x))
    assert found == pytest.approx(float(readout) * patterns, rel=1e-8)


def test_fourth_moment_of_a_mean() -> None:
    values, chances = np.array([0.0, 1.0, 5.0]), np.array([0.5, 0.3, 0.2])
    moments = tuple(number(float(chances @ values**k)) for k in (1, 2, 3, 4))
    exact = 0.0
    for triple in itertools.product(range(3), repeat=3):
        weight = math.prod(chances[i] for i in triple)
        exact += weight * (values[list(triple)].mean() - float(moments[0])) ** 4
    assert float(central_fourth(moments, 3)) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("slope", SLOPES)
def test_second_moments_of_products_of_outputs(slope: float) -> None:
    z, x = normal(3, 1, 2), normal(4, 1, 2)
    for left, right in ((z, x), (z, z), (z, -20 * z)):
        theory, theta = Concentration(slope, 5), angle(left, right)
        s = float(theory.size(left) * theory.size(right))
        square = (
            8 * s * around(lambda u, v: (leaky(u, slope) * leaky(v, slope)) ** 2, theta)
        )  # E r^4 = 8
        mean = float(f0_covariance(left, right, slope))
        sizes = float(theory.output_square(left) * theory.output_square(right))
        # E f^2 g^2 of a mean of m independent terms: m equal indices, or three kinds of pairs
        m = 5
        raw = (3 * square + (m - 1) * (sizes + 2 * mean**2)) / m
        found = float(theory.output_product_variance(left, right))
        assert found == pytest.approx(raw - mean**2, rel=1e-7)


@pytest.mark.parametrize("slope", SLOPES)
def test_variances_that_size_the_tests_by_simulation(slope: float) -> None:
    z, x, n, m = normal(5, 1, 2), normal(6, 1, 2), 400_000, 3
    generator = torch.Generator(device="cpu").manual_seed(7)
    drawn = initialise(m, 2, generator=generator, dtype=torch.float64, device="cpu", networks=(n,))
    theory = Concentration(slope, m)
    kernel, gradient, square, product = fresh.first_moments(drawn, z, x, slope).T
    movement = torch.tensor([1.0, 2.0], dtype=torch.float64)
    points = torch.cat((z, x))
    mass, excess, seen = fresh.flips(drawn, points, movement, slope).T
    at_z, at_x = theory.flip_ratio(points, movement)
    claims = {
        "kernel": (kernel, theory.kernel_mean(z, x), theory.kernel_variance(z, x)),
        "gradient": (gradient, theory.gradient_square(), theory.gradient_square_variance(2)),
        "square": (square, theory.output_square(z), theory.output_product_variance(z, z)),
        "product": (
            product,
            theory.output_covariance(z, x),
            theory.output_product_variance(z, x),
        ),
        "flips": (mass, theory.flip_mean(at_z), theory.flip_variance(at_z)),
        "excess": (
            excess,
            theory.output_flips(at_z, movement[0]),
            theory.output_flips_variance(at_z, movement[0]),
        ),
        "seen": (seen, theory.sample_flips(at_x), theory.sample_flips_variance(at_x)),
    }
    for name, (values, mean, variance) in claims.items():
        mean, variance = float(mean), float(variance)
        assert float(values.mean()) == pytest.approx(mean, abs=6 * math.sqrt(variance / n)), name
        squares = (values - mean) ** 2
        error = 6 * float(squares.std()) / math.sqrt(n)
        assert float(squares.mean()) == pytest.approx(variance, abs=error), name
    for values, mean, fourth in (
        (kernel, theory.kernel_mean(z, x), theory.kernel_fourth(z, x)),
        (mass, theory.flip_mean(at_z), theory.flip_fourth(at_z)),
    ):
        powers = (values - float(mean)) ** 4
        error = 6 * float(powers.std()) / math.sqrt(n)
        assert float(powers.mean()) == pytest.approx(float(fourth), abs=error)


@pytest.mark.parametrize("h", [1e-6, 0.03, 0.7, 1.0, 40.0, 1e6])
def test_flips_by_quadrature(h: float) -> None:
    """a = r cos, u / sqrt(s_z) = r sin: neuron i flips where |tan| <= h, and E r^2k = 2^k k!."""
    theory, alpha = Concentration(0.3, 5), mpmath.atan(h)
    raw = []
    for k in range(1, 5):
        arc = mpmath.quad(lambda t, k=k: mpmath.cos(t) ** (2 * k), [0, alpha])
        raw.append(2**k * mpmath.factorial(k) * arc * 2 / mpmath.pi)
    for k, exact in enumerate(raw, start=1):
        assert float(theory.flip_moment(k, number(h))) == pytest.approx(float(exact), rel=1e-12)
    assert float(theory.flip_mean(number(h))) == pytest.approx(float(raw[0]), rel=1e-12)
    spread = float((raw[1] - raw[0] ** 2) / 5)
    assert float(theory.flip_variance(number(h))) == pytest.approx(spread, rel=1e-9)
    assert float(raw[0]) <= float(theory.flip_bound(number(h))) * (1 + 1e-15)


@pytest.mark.parametrize("h", [0.03, 0.7, 1.0, 40.0])
def test_what_flips_do_to_the_output_by_quadrature(h: float) -> None:
    slope, m, movement = 0.3, 5, 2.0
    theory, alpha = Concentration(slope, m), mpmath.atan(h)

    def reach(t: Any) -> Any:  # |a| (|a| M - sqrt m |u|)_+ over r^2, at M = h sqrt(m s_z)
        return mpmath.cos(t) * (h * mpmath.cos(t) - mpmath.sin(t)) * movement / h * (1 - slope)

    mean = 2 * mpmath.quad(reach, [0, alpha]) * 2 / mpmath.pi
    square = 8 * mpmath.quad(lambda t: reach(t) ** 2, [0, alpha]) * 2 / mpmath.pi
    found = theory.output_flips(number(h), number(movement))
    assert float(found) == pytest.approx(float(mean), rel=1e-10)
    spread = theory.output_flips_variance(number(h), number(movement))
    assert float(spread) == pytest.approx(float((square - mean**2) / m), rel=1e-8)


# --- P1's bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", SLOPES)
def test_log_moments_by_quadrature(slope: float) -> None:
    z, x = normal(8, 1, 3), normal(9, 1, 3)
    t = torch.tensor([-30.0, -0.2, 0.1, 0.45], dtype=torch.float64)
    found = Concentration(slope, 7).log_moment(t, z, x)[:, 0, 0]
    for value, rate in zip(found.tolist(), t.tolist(), strict=True):

        def tilted(u: float, v: float, rate: float = rate) -> Any:
            return 1 / mpmath.sqrt(1 - 2 * rate * pattern(u, slope) * pattern(v, slope))

        assert math.exp(value) == pytest.approx(around(tilted, angle(z, x)), rel=1e-7)


def relu_tails(width: int, chance: float, low: float, high: float) -> tuple[float, float]:
    """P(K_0 < low), P(K_0 > high) for ReLU: chi-square with a binomial number of neurons."""
    count = np.arange(width + 1)
    weight = stats.binom.pmf(count, width, chance)
    above = np.where(count == 0, 0.0, stats.chi2.sf(width * high, np.maximum(count, 1)))
    below = np.where(count == 0, 1.0, stats.chi2.cdf(width * low, np.maximum(count, 1)))
    return float(weight @ below) if low > 0 else 0.0, float(weight @ above)


@pytest.mark.parametrize("width", [1, 20, 1000])
@pytest.mark.parametrize("s", [0.5, 5.0, 20.0])
def test_bounds_hold_and_the_sharp_one_is_sharp(width: int, s: float) -> None:
    z = normal(10, 1, 2)
    for x in (z, normal(11, 1, 2), -3 * z):
        theory, chance = Concentration(0.0, width), float(phi(z, x, 0.0))
        low, high = (float(end) for end in theory.kernel_range(z, x, s))
        for tail in relu_tails(width, chance, low, high):
            assert tail <= math.exp(-s)
        # a Chernoff bound loses a factor that grows only like sqrt(s) where the law is smooth
        if width == 1000:
            lost = [math.exp(-s) / tail for tail in relu_tails(width, chance, low, high)]
            assert max(lost) <= 8 * math.sqrt(1 + s)
        bound = theory.kernel_bound(s)
        assert sum(relu_tails(width, chance, chance - bound, chance + bound)) <= 4 * math.exp(-s)
        assert high - chance < bound
        assert chance - low < bound


@pytest.mark.parametrize("slope", [*SLOPES, 0.05])
@pytest.mark.parametrize("width", [1, 30, 3000])
def test_the_sharp_range_is_within_its_explicit_form(slope: float, width: int) -> None:
    """docs/probability.md: sqrt(6 Phi_{gamma^2} s/m) + 2 s/m above, without the last term below."""
    z, X = normal(12, 3, 4), 3 * normal(13, 5, 4)
    for s in (0.1, 3.0, 30.0):
        low, high = Concentration(slope, width).kernel_range(z, X, s)
        centre, second = phi(z, X, slope), phi(z, X, slope**2)
        root = torch.sqrt(6 * second * s / width)
        assert bool((high - centre <= (root + 2 * s / width) * (1 + 1e-3)).all())
        assert bool((centre - low <= root * (1 + 1e-3)).all())


# --- P4's formulas --------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_targets_by_enumeration(slope: float, scenario: str, beta: float) -> None:
    N, d, eps = 7, 3, 1.3
    X, z, nu = normal(14, N, d), normal(15, 4, d), unit_rows(normal(16, N, d))
    natural = X if scenario == "b" else torch.zeros_like(X)
    attack, theory = Attack(natural, nu, eps, beta), Concentration(slope, 9)
    found = []
    for signs in itertools.product((-1.0, 1.0), repeat=N):
        targets = torch.tensor(signs, dtype=torch.float64)
        found.append(g_hat(z, natural, eps * targets[:, None] * nu, targets, slope, beta))
    every = torch.stack(found)
    torch.testing.assert_close(theory.target_mean(z, attack), every.mean(dim=0))
    change = every - every.mean(dim=0)
    torch.testing.assert_close(theory.target_variance(z, attack), change.square().mean(dim=0))
    torch.testing.assert_close(theory.target_fourth(z, attack), (change**4).mean(dim=0))
    for delta in (0.9, 0.3, 0.05, 1e-3):
        failed = change.abs() > theory.target_bound(z, attack, delta) + 1e-12
        assert float(failed.double().mean(dim=0).max()) <= delta


# --- what follows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", SLOPES)
def test_the_output_error_of_a_wide_network_is_bounded_on_average(slope: float) -> None:
    """docs/probability.md: the explicit constant of R1's 1/sqrt m."""
    d, N, m, n = 3, 8, 200, 300
    X, z = normal(19, N, d), normal(20, 1, d)
    y = (z @ X.T + 1)[0].sign()  # so that nothing cancels
    recipe = Recipe((1.0, 0.5), slope=slope)
    generator = torch.Generator(device="cpu").manual_seed(22)
    start = initialise(m, d, generator=generator, dtype=torch.float64, device="cpu", networks=(n,))
    trained = train(start, X, y, recipe).params
    change = output(trained, z, slope) - output(start, z, slope)
    error = (change[:, 0] - recipe.time * f_hat(z, X, y, slope)).abs()

    theory, k = Concentration(slope, m), (z @ X.T + 1).abs()
    M_z, M_x = recipe.time * k.mean(), recipe.time * (X @ X.T + 1).abs().mean(dim=1)
    at_x = theory.flip_mean(theory.flip_ratio(X, M_x))
    bound = theory.output_flips(theory.flip_ratio(z, M_z), M_z)
    bound = bound + (1 - slope**2) / 2 * recipe.time * (k * at_x).mean()
    bound = bound + math.sqrt(3 / m) * M_z
    assert float(error.mean()) <= float(bound)
    assert float(error.mean()) >= 0.1 * float(bound)  # not a bound without content
