"""Streamed kernel sums: `kernel_sum`, `weighted_direction`, `phi_gradient_sum`.

library    sums over samples in blocks, with angles exact to rounding at coinciding points;
baseline   the formula of Phi as written, dense: several arrays of P N entries at once, arcsin at
           its own precision; the sum with nabla Phi by autograd;
limit      only the matrix products of that sum, into memory set aside before;
arccos     those products and one arccos for each pair, in blocks that stay in cache: no code that
           computes an angle per pair with torch can do less.

"cache-sized": P N entries fit a CPU's cache; "memory-sized": they do not, and a dense code pays
for each pass through memory. library/arccos says what the passes beside the arccos cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.conftest import BASELINE, LIBRARY, LIMIT, Contest, assert_same
from verifier.kernel import kernel_sum, weighted_direction
from verifier.kernel_gradient import phi_gradient_sum
from verifier.network import block_elements

SIZES = {"cache": (256, 256, 20), "memory": (3000, 3000, 20)}  # P, N, d
ARCCOS = "arccos"
SLOPE, BETA = 0.1, 1.0
Points = tuple[Tensor, Tensor, Tensor]


@pytest.fixture
def points(shape: str, dtype: torch.dtype, device: torch.device) -> Points:
    """z (P, d), X (N, d) and weights (N,)."""
    P, N, d = SIZES[shape]
    generator = torch.Generator(device="cpu").manual_seed(0)
    z, X, weights = (
        torch.randn(*size, generator=generator, dtype=torch.float64, device="cpu")
        for size in ((P, d), (N, d), (N,))
    )
    return z.to(device, dtype), X.to(device, dtype), weights.to(device, dtype) / N


def dense_phi(z: Tensor, X: Tensor) -> Tensor:
    d = z.shape[1]
    s_z, s_x = (t.square().sum(dim=1) / d + 1 for t in (z, X))
    rho = (z @ X.T / d + 1) / (s_z.sqrt()[:, None] * s_x.sqrt())
    return SLOPE + (1 - SLOPE) ** 2 * (0.25 + torch.arcsin(rho) / (2 * math.pi))


def dense_kernel_sum(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    return (dense_phi(z, X) * (z @ X.T + BETA)) @ weights


def dense_direction(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    return (dense_phi(z, X) * weights) @ X


def dense_gradient_sum(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    variable = z.clone().requires_grad_()
    pull = weights * (z @ X.T + BETA)
    (gradient,) = torch.autograd.grad(dense_phi(variable, X), variable, grad_outputs=pull)
    return gradient


def products(
    z: Tensor, X: Tensor, to_pairs: int, to_vectors: int, angle: bool
) -> Callable[[], None]:
    """`to_pairs` products (P, d) (d, N), `to_vectors` products (P, N) (N, d), maybe an arccos."""
    rows = max(1, block_elements(z.device) // len(X))
    z, X = (t / torch.linalg.vector_norm(t, dim=1, keepdim=True) for t in (z, X))
    cosines = torch.empty(min(rows, len(z)), len(X), dtype=z.dtype, device=z.device)
    angles, vectors = torch.empty_like(cosines), torch.empty_like(z)

    def run() -> None:
        for i in range(0, len(z), rows):
            block = z[i : i + rows]
            pairs = cosines[: len(block)]
            for _ in range(to_pairs):
                torch.mm(block, X.T, out=pairs)
            if angle:
                torch.acos(pairs, out=angles[: len(block)])
            for _ in range(to_vectors):
                torch.mm(pairs, X, out=vectors[i : i + rows])

    return run


SUMS = {  # the library's, the dense one, products to pairs, products back to vectors
    "kernel_sum": (
        lambda z, X, w: kernel_sum(z, X, w, SLOPE, BETA),
        dense_kernel_sum,
        (2, 0),
    ),
    "weighted_direction": (
        lambda z, X, w: weighted_direction(z, X, w, SLOPE),
        dense_direction,
        (1, 1),
    ),
    "phi_gradient_sum": (
        lambda z, X, w: phi_gradient_sum(z, X, w, SLOPE, BETA),
        dense_gradient_sum,
        (2, 1),
    ),
}


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT, ARCCOS])
def test_sum(contest: Contest, contestant: str, name: str, points: Points) -> None:
    streamed, dense, (to_pairs, to_vectors) = SUMS[name]
    z, X, _ = points
    (P, d), N = z.shape, len(X)
    work = {
        "P": P,
        "N": N,
        "d": d,
        "flops": 2 * P * N * d * (to_pairs + to_vectors),
        "bytes": (2 * P + N) * d * z.element_size(),  # a fused code's: points in, vectors out
    }
    if contestant in (LIMIT, ARCCOS):
        limit = products(z, X, to_pairs, to_vectors, contestant == ARCCOS)
        contest.time(name, contestant, limit, **work)
        return
    if contestant == BASELINE:
        contest.time(name, BASELINE, lambda: dense(*points), **work)
        return
    result = contest.time(name, LIBRARY, lambda: streamed(*points), **work)
    assert_same(result, dense(*points))
