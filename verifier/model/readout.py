"""Gradient descent on the readout too, with the same step size as for weights and biases."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.network import Parameters, activation_pattern, check_data, check_parameters
from verifier.model.recipe import Recipe


@torch.no_grad()
def train_readout(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    """Parameters after `recipe` on `X (N, d)`, `y (N,)`, with a moving as W and b do (E9).

    Each step moves `(W, b, a)` by minus the step size times the gradient of
    `(1/N) sum_n ell(-y_n f(x_n))`, all from the same state, through torch's heavy ball when there
    is momentum; b only if the recipe trains it.

    >>> one = torch.ones(1)
    >>> f, X = Parameters(one[:, None] / 2, one / 2, one), torch.tensor([[3.0]])
    >>> train_readout(f, X, -one, Recipe((1.0,))).a
    tensor([-1.])
    """
    check_parameters(params)
    check_data(X, y, params)
    state = list(params.clone())
    velocity = [torch.zeros_like(part) for part in state]
    moves = (1.0, recipe.beta, 1.0)
    root = math.sqrt(params.width)
    for eta in recipe.steps:
        W, b, a = state
        u = X @ W.T + b
        pattern = activation_pattern(u, recipe.slope)
        hidden = pattern * u
        pull = y * recipe.loss.derivative(-y * (hidden @ a / root)) / (len(y) * root)
        back = pattern * pull[:, None] * a  # (N, m)
        downhill = back.T @ X, back.sum(dim=0), pull @ hidden
        for part, v, down, moving in zip(state, velocity, downhill, moves, strict=True):
            v.mul_(recipe.momentum).add_(down)
            part += eta * moving * v
    return Parameters(*state)
