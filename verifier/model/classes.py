"""Networks with an output for each class: training, and the attack on a margin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.recipe import Recipe
from verifier.model.vectors import unit_rows

CROSS_ENTROPY = "cross-entropy"
SQUARES = "squares"
CLASS_LOSSES = (CROSS_ENTROPY, SQUARES)
"""`-log softmax(f)_y`, and `(1/2) sum_c (f_c - 1[y = c])^2`."""


@dataclass(frozen=True)
class ClassRecipe:
    """As `Recipe`, for networks with an output for each class; `loss`: one of `CLASS_LOSSES`."""

    steps: tuple[float, ...]
    loss: str = CROSS_ENTROPY
    slope: float = 0.0
    momentum: float = 0.0
    train_bias: bool = True

    def __post_init__(self) -> None:
        rule = f"must be one of {', '.join(CLASS_LOSSES)}"
        require(self.loss in CLASS_LOSSES, "loss", repr(self.loss), rule)
        _ = self.schedule  # raises for bad steps, slope or momentum

    @property
    def schedule(self) -> Recipe:
        """Steps, slope, momentum and biases alone, which do not depend on the loss."""
        return Recipe(
            self.steps, slope=self.slope, momentum=self.momentum, train_bias=self.train_bias
        )

    def pull(self, f: Tensor, labels: Tensor) -> Tensor:
        """`delta_nc = -d loss_n/d f_c` of outputs `f (N, C)`, same shape."""
        right = one_hot(labels, f.shape[1], f.dtype)
        return right - (f.softmax(dim=1) if self.loss == CROSS_ENTROPY else f)


def one_hot(labels: Tensor, classes: int, dtype: torch.dtype) -> Tensor:
    """`1[y_n = c]`, (N, C)."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).to(dtype)


def class_outputs(params: Parameters, z: Tensor, slope: float) -> Tensor:
    """`f_c(z) = (1/sqrt m) sum_i a_ci phi(u_i(z))`, (P, C), of readouts `a (C, m)`."""
    u = preactivation(params, z)
    return (activation_pattern(u, slope) * u) @ params.a.T / math.sqrt(params.width)


@torch.no_grad()
def train_classes(params: Parameters, X: Tensor, labels: Tensor, recipe: ClassRecipe) -> Parameters:
    """Parameters after `recipe` on `X (N, d)` with classes `labels (N,)` from 0 to C - 1 (E10).

    `params.a` is `(C, m)`, a frozen readout for each class. Each step moves `(W, b)` by minus the
    step size times the gradient of the mean loss, through torch's heavy ball when there is
    momentum.

    >>> f = Parameters(torch.ones(1, 1), torch.zeros(1), torch.tensor([[1.0], [-1.0]]))
    >>> X, y = torch.ones(1, 1), torch.tensor([0])
    >>> train_classes(f, X, y, ClassRecipe((1.0,), train_bias=False)).W
    tensor([[1.2384]])
    """
    W, b, a = params.clone()
    velocity_W, velocity_b = torch.zeros_like(W), torch.zeros_like(b)
    for eta in recipe.steps:
        state = Parameters(W, b, a)
        pull = recipe.pull(class_outputs(state, X, recipe.slope), labels)
        lift = pull @ a / (len(X) * math.sqrt(params.width))
        back = activation_pattern(preactivation(state, X), recipe.slope) * lift  # (N, m)
        velocity_W = recipe.momentum * velocity_W + back.T @ X
        velocity_b = recipe.momentum * velocity_b + back.sum(dim=0)
        W = W + eta * velocity_W
        b = b + eta * recipe.schedule.beta * velocity_b
    return Parameters(W, b, a)


def perturb_classes(
    params: Parameters, X: Tensor, labels: Tensor, targets: Tensor, eps: float, slope: float
) -> Tensor:
    """`r_n = eps nu_n`, (N, d), `nu_n` the direction of `nabla (f_t - f_y)(x_n)`, t the target.

    The steepest step that raises the margin of class `targets (N,)` over `labels (N,)` (E10m);
    zero where that gradient vanishes.
    """
    pattern = activation_pattern(preactivation(params, X), slope)
    return eps * unit_rows((pattern * (params.a[targets] - params.a[labels])) @ params.W)
