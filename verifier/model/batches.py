"""Descent by mini-batches: how batches are drawn, and training on them."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from verifier.errors import require
from verifier.model.network import Parameters, activation_pattern, check_data, check_parameters
from verifier.model.recipe import Recipe

SAMPLERS = ("fresh", "replacement", "epochs")
"""Each batch drawn anew without, or with, replacement; or all samples in turn, then shuffled."""


def check_sampler(sampler: str, samples: int, batch_size: int) -> None:
    """Raise `InputError` unless the sampler has batches of this size."""
    require(sampler in SAMPLERS, "sampler", repr(sampler), f"must be one of {SAMPLERS}")
    most = math.inf if sampler == "replacement" else samples
    rule = "must be at least 1, and without replacement at most the number of samples"
    require(1 <= batch_size <= most, "batch_size", batch_size, rule)
    divides = sampler != "epochs" or samples % batch_size == 0
    require(divides, "batch_size", batch_size, "must divide the number of samples of an epoch")


def draw_batches(
    sampler: str, samples: int, batch_size: int, steps: int, generator: Generator
) -> Tensor:
    """Which samples are in the batch of each step, (steps, batch_size), int64 on the CPU."""
    check_sampler(sampler, samples, batch_size)

    def shuffled() -> Tensor:
        return torch.randperm(samples, generator=generator, dtype=torch.int64, device="cpu")

    if sampler == "replacement":
        shape = (steps, batch_size)
        return torch.randint(
            0, samples, shape, generator=generator, dtype=torch.int64, device="cpu"
        )
    if sampler == "fresh":
        return torch.stack([shuffled()[:batch_size] for _ in range(steps)])
    epochs = math.ceil(steps * batch_size / samples)
    return torch.cat([shuffled().reshape(-1, batch_size) for _ in range(epochs)])[:steps]


@torch.no_grad()
def train_batches(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
) -> Parameters:
    """Parameters after a step of `recipe` on each of `batches (K, B)`, indices into `X (N, d)`.

    Step j moves `(W, b)` by minus the step size times the gradient of the mean of `ell(-y f(x))`
    over batch j, through torch's heavy ball when there is momentum. A sample that is in a batch
    twice counts twice.

    >>> f = Parameters(torch.zeros(1, 1), torch.zeros(1), torch.ones(1))
    >>> X, y = torch.tensor([[1.0], [5.0]]), torch.ones(2)
    >>> train_batches(f, X, y, Recipe((0.5,), train_bias=False), torch.tensor([[0, 0, 1]])).W
    tensor([[1.1667]])
    """
    check_parameters(params)
    check_data(X, y, params)
    shape = tuple(batches.shape)
    require(
        len(shape) == 2 and len(batches) == len(recipe.steps),
        "batches.shape",
        shape,
        f"must be ({len(recipe.steps)}, any >= 1)",
    )
    W, b, a = params.clone()
    readout = a / math.sqrt(params.width)
    velocity_W, velocity_b = torch.zeros_like(W), torch.zeros_like(b)
    for eta, batch in zip(recipe.steps, batches, strict=True):
        x, labels = X[batch], y[batch]
        u = x @ W.T + b
        pattern = activation_pattern(u, recipe.slope)
        f = (pattern * u) @ readout
        push = labels * recipe.loss.derivative(-labels * f) / len(batch)
        back = pattern * push[:, None] * readout  # (B, m)
        velocity_W = recipe.momentum * velocity_W + back.T @ x
        velocity_b = recipe.momentum * velocity_b + back.sum(dim=0)
        W = W + eta * velocity_W
        b = b + eta * recipe.beta * velocity_b
    return Parameters(W, b, a)
