from __future__ import annotations

import itertools
import math
import subprocess
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, special
from torch import Tensor

from verifier.kernel import f0_covariance, k_inf, kernel_sum, phi, weighted_direction
from verifier.kernel_gradient import phi_gradient, phi_gradient_sum
from verifier.network import initialise, output

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)
mpf: Any = mpmath.mpf


def points(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


def covariance(x: Tensor, z: Tensor) -> tuple[float, float, float]:
    """Of `u(x)`, `u(z)` over `w ~ N(0, I/d)`, `b ~ N(0, 1)`: the two variances, then rho."""
    d = len(x)
    s_x, s_z, c = (float(p @ q) / d + 1 for p, q in ((x, x), (z, z), (x, z)))
    return s_x, s_z, c / math.sqrt(s_x * s_z)


def integrated_phi(x: Tensor, z: Tensor, slope: float) -> float:
    """`E[phi'(u) phi'(v)]` from the probability of each quadrant, integrated numerically."""
    rho = covariance(x, z)[2]
    rest = math.sqrt(1 - rho * rho)

    def quadrant(sign_u: int, sign_v: int) -> float:
        def density(t: float) -> float:
            return normal_density(t) * float(special.ndtr(sign_u * sign_v * rho * t / rest))

        value, _ = integrate.quad(density, 0.0, 12.0, epsabs=1e-13, epsrel=1e-12, limit=200)
        return float(value)

    signs = ((1, 1, 1.0), (1, -1, slope), (-1, 1, slope), (-1, -1, slope * slope))
    return sum(weight * quadrant(p, q) for p, q, weight in signs)


def integrated_covariance(x: Tensor, z: Tensor, slope: float) -> float:
    """`E[phi(u) phi(v)]`, a two-dimensional integral on the smooth quadrants of u and of v."""
    s_x, s_z, rho = covariance(x, z)
    rest = math.sqrt(1 - rho * rho)

    def leaky(u: float) -> float:
        return u if u >= 0 else slope * u

    def given_first(t: float) -> float:
        mean, kink = rho * t, -rho * t / rest

        def integrand(r: float) -> float:
            return normal_density(r) * leaky(mean + rest * r)

        pieces = sorted((-9.0, min(max(kink, -9.0), 9.0), 9.0))
        nodes = [gauss(integrand, *ends) for ends in itertools.pairwise(pieces)]
        return normal_density(t) * leaky(t) * sum(nodes)

    halves = (gauss(given_first, -9.0, 0.0), gauss(given_first, 0.0, 9.0))
    return math.sqrt(s_x * s_z) * sum(halves)


def normal_density(t: float) -> float:
    return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)


def gauss(function: Any, low: float, high: float) -> float:
    middle, half = (low + high) / 2, (high - low) / 2
    return half * sum(w * function(middle + half * t) for t, w in zip(NODES, WEIGHTS, strict=True))


def exact_phi(x: Tensor, z: Tensor, slope: float) -> float:
    """Theory's closed form with 100 digits, where arcsin loses nothing that matters."""
    with mpmath.workdps(100):
        g = mpf(slope)
        return float(g + (1 - g) ** 2 * (mpf(1) / 4 + mpmath.asin(correlation(x, z)) / two_pi()))


def two_pi() -> Any:
    """With the digits of mpmath's context."""
    return 2 * mpmath.pi


def correlation(x: Any, z: Any) -> Any:
    """`rho` with the digits of mpmath's context."""
    p, q = ([mpf(float(v)) for v in t] for t in (x, z))
    s_x, s_z, c = (mpmath.fdot(s, t) / len(p) + 1 for s, t in ((p, p), (q, q), (p, q)))
    return min(c / mpmath.sqrt(s_x * s_z), mpf(1))


