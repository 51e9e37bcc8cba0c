"""Small problems, and slow ways to train on them that share no code with the library."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch
from torch import Tensor

from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Mixture,
)
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun

CPU64 = {"dtype": torch.float64, "device": "cpu"}
LOSSES = (Identity(), Logistic(), Exponential(), Mixture(0.3, 0.5, 0.7, 1.5, 0.2))
SLOPES = (0.0, 0.3, 1.0)
STEPS = (0.3, 0.0, 0.1, 0.25, 0.2)


def loss_name(value: object) -> str | None:
    return getattr(value, "name", None)


def problem(
    seed: int, width: int = 6, dimension: int = 3, count: int = 5, leading: tuple[int, ...] = ()
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    params = initialise(width, dimension, generator=g, networks=leading, **CPU64)
    X = torch.randn(*leading, count, dimension, generator=g, **CPU64)
    y = torch.where(torch.randn(*leading, count, generator=g, **CPU64) >= 0, 1.0, -1.0)
    return params, X, y.to(torch.float64)


def stated_objective(
    W: Tensor, b: Tensor, a: Tensor, X: Tensor, y: Tensor, recipe: Recipe
) -> Tensor:
    u = torch.nn.functional.linear(X, W, b)
    f = (torch.maximum(u, recipe.slope * u) * a).sum(dim=1) / math.sqrt(len(a))
    return recipe.loss.value(-y * f).mean()


def sgd(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    W, b = params.W.clone().requires_grad_(), params.b.clone().requires_grad_(recipe.train_bias)
    trained = [t for t in (W, b) if t.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1.0, momentum=recipe.momentum)
    for eta in recipe.steps:
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        torch.autograd.backward(stated_objective(W, b, params.a, X, y, recipe))
        optimiser.step()
    return Parameters(W.detach(), b.detach(), params.a)


def stored_path(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Parameters, np.ndarray, np.ndarray]:
    """Loops over neurons and samples that keep every step's pattern and p, then sum them up."""
    W, b, a, x, label = (t.numpy().copy() for t in (*params, X, y))
    (m, d), N = W.shape, len(label)
    velocity_W, velocity_b = np.zeros((m, d)), np.zeros(m)
    patterns, weights = [], []
    for eta in recipe.steps:
        u = np.array([[w @ p + bias for p in x] for w, bias in zip(W, b, strict=True)])
        pattern = np.where(u >= 0, 1.0, recipe.slope)
        f = np.array([sum(a[i] * u[i, n] * pattern[i, n] for i in range(m)) for n in range(N)])
        s = torch.tensor(-label * f / math.sqrt(m), **CPU64)
        p = recipe.loss.derivative(s).numpy()
        patterns.append(pattern)
        weights.append(p)
        for i in range(m):
            fall = [p[n] * label[n] * a[i] * pattern[i, n] / (N * math.sqrt(m)) for n in range(N)]
            velocity_W[i] = recipe.momentum * velocity_W[i] + sum(
                g * xn for g, xn in zip(fall, x, strict=True)
            )
            velocity_b[i] = recipe.momentum * velocity_b[i] + sum(fall)
        W = W + eta * velocity_W
        b = b + (eta * velocity_b if recipe.train_bias else 0.0)
    K = len(recipe.steps)
    omega = [
        sum(recipe.steps[k] * recipe.momentum ** (k - j) for k in range(j, K)) for j in range(K)
    ]
    tau = sum(omega[j] * weights[j] for j in range(K))
    A = np.zeros((m, N))
    for j, i, n in itertools.product(range(K), range(m), range(N)):
        A[i, n] += omega[j] * weights[j][n] * patterns[j][i, n]
    final = Parameters(torch.from_numpy(W), torch.from_numpy(b), params.a)
    return final, tau, A


def close(left: Parameters, right: Parameters, relative: float = 1e-12) -> None:
    for part, other in zip(left, right, strict=True):
        torch.testing.assert_close(part, other, rtol=relative, atol=relative)


def tensors(run: TrainingRun) -> list[Tensor]:
    assert run.path_weights is not None
    return [*run.params, run.tau, run.path_weights]
