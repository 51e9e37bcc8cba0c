"""Where reading a value makes the host wait, near pairs are added later: the same sums."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from verifier.kernel.phi import f0_covariance, kernel_sum, phi, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient, phi_gradient_sum

Sum = Callable[[Tensor, Tensor, Tensor], Tensor]
SUMS: dict[str, Sum] = {
    "kernel_sum": lambda z, X, w: kernel_sum(z, X, w, 0.2, 1.0),
    "weighted_direction": lambda z, X, w: weighted_direction(z, X, w, 0.2),
    "phi_gradient_sum": lambda z, X, w: phi_gradient_sum(z, X, w, 0.2, 1.0),
    "phi": lambda z, X, w: phi(z, X, 0.2) * w,
    "phi_gradient": lambda z, X, w: phi_gradient(z, X, 0.2),
    "f0_covariance": lambda z, X, w: f0_covariance(z, X, 0.2),
}
EACH = pytest.mark.parametrize("name", SUMS)


def points(kind: str, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(3)
    X = torch.randn(9, 4, generator=g, dtype=torch.float64, device="cpu")
    if kind == "clustered":  # every pair is near
        X = X[:1] + 1e-3 * X
    z = torch.cat((X, -X, 1.001 * X, 1e6 * X, 1e-6 * X, torch.zeros_like(X[:1]), X.flip(1)))
    weights = torch.randn(9, generator=g, dtype=torch.float64, device="cpu")
    return z.to(dtype), X.to(dtype), weights.to(dtype)


def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.kernel.phi._TILE_BYTES", 160)
    monkeypatch.setattr("verifier.kernel.phi._TILE_ROWS", 5)
    monkeypatch.setattr("verifier.kernel.angles.block_elements", lambda _: 12)  # three pairs


@EACH
@pytest.mark.parametrize("kind", ["apart", "clustered"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("tiled", [False, True])
def test_the_same_values(
    name: str, kind: str, dtype: torch.dtype, tiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    z, X, weights = points(kind, dtype)
    expected = SUMS[name](z.double(), X.double(), weights.double())
    if tiled:
        small_tiles(monkeypatch)
    at_once = SUMS[name](z, X, weights)
    monkeypatch.setattr("verifier.model.device.READS_AT_ONCE", frozenset())
    found = SUMS[name](z, X, weights)
    size = expected.abs().amax(dim=tuple(range(1, expected.ndim)), keepdim=True)
    size = torch.maximum(size, weights.double().abs().sum())
    rounding = 100 * torch.finfo(dtype).eps * size * (1 + z.double().norm(dim=1).max())
    assert ((found.double() - expected).abs() <= rounding).all()
    assert ((at_once.double() - expected).abs() <= rounding).all()


@pytest.mark.parametrize("name", [n for n in SUMS if n != "phi_gradient_sum"])  # has none
def test_the_same_gradients(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def gradient() -> tuple[Tensor, ...]:
        z, X, weights = (t.requires_grad_() for t in points("apart", torch.float64))
        value = SUMS[name](z[18:], X, weights)
        return torch.autograd.grad(value.sum(), (z, X, weights), allow_unused=True)

    expected = gradient()
    monkeypatch.setattr("verifier.model.device.READS_AT_ONCE", frozenset())
    for got, want in zip(gradient(), expected, strict=True):
        assert (got is None) == (want is None)
        if got is not None:
            torch.testing.assert_close(got, want, rtol=1e-8, atol=1e-8)


@EACH
def test_nothing_is_left_out_for_good(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without what is added later the sums differ where there are near pairs."""
    z, X, weights = points("apart", torch.float64)
    expected = SUMS[name](z, X, weights)
    monkeypatch.setattr("verifier.model.device.READS_AT_ONCE", frozenset())
    monkeypatch.setattr("verifier.kernel.angles._pairs", lambda *_: iter(()))
    assert not torch.allclose(SUMS[name](z, X, weights), expected, rtol=1e-6)
