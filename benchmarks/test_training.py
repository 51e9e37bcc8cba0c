"""Gradient descent: `verifier.model.training.train`, with and without path weights.

library    `train`, which works on blocks of neurons and keeps no array of N m entries but A;
baseline   the loop anyone would write: `torch.optim.SGD` and autograd on a two-layer network,
           for path weights with the activation pattern added up at every step;
limit      the two matrix products of each step (2 N m d flops each) into memory set aside before,
           with neurons as rows or as columns, whichever is faster here, for path weights also one
           read and write of A: no training code that moves the weights can do less;
bandwidth  only moves the bytes of plain code: u, the pattern and A written and read at each step;
yours      the training code given as `--implementation PKG.MOD:NAME`, without path weights.

"cache-sized": all of N m fits a CPU's cache; "memory-sized": one array of N m entries does not;
"paper-sized": as many samples, neurons and dimensions as in the paper, but few steps.
library/baseline is what the closed form and the blocks gain; library/limit is what is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from benchmarks.conftest import Contest
from benchmarks.measure import (
    BANDWIDTH,
    BASELINE,
    LIBRARY,
    LIMIT,
    YOURS,
    assert_same,
    copying,
    faster,
    relative_error,
)
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

SIZES = {  # N, m, d
    "cache": (64, 1024, 20),
    "memory": (200, 50_000, 20),
    "paper": (2000, 1000, 1000),
}
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


def sgd(
    problem: Problem, path_weights: bool, recipe: Recipe
) -> tuple[Tensor, Tensor, Tensor | None]:
    """W, b and, if asked for, A by autograd."""
    params, X, y = problem
    W, b = (t.clone().requires_grad_() for t in (params.W, params.b))
    optimiser = torch.optim.SGD([W, b], lr=recipe.steps[0], momentum=recipe.momentum)
    A = torch.zeros_like(X @ params.W.T) if path_weights else None
    for eta, omega in zip(recipe.steps, recipe.effective_steps(), strict=True):
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        u = torch.nn.functional.linear(X, W, b)
        s = -y * (leaky_relu(u, recipe.slope) @ params.a) / math.sqrt(params.width)
        recipe.loss.value(s).mean().backward()
        if A is not None:
            with torch.no_grad():
                p = recipe.loss.derivative(s)[:, None]
                A += omega * p * (u >= 0).to(u.dtype).clamp(min=recipe.slope)
        optimiser.step()
    return W.detach(), b.detach(), A


def products(problem: Problem, path_weights: bool) -> dict[str, Callable[[], None]]:
    """The products of all steps, by how the neurons lie in memory."""
    params, X, _ = problem
    u = X @ params.W.T
    theta = params.W.T.contiguous()
    to_rows, to_columns = torch.empty_like(params.W), torch.empty_like(theta)
    A = torch.zeros_like(u) if path_weights else None

    def rows() -> None:
        torch.mm(X, params.W.T, out=u)
        torch.mm(u.T, X, out=to_rows)

    def columns() -> None:
        torch.mm(X, theta, out=u)
        torch.mm(X.T, u, out=to_columns)

    def steps(products: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            for _ in RECIPE.steps:
                products()
                if A is not None:
                    A.add_(1.0)

        return run

    return {"rows": steps(rows), "columns": steps(columns)}


def moved(W: Tensor, b: Tensor, start: Parameters) -> Tensor:
    """By how much `(W, b)` moved, as one matrix (m, d + 1)."""
    return torch.cat((W - start.W, (b - start.b)[:, None]), dim=1)


CONTESTS = [(c, p) for c in (LIBRARY, BASELINE, LIMIT, BANDWIDTH) for p in (False, True)] + [
    (YOURS, False)
]


@pytest.mark.parametrize(
    ("contestant", "path_weights"),
    [pytest.param(c, p, id=f"{c}-path_weights" if p else c) for c, p in CONTESTS],
)
def test_train(
    request: pytest.FixtureRequest,
    contest: Contest,
    contestant: str,
    path_weights: bool,
    problem: Problem,
) -> None:
    yours = request.getfixturevalue("yours") if contestant == YOURS else None  # or skips
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
        layouts = products(problem, path_weights)
        layout = faster(layouts, X.device)
        contest.benchmark.extra_info["neurons as"] = layout
        contest.time(group, LIMIT, layouts[layout], **work)
        return
    if contestant == BANDWIDTH:
        contest.time(group, BANDWIDTH, copying(work["bytes"], X.device), **work)
        return
    double = Parameters(*(t.double() for t in params))
    *there, exact_A = sgd((double, X.double(), y.double()), path_weights, RECIPE)
    exact = moved(*there, double)

    def library() -> tuple[Tensor, Tensor, Tensor | None]:
        run = train(params, X, y, RECIPE, path_weights=path_weights)
        assert torch.equal(run.params.a, params.a)
        A = run.path_weights
        return run.params.W, run.params.b, None if A is None else A.T

    def of_yours() -> tuple[Tensor, Tensor, None]:
        W, b, _ = yours.train(params, X, y, RECIPE)
        return W, b, None

    calls = {
        LIBRARY: library,
        BASELINE: lambda: sgd(problem, path_weights, RECIPE),
        YOURS: of_yours,
    }
    W, b, A = contest.time(
        group,
        contestant,
        calls[contestant],
        lambda end: relative_error(moved(end[0], end[1], params), exact),
        **work,
    )
    if contestant != BASELINE:
        assert_same(moved(W, b, params), exact)
    if contestant == LIBRARY:
        assert (A is not None) is path_weights
        if A is not None and exact_A is not None:
            assert_same(A, exact_A)