def exact_gradient(z: Tensor, x: Tensor, slope: float) -> list[float]:
    """`nabla_z Phi(z, x)` by central differences on 200 digits."""
    with mpmath.workdps(200):
        p, q = ([mpf(float(v)) for v in t] for t in (z, x))
        d, gap = len(p), mpf(10) ** -60
        result = []
        for k in range(d):
            ends = []
            for sign in (1, -1):
                there = [v + sign * gap * (i == k) for i, v in enumerate(p)]
                s_z, s_x, c = (
                    mpmath.fdot(s, t) / d + 1 for s, t in ((there, there), (q, q), (there, q))
                )
                ends.append(mpmath.asin(c / mpmath.sqrt(s_z * s_x)))
            result.append(float((1 - mpf(slope)) ** 2 * (ends[0] - ends[1]) / (2 * gap) / two_pi()))
    return result


def dense_phi(z: Tensor, X: Tensor, slope: float) -> np.ndarray:
    """Theory's determinant form, for all pairs at once in NumPy."""
    p, q = z.double().numpy()[:, None, :], X.double().numpy()[None, :, :]
    d, e = p.shape[-1], q - p
    s_z, c = (p * p).sum(-1) / d + 1, (p * q).sum(-1) / d + 1
    det = np.maximum(s_z * (e * e).sum(-1) / d - ((p * e).sum(-1) / d) ** 2, 0.0)
    return slope + (1 - slope) ** 2 * (0.25 + np.arctan2(c, np.sqrt(det)) / (2 * math.pi))


# Phi, K_inf and the covariance


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("d", [1, 2, 7])
def test_phi_is_the_integrated_expectation(d: int, slope: float) -> None:
    z, X = 2 * points(1, 4, d), 2 * points(2, 3, d)
    got = phi(z, X, slope)
    for i, n in np.ndindex(4, 3):
        assert float(got[i, n]) == pytest.approx(integrated_phi(X[n], z[i], slope), abs=1e-11)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_phi_is_the_mean_of_many_drawn_neurons(slope: float) -> None:
    g = torch.Generator("cpu").manual_seed(3)
    net = initialise(400_000, 2, generator=g, **CPU64)
    z, X = points(4, 3, 2), points(5, 3, 2)
    at_z, at_x = (1 - (1 - slope) * (p @ net.W.T + net.b < 0).double() for p in (z, X))
    assert (at_z @ at_x.T / net.width - phi(z, X, slope)).abs().max() < 5 * 0.5 / math.sqrt(4e5)


def near_and_far(d: int) -> tuple[Tensor, Tensor]:
    """Coinciding, almost coinciding, opposite, multiple and zero points, of sizes 1e-8 to 1e8."""
    size = torch.logspace(-8, 8, 9, **CPU64)[:, None]
    X = size * points(6, 9, d)
    gaps = [X + gap * size * points(7, 9, d) for gap in (1e-15, 1e-12, 1e-8, 1e-4, 1e-1)]
    opposite = [-X, -X + 1e-8 * size * points(8, 9, d), -X.flip(0)]
    return torch.cat([X, *gaps, *opposite, 3 * X, torch.zeros_like(X[:1])]), X


@pytest.mark.parametrize("d", [1, 2, 10])
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_phi_has_many_correct_digits_everywhere(d: int, slope: float) -> None:
    z, X = near_and_far(d)
    exact = np.array([[exact_phi(x, p, slope) for x in X] for p in z])
    assert np.abs(phi(z, X, slope).numpy() - exact).max() < 2e-15


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("spread", [0.5, 1e-1, 1e-2, 1e-4, 1e-7])
@pytest.mark.parametrize("length", [0.0, 3.0, 100.0])
def test_phi_of_a_tight_cluster_has_as_many_digits(
    length: float, spread: float, dtype: torch.dtype
) -> None:
    d = 20
    centre = length * points(0, d) / math.sqrt(d)
    X = (centre + spread * points(1, 60, d)).to(dtype)
    z = torch.cat([(centre + 0.3 * spread * points(2, 40, d)).to(dtype), X[:5], -X[:5]])
    u, v = (np.concatenate([t.numpy(), np.full((len(t), 1), math.sqrt(d))], 1) for t in (z, X))
    u, v = (t.astype(np.longdouble) for t in (u, v))
    u, v = (t / np.sqrt((t * t).sum(1, keepdims=True)) for t in (u, v))
    gap, total = (np.sqrt(((u[:, None] - s * v) ** 2).sum(-1)) for s in (1, -1))
    theta = 2 * np.arctan2(gap, total)
    found = phi(z, X, 0.0).numpy()  # 1/2 - theta/(2 pi)
    error = np.abs(found - (0.5 - theta / (2 * np.longdouble(np.pi))))
    assert float(error.max()) < 8 * torch.finfo(dtype).eps


