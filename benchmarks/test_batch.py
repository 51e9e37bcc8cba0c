"""Many networks of one shape: `train` on a stack of them, each with samples of its own.

library    one call of `train` for all;
baseline   the loop anyone would write, `torch.optim.SGD` and autograd, one network after another;
limit      the batched matrix products of each step, into memory set aside before, with neurons as
           rows or as columns, whichever is faster here.

The shape is that of the paper's experiments with few dimensions, in float32.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from benchmarks.conftest import Contest
from benchmarks.measure import BASELINE, LIBRARY, LIMIT, assert_same, faster
from benchmarks.test_training import moved, sgd
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

NETWORKS, N, D, WIDTH = 32, 1000, 100, 100
STEPS = (0.1,) * 10
Stack = tuple[Parameters, Tensor, Tensor]


@pytest.fixture
def case() -> tuple[str, torch.dtype]:
    return f"{NETWORKS} networks", torch.float32


@pytest.fixture
def stack(dtype: torch.dtype, device: torch.device) -> Stack:
    """Parameters, X (networks, N, d) and y (networks, N)."""
    generator = torch.Generator(device="cpu").manual_seed(0)
    each = [
        initialise(WIDTH, D, generator=generator, dtype=dtype, device=device)
        for _ in range(NETWORKS)
    ]
    params = Parameters(*(torch.stack(parts) for parts in zip(*each, strict=True)))
    X = torch.randn(NETWORKS, N, D, generator=generator, dtype=torch.float64, device="cpu")
    return params, X.to(params.W), X[..., 0].sign().to(params.W)


def products(stack: Stack) -> dict[str, Callable[[], None]]:
    """The batched products of all steps, by how the neurons lie in memory."""
    params, X, _ = stack
    theta = params.W.mT.contiguous()
    u = X @ theta
    to_rows, to_columns = torch.empty_like(params.W), torch.empty_like(theta)

    def rows() -> None:
        for _ in STEPS:
            torch.bmm(X, params.W.mT, out=u)
            torch.bmm(u.mT, X, out=to_rows)

    def columns() -> None:
        for _ in STEPS:
            torch.bmm(X, theta, out=u)
            torch.bmm(X.mT, u, out=to_columns)

    return {"rows": rows, "columns": columns}


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda loss: loss.name)
@pytest.mark.parametrize("contestant", [LIBRARY, BASELINE, LIMIT])
def test_batch(contest: Contest, contestant: str, loss: Loss, stack: Stack) -> None:
    params, X, y = stack
    recipe = Recipe(STEPS, loss=loss)
    work = {"networks": NETWORKS, "N": N, "d": D, "m": WIDTH, "steps": len(STEPS)}
    work["flops"] = 4 * NETWORKS * N * WIDTH * D * len(STEPS)
    group = f"train a batch, {loss.name}"

    def one_by_one() -> list[tuple[Tensor, Tensor, Tensor | None]]:
        each = zip(zip(*params, strict=True), X, y, strict=True)
        return [sgd((Parameters(*own), x, labels), False, recipe) for own, x, labels in each]

    if contestant == LIMIT:
        layouts = products(stack)
        contest.time(group, LIMIT, layouts[faster(layouts, X.device)], **work)
    elif contestant == BASELINE:
        contest.time(group, BASELINE, one_by_one, **work)
    else:
        end = contest.time(group, LIBRARY, lambda: train(params, X, y, recipe).params, **work)
        for i, (W, b, _) in enumerate(one_by_one()):
            start = Parameters(*(t[i] for t in params))
            assert_same(moved(end.W[i], end.b[i], start), moved(W, b, start))
