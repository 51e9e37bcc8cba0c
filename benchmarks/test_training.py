"""Gradient descent: `verifier.training.train`, with and without path weights.

library    `train`, which works on blocks of neurons and keeps no array of N m entries but A;
baseline   the loop anyone would write: `torch.optim.SGD` and autograd on a two-layer network,
           for path weights with the activation pattern added up at every step;
limit      the two matrix products of each step (2 N m d flops each) into memory set aside before,
           for path weights also one read and write of A: no training code can do less.

"cache-sized": all of N m fits a CPU's cache; "memory-sized": one array of N m entries does not.
library/baseline is what the closed form and the blocks gain; library/limit is what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from benchmarks.conftest import BASELINE, LIBRARY, LIMIT, Contest, assert_same
from verifier.losses import Logistic
from verifier.network import Parameters, initialise
from verifier.training import Recipe, train

SIZES = {"cache": (64, 1024, 20), "memory": (200, 50_000, 20)}  # N, m, d
RECIPE = Recipe(steps=(0.5, 0.3), loss=Logistic(), slope=0.1, momentum=0.5)
Problem = tuple[Parameters, Tensor, Tensor]


@pytest.fixture
def problem(shape: str, dtype: torch.dtype, device: torch.device) -> Problem:
    N, m, d = SIZES[shape]
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(m, d, generator=generator, dtype=dtype, device=device)
    X = torch.randn(N, d, generator=generator, dtype=torch.float64, device="cpu")
    y = X[:, 0].sign()
    return params, X.to(device, dtype), y.to(device, dtype)


def sgd(problem: Problem, path_weights: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    params, X, y = problem
    W, b = (t.clone().requires_grad_() for t in (params.W, params.b))
    optimiser = torch.optim.SGD([W, b], lr=RECIPE.steps[0], momentum=RECIPE.momentum)
    A = torch.zeros_like(X @ params.W.T) if path_weights else None
    for eta, omega in zip(RECIPE.steps, RECIPE.effective_steps(), strict=True):
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        u = torch.nn.functional.linear(X, W, b)
        s = -y * (leaky_relu(u, RECIPE.slope) @ params.a) / math.sqrt(params.width)
        RECIPE.loss.value(s).mean().backward()
        if A is not None:
            with torch.no_grad():
                p = RECIPE.loss.derivative(s)[:, None]
                A += omega * p * (u >= 0).to(u.dtype).clamp(min=RECIPE.slope)
        optimiser.step()
    return W.detach(), b.detach(), A


def products(problem: Problem, path_weights: bool) -> Callable[[], None]:
    params, X, _ = problem
    u, descent = X @ params.W.T, torch.empty_like(params.W)
    A = torch.zeros_like(u) if path_weights else None

    def run() -> None:
        for _ in RECIPE.steps:
            torch.mm(X, params.W.T, out=u)
            torch.mm(u.T, X, out=descent)
            if A is not None:
                A.add_(1.0)

    return run


@pytest.mark.parametrize("path_weights", [False, True], ids=["weights", "path_weights"])
@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT])
def test_train(contest: Contest, contestant: str, path_weights: bool, problem: Problem) -> None:
    params, X, y = problem
    (N, d), m, K = X.shape, params.width, len(RECIPE.steps)
    passes = 4 + 2 * path_weights  # u and the pattern written and read, A read and written
    work = {
        "N": N,
        "m": m,
        "d": d,
        "steps": K,
        "flops": 4 * N * m * d * K,
        "bytes": passes * N * m * K * X.element_size(),
    }
    group = "train with path weights" if path_weights else "train"
    if contestant == LIMIT:
        contest.time(group, LIMIT, products(problem, path_weights), **work)
        return
    if contestant == BASELINE:
        contest.time(group, BASELINE, lambda: sgd(problem, path_weights), **work)
        return
    run = contest.time(
        group, LIBRARY, lambda: train(params, X, y, RECIPE, path_weights=path_weights), **work
    )
    W, b, A = sgd(problem, path_weights)
    assert_same(run.params.W - params.W, W - params.W)
    assert_same(run.params.b - params.b, b - params.b)
    assert torch.equal(run.params.a, params.a)
    assert (run.path_weights is not None) is path_weights
    if run.path_weights is not None and A is not None:
        assert_same(run.path_weights, A.T)
