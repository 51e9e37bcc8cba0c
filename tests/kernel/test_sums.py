"""Streamed sums over samples against dense ones in NumPy, and the memory they take."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.kernel.witnesses import dense_phi, exact_phi, points
from tests.memory import peak_kib
from verifier.kernel.angles import is_near, lift, pair_arcs
from verifier.kernel.phi import (
    f0_covariance,
    kernel_sum,
    phi,
    weighted_direction,
)
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum

STREAMED = pytest.mark.parametrize(
    ("count", "samples", "d"),
    [
        (5, 4, 3),
        (1, 3000, 2),  # one row of tiles
        (600, 4600, 2),  # 128 x 4096 pairs a tile: both directions are cut, unevenly
        (1100, 30, 1),
        (3, 300_000, 2),  # samples in tiles of 174762
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
    checked = range(count) if count < 10 else (0, 1, 255, 256, 257, count - 1)
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


@pytest.mark.parametrize("total", [kernel_sum, weighted_direction], ids=lambda f: f.__name__)
def test_sums_can_be_differentiated(total: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By z, X or weights, in several tiles."""
    monkeypatch.setattr("verifier.kernel.phi._TILE_BYTES", 12 * 8)
    monkeypatch.setattr("verifier.kernel.phi._TILE_ROWS", 3)
    handed = [points(29, 5, 2), points(30, 7, 2), points(31, 7)]
    more = (0.3, 1.0) if total is kernel_sum else (0.3,)
    for i, variable in enumerate(handed):
        inputs = [*handed[:i], variable.clone().requires_grad_(), *handed[i + 1 :]]
        assert torch.autograd.gradcheck(lambda *t: total(*t, *more), inputs)


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


BEFORE = """
from verifier.kernel.prediction import f_hat
g = torch.Generator("cpu").manual_seed(1)
single = {"dtype": torch.float32, "device": "cpu"}
z, X = (torch.randn(n, 2, generator=g, **single) for n in (1_024, 50_000))
y = X[:, 0].sign()
"""


@pytest.mark.slow
def test_f_hat_streams_50000_samples_in_little_memory() -> None:
    """1,024 z stand for 50,000: they fill rows of tiles, and further rows reuse the memory.

    One dense array of these pairs is 195 MiB. What grows with z beside the tiles is a few vectors:
    under 2 MB for 50,000 z.
    """
    assert peak_kib(BEFORE, "assert f_hat(z, X, y, 0.3).isfinite().all()") < 100 * 1024


@pytest.mark.parametrize("gap", [0.0, 1e-9, 1e-4])
@pytest.mark.parametrize("count", [30, 300])
def test_gradients_near_and_at_samples_are_finite_and_right(gap: float, count: int) -> None:
    """Few close pairs are taken one by one, many at once; at the cusp a pair adds nothing."""
    X, weights = points(32, count, 20), points(33, count)
    if count == 300:
        X = X[:1] + 1e-3 * X
    z = (X + gap * points(34, count, 20)).requires_grad_()
    (found,) = torch.autograd.grad(kernel_sum(z, X, weights, 0.3, 1.0).sum(), z)
    with torch.no_grad():
        expected = phi_gradient_sum(z, X, weights, 0.3, 1.0) + weighted_direction(
            z, X, weights, 0.3
        )
    assert bool(torch.isfinite(found).all())
    error = (found - expected).abs().max() / expected.abs().max()
    assert error < 1e-6
    (direction,) = torch.autograd.grad(weighted_direction(z, X, weights, 0.3).sum(), z)
    assert bool(torch.isfinite(direction).all())


@pytest.mark.parametrize(("dtype", "scale"), [(torch.float32, 1e20), (torch.float64, 1e160)])
def test_phi_of_points_whose_squares_overflow(dtype: torch.dtype, scale: float) -> None:
    """There the bias says nothing any more: Phi is that of the directions."""
    z, X = points(35, 3, 4).to(dtype), points(36, 5, 4).to(dtype)
    far = phi(scale * z, scale * X, 0.2)
    near = phi(1e4 * z, 1e4 * X, 0.2)
    torch.testing.assert_close(far, near, rtol=1e-4, atol=1e-6)
    mixed = phi(torch.cat((z, scale * z)), X, 0.2)
    torch.testing.assert_close(mixed[:3], phi(z, X, 0.2))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("spread", [0.02, 1e-10, 0.0])
@pytest.mark.parametrize("centres", [1, 2])
def test_points_about_two_centres_are_not_taken_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch, centres: int, spread: float, dtype: torch.dtype
) -> None:
    """As attacked points lie: a class of targets about each, or all at one point."""
    taken: list[int] = []

    def counted(u: Tensor, v: Tensor) -> Tensor:
        taken.append(len(u))
        return pair_arcs(u, v)

    X = spread * points(37, 200, 30) + 6 * points(38, centres, 30).repeat(200 // centres, 1)
    X = X.to(dtype)
    exact = torch.tensor([exact_phi(X[0], x, 0.0) for x in X], dtype=torch.float64)
    monkeypatch.setattr("verifier.kernel.angles.pair_arcs", counted)
    found = phi(X, X, 0.0)
    # an arc to 4 units of rounding, over 2 pi, and the rounding of Phi itself
    torch.testing.assert_close(found[0].double(), exact, rtol=0, atol=torch.finfo(dtype).eps)
    z = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(phi(z, X, 0.0).sum(), z)
    assert bool(gradient.isfinite().all())
    taken.clear()
    phi(X, X, 0.0)
    near = int(is_near(lift(X) @ lift(X).T).count_nonzero())
    assert near >= 200 * 200 // centres
    assert sum(taken) < near / 20
