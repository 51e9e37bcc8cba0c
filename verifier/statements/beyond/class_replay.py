"""Replays descent on several outputs, with what rounding may do to another code's run."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.errors import DivergedError
from verifier.model.classes import CROSS_ENTROPY, ClassRecipe
from verifier.model.network import Parameters, activation_pattern, as_double, preactivation
from verifier.statements.beyond.classes import ClassPath

_LARGEST = 1e100  # of a weight: the checks take squares


def pull_error(recipe: ClassRecipe, f: Tensor, e_f: Tensor, unit: float) -> Tensor:
    """How far delta (N, C) moves at most, where outputs `f (N, C)` move by `e_f (N, C)`.

    Softmax's logarithms move by twice the largest of `e_f` at most; one minus a probability by what
    the others do together, and by its rounding.
    """
    if recipe.loss != CROSS_ENTROPY:
        return e_f + unit * (1 + f.abs())
    return torch.expm1(2 * e_f.amax(dim=1, keepdim=True)).expand_as(f) * f.softmax(dim=1) + unit


def replay_classes(
    kind: type[ClassPath],
    initial: Parameters,
    X: Tensor,
    labels: Tensor,
    recipe: ClassRecipe,
    dtype: torch.dtype,
) -> ClassPath:
    """The path of `recipe` from `initial` on `X (N, d)`, for codes that run in `dtype`.

    An error of a weight reaches the outputs, they the pull of every class, and that all weights at
    the next step: the bounds follow. Each step rounds what it adds. Raises `DivergedError`.
    """
    W, b, a = as_double(initial)
    X, root = X.double(), math.sqrt(initial.width)
    N, d = X.shape
    unit = (N + math.sqrt(d) + root + len(a) + 4) * torch.finfo(dtype).eps
    lengths, share = torch.linalg.vector_norm(X, dim=1), 1 / (N * root)
    v_W, v_b = torch.zeros_like(W), torch.zeros_like(b)
    e_W = e_b = ev_W = ev_b = torch.zeros_like(b)  # errors of weights, and of velocities
    A, clear = torch.zeros(*a.shape, N, dtype=X.dtype, device=X.device), torch.ones_like(b).bool()
    for eta, omega in zip(recipe.steps, recipe.schedule.effective_steps(), strict=True):
        u = preactivation(Parameters(W, b, a), X)
        w_size = torch.linalg.vector_norm(W, dim=1)
        e_u = lengths[:, None] * (e_W + unit * w_size) + e_b + unit * b.abs()
        clear = clear & (u.abs() > e_u).all(dim=0)
        pattern = activation_pattern(u, recipe.slope)
        f = (pattern * u) @ a.T / root
        e_f = (e_u + unit * u.abs()) @ a.abs().T / root
        delta, e_delta = recipe.pull(f, labels), pull_error(recipe, f, e_f, unit)
        A = A + omega * delta.T[:, None, :] * pattern.T
        back = share * pattern * (delta @ a)
        most = share * ((e_delta + unit * delta.abs()) @ a.abs())  # of what enters w_i, (N, m)
        v_W, v_b = recipe.momentum * v_W + back.T @ X, recipe.momentum * v_b + back.sum(dim=0)
        ev_W = recipe.momentum * ev_W + lengths @ most + unit * torch.linalg.vector_norm(v_W, dim=1)
        ev_b = recipe.momentum * ev_b + most.sum(dim=0) + unit * v_b.abs()
        beta = recipe.schedule.beta
        W, b = W + eta * v_W, b + eta * beta * v_b
        e_W = e_W + eta * ev_W + unit * torch.linalg.vector_norm(W, dim=1)
        e_b = e_b + beta * (eta * ev_b + unit * b.abs())
    most_of_dtype = min(_LARGEST, math.sqrt(torch.finfo(dtype).max))
    if not all(bool((t.abs() <= most_of_dtype).all()) for t in (W, b, A, e_W, e_b)):
        raise DivergedError(len(recipe.steps) - 1, "the square of a weight")
    return kind(as_double(initial), X, labels, recipe, A, (e_W, e_b), bool(clear.all()))
