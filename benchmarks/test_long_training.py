"""Training for many equal steps, as long runs do, where a step is short.

library    `train`: on a card the step is captured once and replayed;
baseline   the loop anyone would write, `torch.optim.SGD` and autograd;
limit      the two matrix products of each step into memory set aside before, with neurons as rows
           or as columns, whichever is faster here; each is started by the host, so that on a card a
           captured step can take less.

The shape is that of the paper's experiments with few dimensions, in float32.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from benchmarks.conftest import Contest
from benchmarks.measure import BASELINE, LIBRARY, LIMIT, assert_same, faster, relative_error
from benchmarks.test_training import Problem, moved, sgd
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

N, D, WIDTH, STEPS = 1000, 100, 100, 500


@pytest.fixture
def case() -> tuple[str, torch.dtype]:
    return f"{STEPS} steps", torch.float32


@pytest.fixture
def problem(dtype: torch.dtype, device: torch.device) -> Problem:
    generator = torch.Generator(device="cpu").manual_seed(0)
    params = initialise(WIDTH, D, generator=generator, dtype=dtype, device=device)
    X = torch.randn(N, D, generator=generator, dtype=torch.float64, device="cpu")
    return params, X.to(params.W), X[:, 0].sign().to(params.W)


def products(problem: Problem) -> dict[str, Callable[[], None]]:
    """The products of all steps, by how the neurons lie in memory."""
    params, X, _ = problem
    theta = params.W.T.contiguous()
    u = X @ theta
    to_rows, to_columns = torch.empty_like(params.W), torch.empty_like(theta)

    def rows() -> None:
        for _ in range(STEPS):
            torch.mm(X, params.W.T, out=u)
            torch.mm(u.T, X, out=to_rows)

    def columns() -> None:
        for _ in range(STEPS):
            torch.mm(X, theta, out=u)
            torch.mm(X.T, u, out=to_columns)

    return {"rows": rows, "columns": columns}


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT])
def test_long_training(contest: Contest, contestant: str, loss: Loss, problem: Problem) -> None:
    params, X, y = problem
    recipe = Recipe((1e-3,) * STEPS, loss=loss)
    work = {"N": N, "d": D, "m": WIDTH, "steps": STEPS, "flops": 4 * N * WIDTH * D * STEPS}
    group = f"train long, {loss.name}"
    if contestant == LIMIT:
        layouts = products(problem)
        contest.time(group, LIMIT, layouts[faster(layouts, X.device)], **work)
        return
    double = Parameters(*(t.double() for t in params))
    *there, _ = sgd((double, X.double(), y.double()), False, recipe)
    exact = moved(*there, double)

    def end() -> torch.Tensor:
        if contestant == BASELINE:
            W, b, _ = sgd(problem, False, recipe)
        else:
            W, b, _ = train(params, X, y, recipe).params
        return moved(W, b, params)

    found = contest.time(group, contestant, end, lambda W: relative_error(W, exact), **work)
    if contestant == LIBRARY:
        assert_same(found, exact)
