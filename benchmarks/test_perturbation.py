"""The attack: `verifier.model.attack.perturb`.

library    the closed form of nabla f in blocks of points, checks of its inputs included;
baseline   autograd of the sum of f over the points, divided by its length;
limit      the two matrix products, (N, d) (d, m) and (N, m) (m, d), into memory set aside before;
bandwidth  only moves the bytes of plain code: u and the pattern, each written and read.

"cache-sized": N m entries fit a CPU's cache; "memory-sized": they do not; "paper-sized": as many
samples, neurons and dimensions as in the paper's experiments.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu, linear

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
from verifier.model.attack import perturb
from verifier.model.network import Parameters, initialise

SIZES = {  # N, m, d
    "cache": (64, 1024, 20),
    "memory": (250, 50_000, 20),
    "paper": (2000, 1000, 1000),
}
EPS, SLOPE = 0.7, 0.1
Problem = tuple[Parameters, Tensor, Tensor]


@pytest.fixture
def problem(shape: str, dtype: torch.dtype, device: torch.device) -> Problem:
    """A network, X (N, d) and targets (N,)."""
    N, m, d = SIZES[shape]
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(m, d, generator=generator, dtype=dtype, device=device)
    X = torch.randn(N, d, generator=generator, dtype=torch.float64, device="cpu")
    targets = X.sign().prod(dim=1)
    return params, X.to(device, dtype), targets.to(device, dtype)


def autograd(problem: Problem) -> Tensor:
    params, X, targets = problem
    x = X.clone().requires_grad_()
    f = leaky_relu(linear(x, params.W, params.b), SLOPE) @ params.a / math.sqrt(params.width)
    (gradient,) = torch.autograd.grad(f.sum(), x)
    return EPS * targets[:, None] * gradient / torch.linalg.vector_norm(gradient, dim=1)[:, None]


def products(problem: Problem) -> Callable[[], None]:
    params, X, _ = problem
    u, gradient = X @ params.W.T, torch.empty_like(X)

    def run() -> None:
        torch.mm(X, params.W.T, out=u)
        torch.mm(u, params.W, out=gradient)

    return run


@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT, BANDWIDTH])
def test_perturb(contest: Contest, contestant: str, problem: Problem) -> None:
    params, X, targets = problem
    (N, d), m = X.shape, params.width
    work = {
        "N": N,
        "m": m,
        "d": d,
        "flops": 4 * N * m * d,
        "bytes": 4 * N * m * X.element_size(),  # u and the pattern, each written and read
    }
    if contestant == LIMIT:
        contest.time("perturb", LIMIT, products(problem), **work)
        return
    if contestant == BANDWIDTH:
        contest.time("perturb", BANDWIDTH, copying(work["bytes"], X.device), **work)
        return
    exact = autograd((Parameters(*(t.double() for t in params)), X.double(), targets.double()))
    calls = {
        BASELINE: lambda: autograd(problem),
        LIBRARY: lambda: perturb(params, X, targets, EPS, SLOPE),
    }
    call = calls[contestant]
    r = contest.time("perturb", contestant, call, lambda r: relative_error(r, exact), **work)
    assert_same(r, exact)
