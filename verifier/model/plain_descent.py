"""Gradient descent written out plainly: open to autograd, and for activations that `train` refuses.

What `model.training.train` computes for one network, with path weights, in a few lines and far
slower. Under an activation that is not homogeneous, such as tanh, its derivative takes the place of
the pattern.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from verifier.model.descent import Observer
from verifier.model.network import Parameters, activation_pattern
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun

Activation = Callable[[Tensor], tuple[Tensor, Tensor]]
"""`phi(u)` and `phi'(u)`, each of the shape of u."""


def leaky_relu(slope: float) -> Activation:
    """The leaky ReLU with this slope."""

    def activation(u: Tensor) -> tuple[Tensor, Tensor]:
        pattern = activation_pattern(u, slope)
        return pattern * u, pattern

    return activation


def plain_descent(
    params: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    activation: Activation | None = None,
    *,
    weights: Tensor | None = None,
    observe: Observer | None = None,
) -> TrainingRun:
    """One network trained on `X (N, d)`, `y (N,)` by `recipe`, each step differentiable.

    `activation`: in place of the recipe's leaky ReLU. `weights (K, N)`: of each sample's loss in
    the mean at each step, one if None; they multiply its `p_n`, in tau and A too. `observe` is told
    `p_n` without them.
    """
    W, b, a = params
    readout = a / math.sqrt(params.width)
    phi = activation or leaky_relu(recipe.slope)
    tau = torch.zeros_like(y)
    A = torch.zeros_like(a[:, None] * y)
    velocity_W = torch.zeros_like(W)
    velocity_b = torch.zeros_like(b)
    for k, (eta, omega) in enumerate(zip(recipe.steps, recipe.effective_steps(), strict=True)):
        u = X @ W.T + b
        hidden, pattern = phi(u)
        f = hidden @ a / math.sqrt(params.width)
        p = recipe.loss.derivative(-y * f)
        if observe is not None:
            observe(k, slice(0, params.width), u, f, p)
        p = p if weights is None else weights[k] * p
        tau = tau + omega * p
        A = A + omega * (pattern * p[:, None]).T
        push = (pattern * (p * y / len(y))[:, None]).T  # (m, N)
        velocity_W = recipe.momentum * velocity_W + readout[:, None] * (push @ X)
        velocity_b = recipe.momentum * velocity_b + readout * push.sum(dim=1)
        W = W + eta * velocity_W
        b = b + eta * recipe.beta * velocity_b
    return TrainingRun(Parameters(W, b, a), tau, A)
