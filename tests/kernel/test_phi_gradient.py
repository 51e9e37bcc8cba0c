"""The gradient of Phi against difference quotients of many digits and autograd."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.kernel.witnesses import (
    CPU64,
    SLOPES,
    covariance,
    exact_gradient,
    points,
)
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum


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