def test_phi_of_a_tight_cluster_has_its_gradient() -> None:
    X, z = 0.05 * points(3, 30, 4), (0.05 * points(4, 8, 4)).requires_grad_()
    (found,) = torch.autograd.grad(phi(z, X, 0.2).sum(), z)
    expected = phi_gradient(z.detach(), X, 0.2).sum(dim=1)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_phi_of_coinciding_points_is_exact(slope: float) -> None:
    _, X = near_and_far(5)
    assert phi(X, X, slope).diagonal().tolist() == [slope + (1 - slope) ** 2 * 0.5] * len(X)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_k_inf_is_phi_times_the_inner_product(slope: float, beta: float) -> None:
    z, X = points(9, 5, 3), points(10, 4, 3)
    got = k_inf(z, X, slope, beta)
    for i, n in np.ndindex(5, 4):
        expected = exact_phi(X[n], z[i], slope) * (math.fsum(float(v) for v in z[i] * X[n]) + beta)
        assert float(got[i, n]) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("d", [1, 3])
def test_f0_covariance_is_the_integrated_expectation(d: int, slope: float) -> None:
    x, z = points(11, 2, d), 2 * points(12, 2, d)
    got = f0_covariance(x, z, slope)
    for i, n in np.ndindex(2, 2):
        assert float(got[i, n]) == pytest.approx(integrated_covariance(x[i], z[n], slope), rel=1e-9)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_f0_covariance_is_that_of_many_drawn_networks(slope: float) -> None:
    g = torch.Generator("cpu").manual_seed(13)
    count = 200_000
    many = initialise(2, 2, generator=g, networks=(count,), **CPU64)
    x = points(14, 3, 2)
    products = torch.einsum("np,nq->npq", *[output(many, x, slope)] * 2)
    noise = products.std(dim=0) / math.sqrt(count)
    assert ((products.mean(dim=0) - f0_covariance(x, x, slope)).abs() < 4.5 * noise).all()


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_f0_covariance_has_many_correct_digits_everywhere(slope: float) -> None:
    z, X = near_and_far(3)
    got = f0_covariance(z, X, slope)
    with mpmath.workdps(100):
        for i, n in np.ndindex(len(z), len(X)):
            p, q = ([mpf(float(v)) for v in t] for t in (z[i], X[n]))
            s_x, s_z, c = (mpmath.fdot(s, t) / 3 + 1 for s, t in ((q, q), (p, p), (p, q)))
            size, th = mpmath.sqrt(s_x * s_z), mpmath.acos(correlation(z[i], X[n]))
            arc = (mpmath.sin(th) + (mpmath.pi - th) * mpmath.cos(th)) / two_pi()
            exact = mpf(slope) * c + (1 - mpf(slope)) ** 2 * size * arc
            assert abs(mpf(float(got[i, n])) - exact) < mpf(4e-15) * size


def test_f0_variance_is_half_the_squared_size() -> None:
    x = points(15, 4, 6)
    for slope in SLOPES:
        expected = (1 + slope**2) / 2 * (x.square().sum(dim=1) / 6 + 1)
        torch.testing.assert_close(f0_covariance(x, x, slope).diagonal(), expected)


