from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from tests.kernel.witnesses import (
    CPU64,
    SLOPES,
    correlation,
    dense_direction,
    exact_phi,
    integrated_covariance,
    integrated_phi,
    mpf,
    points,
    two_pi,
)
from verifier.kernel.phi import (
    f0_covariance,
    k_inf,
    kernel_sum,
    phi,
    weighted_direction,
)
from verifier.kernel.phi_gradient import phi_gradient
from verifier.model.network import initialise, output

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
