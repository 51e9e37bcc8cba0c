"""Replays descent on all parameters, with what rounding may do to another code's run."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.errors import DivergedError
from verifier.model.network import Parameters, activation_pattern, as_double, preactivation
from verifier.model.recipe import Recipe
from verifier.statements.beyond.readout import ReadoutPath

_Three = tuple[Tensor, Tensor, Tensor]


def _each(f: object, *parts: _Three) -> _Three:
    W, b, a = (f(*values) for values in zip(*parts, strict=True))  # type: ignore[operator]
    return W, b, a


def replay_readout(
    kind: type[ReadoutPath],
    initial: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    dtype: torch.dtype,
) -> ReadoutPath:
    """The path of `recipe` from `initial` on `X (N, d)`, `y (N,)`, for codes that run in `dtype`.

    An error of one part at a step reaches the others at the next: the bounds follow them all. Each
    step rounds what it adds. Raises `DivergedError`.
    """
    start = as_double(initial)
    X, y = X.double(), y.double()
    N, d, m = len(y), X.shape[1], start.width
    unit = (N + math.sqrt(d) + math.sqrt(m) + 4) * torch.finfo(dtype).eps
    root, lengths = math.sqrt(m), torch.linalg.vector_norm(X, dim=1)
    W, b, a = start.clone()
    nothing = torch.zeros_like(a)
    error: _Three = (nothing, nothing, nothing)
    e_v, size_v = error, error
    v: _Three = (torch.zeros_like(W), nothing, nothing)
    B = hidden = torch.zeros(m, N, dtype=X.dtype, device=X.device)
    keeps = clear = torch.ones_like(a, dtype=torch.bool)
    for eta, omega in zip(recipe.steps, recipe.effective_steps(), strict=True):
        u = preactivation(Parameters(W, b, a), X)
        w_size = torch.linalg.vector_norm(W, dim=1)
        e_u = lengths[:, None] * (error[0] + unit * w_size) + error[1] + unit * b.abs()
        clear = clear & (u.abs() > e_u).all(dim=0)
        pattern = activation_pattern(u, recipe.slope)
        phi = pattern * u
        f = phi @ a / root
        e_f = (e_u @ a.abs() + phi.abs() @ (error[2] + unit * a.abs())) / root
        p = recipe.loss.derivative(-y * f)
        sides = (recipe.loss.derivative(-y * f + s * e_f) - p for s in (1, -1))
        e_p = torch.stack([s.abs() for s in sides]).amax(dim=0) + unit * p
        share = 1 / (N * root)
        back = share * pattern * (y * p)[:, None] * a
        grown: _Three = (back.T @ X, back.sum(dim=0), share * (y * p) @ phi)
        of_a, of_p = share * p, share * e_p
        most = of_a[:, None] * error[2] + of_p[:, None] * a.abs()  # of what enters w_i, (N, m)
        size = (share * p)[:, None] * a.abs()
        e_g = (lengths @ most, most.sum(dim=0), of_a @ e_u + of_p @ phi.abs())
        s_g = (lengths @ size, size.sum(dim=0), of_a @ phi.abs())
        v = _each(lambda old, new: recipe.momentum * old + new, v, grown)
        e_v = _each(lambda old, new: recipe.momentum * old + new, e_v, e_g)
        size_v = _each(lambda old, new: recipe.momentum * old + new, size_v, s_g)
        moving = (1.0, recipe.beta, 1.0)
        B = B + omega * (pattern * p[:, None]).T * a[:, None]
        hidden = hidden + omega * (phi * p[:, None]).T
        rounded = unit * w_size, unit * b.abs(), unit * a.abs()
        before = a
        W, b, a = (
            part + eta * on * move for part, on, move in zip((W, b, a), moving, v, strict=True)
        )
        added = _each(lambda more, size: more + unit * size, e_v, size_v)
        error = (
            error[0] + eta * added[0] + rounded[0],
            error[1] + recipe.beta * (eta * added[1] + rounded[1]),
            error[2] + eta * added[2] + rounded[2],
        )
        keeps = keeps & (before * a > 0) & (a.abs() > error[2])
    most_of_dtype = min(1e100, math.sqrt(torch.finfo(dtype).max))
    if not all(bool((t.abs() <= most_of_dtype).all()) for t in (W, b, a, B, *error)):
        raise DivergedError(len(recipe.steps) - 1, "the square of a weight")
    return kind(start, X, y, recipe, B, hidden, keeps, error, bool(clear.all()))