@pytest.mark.parametrize("slope", SLOPES)
def test_float32_keeps_float32_s_digits(slope: float) -> None:
    single = [t.float() for t in near_and_far(4)]
    z, X = (t[t.abs().amax(dim=1) < 1e5] for t in single)
    low, high = phi(z, X, slope), phi(z.double(), X.double(), slope)
    assert low.dtype == torch.float32
    assert (low.double() - high).abs().max() < 8 * torch.finfo(torch.float32).eps
    y = torch.ones(len(X), dtype=torch.float32, device="cpu")
    z = z[z.abs().amax(dim=1) < 10]
    X = X.clamp(-10, 10)
    for low, high in (
        (kernel_sum(z, X, y, slope, 1.0), kernel_sum(z.double(), X.double(), y.double(), slope, 1)),
        (weighted_direction(z, X, y, slope), dense_direction(z, X, y, slope)),
    ):
        assert low.dtype == torch.float32
        assert (low.double() - high).abs().max() < 2e-6 * high.abs().max()


def dense_direction(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    return torch.from_numpy(
        np.einsum("pn,n,nd->pd", dense_phi(z, X, slope), weights.double(), X.double())
    )


# The gradient of Phi


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("d", [1, 2, 6])
def test_phi_gradient_is_the_difference_quotient(d: int, slope: float) -> None:
    z, X = points(16, 4, d), points(17, 3, d)
    got = phi_gradient(z, X, slope)
    assert got.shape == (4, 3, d)
    for i, n in np.ndindex(4, 3):
        assert got[i, n].tolist() == pytest.approx(exact_gradient(z[i], X[n], slope), rel=1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_phi_gradient_is_autograd_s_of_the_determinant_form(slope: float) -> None:
    z, X, d = points(18, 4, 5).requires_grad_(), points(19, 3, 5), 5
    e = X - z[:, None]
    det = (z.square().sum(1)[:, None] / d + 1) * e.square().sum(2) / d
    det = det - ((z[:, None] * e).sum(2) / d) ** 2
    value = (1 - slope) ** 2 * torch.atan2(z @ X.T / d + 1, det.sqrt()) / (2 * math.pi)
    for n in range(3):
        (expected,) = torch.autograd.grad(value[:, n].sum(), z, retain_graph=True)
        got = phi_gradient(z.detach(), X, slope)[:, n]
        torch.testing.assert_close(got, expected, rtol=1e-12, atol=1e-14)


def nearly_parallel(d: int, scale: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """A sample and points at all distances from it, from its line and from the opposite line."""
    x, other = (scale * points(seed, 1, d).to(dtype) for seed in (20, 21))
    multiples = (1.001, 1 + 1e-8, 1 + 4 * torch.finfo(dtype).eps, 0.1, 2.0, 3.0, -1.0, -3.0, 0.0)
    gaps = (2.0, 1e-1, 1e-3, 1e-6, 1e-12)
    beside = [side * x + gap * other for side in (1, -1) for gap in gaps]
    z = [*(k * x for k in multiples), *beside, 1.001 * x + 1e-9 * other, torch.nextafter(x, 2 * x)]
    return torch.cat(z), x


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(torch.float64, 10.0**k) for k in (-8, -4, -2, 0, 2, 4, 8)]
    + [(torch.float32, 10.0**k) for k in (-4, -2, 0, 2, 4)],
    ids=str,
)
def test_phi_gradient_keeps_its_digits_at_the_cusp_and_on_lines(
    dtype: torch.dtype, scale: float, d: int
) -> None:
    """Error in units of rounding of the largest gradient there is at z.

    Pairs a little too far apart for the split into e_par and e_perp lose a factor of ten.
    """
    z, x = nearly_parallel(d, scale, dtype)
    one = torch.ones(1, dtype=dtype, device="cpu")
    got = phi_gradient(z, x, 0.0)[:, 0]
    alone = phi_gradient_sum(z, x, one, 0.0, 0.0)
    for k, there in enumerate(z):
        if torch.equal(there, x[0]):
            assert not bool(got[k].any() or alone[k].any())
            continue
        exact = torch.tensor(exact_gradient(there, x[0], 0.0), **CPU64)
        s_z = covariance(there.double(), there.double())[0]
        unit = torch.finfo(dtype).eps / (2 * math.pi * math.sqrt(d * s_z))
        assert torch.linalg.vector_norm(exact) < 1.0001 * unit / torch.finfo(dtype).eps
        assert torch.linalg.vector_norm(got[k].double() - exact) < 30 * unit
        inner = there.double() @ x[0].double()
        rounding = 30 * unit * (there.double().abs() @ x[0].double().abs())
        assert torch.linalg.vector_norm(alone[k].double() - inner * exact) < rounding + 1e-300


def test_phi_gradient_on_a_line_through_zero() -> None:
    """There e = x - z lies along z: the gradient is `(t - 1) z/(d s_z sqrt(det)) / (2 pi)`."""
    z = 1e8 * torch.eye(3, **CPU64)
    for t in (0.5, 1.25, 2.0, -1.0):
        root = abs(t - 1) * 1e8 / math.sqrt(3)
        expected = (t - 1) * z / (3 * (1e16 / 3 + 1) * root) / (2 * math.pi)
        for n in range(3):
            got = phi_gradient(z[n : n + 1], t * z[n : n + 1], 0.0)[0, 0]
            torch.testing.assert_close(got, expected[n], rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("scale", [1e-8, 1.0])
def test_phi_gradient_sum_over_many_close_pairs_streams(scale: float) -> None:
    """More close pairs than one block holds: at 1e-8 all pairs are close."""
    base = points(26, 300, 3)
    X = scale * torch.cat((base, base + 1e-9 * points(27, 300, 3)))
    z = scale * base
    weights = points(28, 600)
    each = phi_gradient(z, X, 0.3)
    expected = torch.einsum("pn,pnd->pd", (z @ X.T + 1.0) * weights, each)
    got = phi_gradient_sum(z, X, weights, 0.3, 1.0)
    assert (got - expected).abs().max() < 1e-12 * expected.abs().max()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_cusp_gives_zero(dtype: torch.dtype) -> None:
    for d in (1, 3, 50, 784):
        X = torch.cat((points(22, 3, d), torch.zeros(1, d, **CPU64))).to(dtype)
        X = torch.cat((X, X[:1]))  # a duplicate
        gradient = phi_gradient(X, X, 0.3)
        for i, n in np.ndindex(5, 5):
            assert bool((gradient[i, n] == 0).all()) == torch.equal(X[i], X[n])
        for row in range(5):  # however the points are handed over
            alone = phi_gradient(X[row : row + 1].clone(), X, 0.3)
            assert torch.equal(alone[0, row], torch.zeros_like(X[0]))
        assert bool(torch.isfinite(gradient).all())


# Streamed sums

STREAMED = pytest.mark.parametrize(
    ("count", "samples", "d"),
    [
        (5, 4, 3),
        (1, 3000, 2),  # one row of blocks
        (600, 700, 2),  # 512 x 512 pairs a block: both directions are cut
        (1100, 30, 1),
        (3, 300_000, 2),  # samples in blocks of 87381
    ],
)


def sums_problem(count: int, samples: int, d: int) -> tuple[Tensor, Tensor, Tensor]:
    """Every sample twice with weights of their own, and points that lie on samples."""
    X = points(23, samples, d)
    X[samples // 2 :] = X[: samples - samples // 2].clone()
    z = points(24, count, d)
    z[-1], z[0] = X[0], X[-1]
    return z, X, points(25, samples)


@STREAMED
@pytest.mark.parametrize(("slope", "beta"), [(0.0, 1.0), (0.3, 0.0)])
def test_kernel_sum_is_the_dense_sum(
    count: int, samples: int, d: int, slope: float, beta: float
) -> None:
    z, X, weights = sums_problem(count, samples, d)
    terms = dense_phi(z, X, slope) * (z.numpy() @ X.numpy().T + beta) * weights.numpy()
    got = kernel_sum(z, X, weights, slope, beta)
    assert got.shape == (count,)
    assert np.abs(got.numpy() - terms.sum(1)).max() < 1e-13 * np.abs(terms).sum(1).max()


@STREAMED
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_weighted_direction_is_the_dense_sum(
    count: int, samples: int, d: int, slope: float
) -> None:
    z, X, weights = sums_problem(count, samples, d)
    terms = dense_phi(z, X, slope) * weights.numpy()
    got = weighted_direction(z, X, weights, slope)
    assert got.shape == (count, d)
    size = (np.abs(terms) @ np.abs(X.numpy())).max()
    assert np.abs(got.numpy() - terms @ X.numpy()).max() < 1e-13 * size


@STREAMED
@pytest.mark.parametrize(("slope", "beta"), [(0.0, 1.0), (0.3, 0.0)])
def test_phi_gradient_sum_is_the_dense_sum(
    count: int, samples: int, d: int, slope: float, beta: float
) -> None:
    """Dense: the derivative of theory's arcsin(rho), pair by pair, without the coinciding ones."""
    z, X, weights = sums_problem(count, samples, d)
    got = phi_gradient_sum(z, X, weights, slope, beta)
    assert got.shape == (count, d)
    x = X.numpy()
    s_x = (x * x).sum(1) / d + 1
    checked = range(count) if count < 10 else (0, 1, 511, 512, 513, count - 1)
    for i in (k for k in checked if k < count):
        p = z[i].numpy()
        e = x - p
        s_z, c = p @ p / d + 1, x @ p / d + 1
        det = s_z * (e * e).sum(1) / d - (e @ p / d) ** 2  # s_x s_z (1 - rho^2)
        apart = (e != 0).any(1)
        factor = (x @ p + beta) * weights.numpy() * (1 - slope) ** 2 / (2 * math.pi)
        slope_of_rho = x / d - np.outer(c / s_z, p / d)  # times sqrt(s_x s_z)
        with np.errstate(all="ignore"):
            terms = (factor / np.sqrt(det))[:, None] * slope_of_rho
        terms = terms[apart]
        assert len(terms) <= samples - (i in (0, count - 1))
        assert s_x.min() >= 1
        # a pair at an angle t is known to eps/t only
        size = np.abs(terms).sum() + np.abs(factor[apart] / np.sqrt(det[apart])).sum()
        assert np.abs(got[i].numpy() - terms.sum(0)).max() < 1e-12 * size


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_phi_gradient_sum_is_the_sum_of_phi_gradients(slope: float) -> None:
    z, X, weights = sums_problem(7, 9, 3)
    each = phi_gradient(z, X, slope) * ((z @ X.T + 1.0) * weights)[:, :, None]
    got = phi_gradient_sum(z, X, weights, slope, 1.0)
    torch.testing.assert_close(got, each.sum(dim=1), rtol=1e-12, atol=1e-13)


def test_sums_write_to_nothing() -> None:
    handed = sums_problem(6, 8, 2)
    copies = [t.clone() for t in handed]
    z, X, weights = handed
    kernel_sum(z, X, weights, 0.3, 1.0)
    weighted_direction(z, X, weights, 0.3)
    phi_gradient_sum(z, X, weights, 0.3, 1.0)
    phi_gradient(z, X, 0.3)
    f0_covariance(z, X, 0.3)
    assert all(torch.equal(s, t) for s, t in zip(handed, copies, strict=True))


MEMORY = """
import resource, torch
torch.set_num_threads(1)
from verifier.prediction import f_hat
g = torch.Generator("cpu").manual_seed(1)
single = {"dtype": torch.float32, "device": "cpu"}
z, X = (torch.randn(n, 2, generator=g, **single) for n in (1_024, 50_000))
y = X[:, 0].sign()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
value = f_hat(z, X, y, 0.3)
assert value.isfinite().all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_f_hat_streams_50000_samples_in_little_memory() -> None:
    """1,024 z stand for 50,000: they fill two rows of blocks, and further rows reuse the memory.

    What grows with z beside the blocks is a few vectors: under 2 MB for 50,000 z. All 2.5e9 pairs
    take minutes; they were measured once, at 31 MiB.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True, timeout=100
    )
    assert int(done.stdout) < 150 * 1024, "KiB; one dense array of these pairs is 195 MiB"
