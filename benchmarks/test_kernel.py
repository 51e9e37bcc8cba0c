"""Streamed kernel sums: `kernel_sum`, `weighted_direction`, `phi_gradient_sum`.

library    sums over samples in blocks, with angles exact to rounding at coinciding points;
baseline   the formula of Phi as written, dense: several arrays of P N entries at once, arcsin at
           its own precision; the sum with nabla Phi by autograd;
limit      only the matrix products that a sum cannot do without, into memory set aside before;
bandwidth  only moves the bytes of a code that keeps no pair: points in, sums out;
arccos     those products and one arccos for each pair, in blocks that stay in cache: no code that
           computes an angle per pair with torch can do less (`phi_gradient_sum` needs no angles).

For `kernel_sum` also three that estimate Phi from drawn neurons, as many each:

monte_carlo  as the paper's published code: a (P, N) matrix of averages over draws, then the sum;
factored     the same draws, but samples summed first: no pairs, (P + N) d operations a draw;
features     `kernel_sum_by_features`, which draws only for what is not linear in z and x.

Read their times beside their errors, which fall as one over the square root of the draws.

"cache-sized": P N entries fit a CPU's cache; "memory-sized": they do not, and a dense code pays
for each pass through memory; "paper-sized": as many points, samples and dimensions as in the paper.
library/arccos says what the passes beside the arccos cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.conftest import Contest
from benchmarks.measure import (
    BANDWIDTH,
    BASELINE,
    LIBRARY,
    LIMIT,
    assert_same,
    copying,
    relative_error,
)
from verifier.kernel.phi import kernel_sum, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.kernel.random_features import kernel_sum_by_features
from verifier.model.device import block_elements

SIZES = {  # P, N, d
    "cache": (256, 256, 20),
    "memory": (3000, 3000, 20),
    "paper": (20_000, 2000, 100),
}
ARCCOS, MONTE_CARLO, FACTORED, FEATURES = "arccos", "monte_carlo", "factored", "features"
DRAWS = 1000  # of the published code
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


def drawn_patterns(z: Tensor, X: Tensor) -> tuple[Tensor, Tensor]:
    """`phi'(u)` of `DRAWS` fresh neurons at z, (P, M), and at X, (N, M)."""
    d = X.shape[1]
    generator = torch.Generator(device=z.device).manual_seed(0)
    like = {"generator": generator, "dtype": z.dtype, "device": z.device}
    w, b = torch.randn(d, DRAWS, **like) / math.sqrt(d), torch.randn(DRAWS, **like)
    at_z, at_x = ((t @ w + b >= 0).to(t.dtype).clamp(min=SLOPE) for t in (z, X))
    return at_z, at_x


def monte_carlo_sum(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    at_z, at_x = drawn_patterns(z, X)
    return (at_z @ at_x.T / DRAWS * (z @ X.T + BETA)) @ weights


def factored_sum(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    at_z, at_x = drawn_patterns(z, X)
    pull = at_x.mul_(weights[:, None]).T
    return (at_z * (z @ (pull @ X).T + BETA * pull.sum(dim=1))).mean(dim=1)


def features_sum(z: Tensor, X: Tensor, weights: Tensor) -> Tensor:
    generator = torch.Generator(device=z.device).manual_seed(0)
    many = {"features": DRAWS, "generator": generator}
    return kernel_sum_by_features(z, X, weights, SLOPE, BETA, **many).value


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
        (1, 0),
    ),
    "weighted_direction": (
        lambda z, X, w: weighted_direction(z, X, w, SLOPE),
        dense_direction,
        (1, 1),
    ),
    "phi_gradient_sum": (
        lambda z, X, w: phi_gradient_sum(z, X, w, SLOPE, BETA),
        dense_gradient_sum,
        (1, 1),
    ),
}


CONTESTS = [(n, c) for n in SUMS for c in (LIBRARY, BASELINE, LIMIT, BANDWIDTH)]
CONTESTS += [(n, ARCCOS) for n in ("kernel_sum", "weighted_direction")]
CONTESTS += [("kernel_sum", c) for c in (MONTE_CARLO, FACTORED, FEATURES)]


@pytest.mark.parametrize(("name", "contestant"), CONTESTS)
def test_sum(contest: Contest, name: str, contestant: str, points: Points) -> None:
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
    if contestant == BANDWIDTH:
        contest.time(name, contestant, copying(work["bytes"], z.device), **work)
        return
    exact = dense(*(t.double() for t in points))
    calls = {
        LIBRARY: streamed,
        BASELINE: dense,
        MONTE_CARLO: monte_carlo_sum,
        FACTORED: factored_sum,
        FEATURES: features_sum,
    }
    result = contest.time(
        name,
        contestant,
        lambda: calls[contestant](*points),
        lambda result: relative_error(result, exact),
        **work,
    )
    if contestant in (LIBRARY, BASELINE):
        assert_same(result, exact)
