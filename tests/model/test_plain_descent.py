from __future__ import annotations

import math

import pytest
import torch

from tests.model.problems import LOSSES, problem
from verifier.model.losses import Loss
from verifier.model.plain_descent import leaky_relu, plain_descent
from verifier.model.recipe import Recipe
from verifier.model.training import train


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize(("momentum", "train_bias"), [(0.0, True), (0.9, False)])
@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_plain_descent_is_training(
    loss: Loss, momentum: float, train_bias: bool, slope: float
) -> None:
    params, X, y = problem(3)
    recipe = Recipe((0.1, 0.0, 0.2), loss, slope, momentum, train_bias)
    mine = plain_descent(params, X, y, recipe)
    reference = train(params, X, y, recipe, path_weights=True)
    assert mine.path_weights is not None
    assert reference.path_weights is not None
    torch.testing.assert_close(tuple(mine.params), tuple(reference.params))
    torch.testing.assert_close(mine.tau, reference.tau)
    torch.testing.assert_close(mine.path_weights, reference.path_weights)


def test_each_step_is_open_to_autograd() -> None:
    """The derivative of the final output in one initial weight, by finite differences."""
    params, X, y = problem(4)
    recipe = Recipe((0.3, 0.2), LOSSES[1], 0.3, 0.5)

    def end(shift: torch.Tensor) -> torch.Tensor:
        moved = params._replace(W=params.W + shift * torch.eye(6, 3, dtype=torch.float64))
        W, b, a = plain_descent(moved, X, y, recipe).params
        return (leaky_relu(0.3)(X @ W.T + b)[0] @ a).sum() / math.sqrt(6)

    at = torch.zeros((), dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(end(at), at)
    gap = 1e-6
    ends = [float(end(torch.tensor(h, dtype=torch.float64))) for h in (gap, -gap)]
    assert float(slope) == pytest.approx((ends[0] - ends[1]) / (2 * gap), rel=1e-6)
