"""What rounding may do to an attack, and to a step of all parameters."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.attack import Attack
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.statements.beyond.formulas import dual_norm
from verifier.statements.beyond.readout import Balance


def psi_error(g: Tensor, attack: Attack, delta: Tensor, unit: float) -> Tensor:
    """How far `psi` moves at most, entry by entry (N, d), where g moves by `delta` (N,).

    `delta` is a Euclidean length, `unit` the relative rounding of one entry; 2 where anything goes.
    """
    most = 1 if attack.norm == 1 else (attack.pixels or g.shape[1])
    order = g.abs().sort(dim=1, descending=True).values
    last, next_one = order[:, :most][:, -1:], order[:, most : most + 1]
    unsure = (last - next_one <= 2 * delta[:, None]).any(dim=1)  # of none there is no doubt
    kept = g.abs() >= last
    near = g.abs() <= delta[:, None]
    if attack.norm in (1, torch.inf):
        error = unit + 2 * near.to(g.dtype)
    else:
        q, s = attack.dual, attack.dual - 1
        length = dual_norm(g, attack)
        in_q = min(most, g.shape[1]) ** max(0.0, 1 / q - 0.5) * delta
        share = g.abs() / length[:, None]
        eta = ((delta + in_q) / length)[:, None]
        ends = ((share + side * eta).clamp(-1, 1) for side in (1, -1))
        moved = [(end.sign() * end.abs() ** s - share**s).abs() for end in ends]
        error = torch.maximum(*moved) + (2 + s) * unit
    error = torch.where(kept, error, torch.zeros_like(error))
    error = torch.where(unsure[:, None], torch.full_like(error, 2.0), error)
    return error.nan_to_num(nan=2.0).clamp(max=2.0)


def move_error(W: Tensor, weight: Tensor, attack: Attack, unit: float) -> Tensor:
    """How far `<w_i, r>` moves at most, (m,), for any r of length 1.

    `weight (m,)`: by what length w_i moves; `unit`: by how much of itself each entry of r does.
    """
    return math.sqrt(W.shape[1]) * weight + unit * dual_norm(W, attack)


def bias_gradient_error(law: Balance, unit: float) -> Tensor:
    """What rounding may do to `Balance.bias_gradient`, by outputs and by patterns, (m,)."""
    state, u = law.state, preactivation(law.state, law.X)
    lengths = torch.linalg.vector_norm(law.X, dim=1)[:, None]
    e_u = unit * (lengths * torch.linalg.vector_norm(state.W, dim=1) + state.b.abs())
    pattern = activation_pattern(u, law.recipe.slope)
    root = math.sqrt(state.width)
    phi = pattern * u
    f = phi @ state.a / root
    e_f = (e_u + unit * phi.abs()) @ state.a.abs() / root
    p = law.recipe.loss.derivative(-law.y * f)
    sides = [law.recipe.loss.derivative(-law.y * f + s * e_f) - p for s in (1, -1)]
    e_p = torch.stack(sides).abs().amax(dim=0) + unit * p
    near = (1 - law.recipe.slope) * (u.abs() <= e_u).to(p.dtype)
    return state.a.abs() * (e_p.sum() + p @ near) / (len(p) * root)


def step_sizes(law: Balance) -> tuple[Tensor, Tensor, Tensor]:
    """How long the terms of the gradients in w_i, b_i, a_i are together, (m,) each."""
    u = preactivation(law.state, law.X)
    p, lengths = law.pull(u).abs(), torch.linalg.vector_norm(law.X, dim=1)
    a, b = law.state.a.abs(), law.state.b.abs()
    of_u = p @ (lengths[:, None] * torch.linalg.vector_norm(law.state.W, dim=1))
    return a * (p @ lengths), a * p.sum(), of_u + p.sum() * b


def law_error(law: Balance, after: Parameters, unit: float) -> Tensor:
    """What rounding may do to `Balance`'s law of a step that ended `after`, (m,).

    The law follows where the code went, so an error e of a step shows in `2 <v_i, e>` alone: half a
    `unit` of both states, and a `unit` of the gradients' terms. Squares are summed in float64.
    """

    def lengths(W: Tensor, b: Tensor, a: Tensor) -> Tensor:
        return torch.stack((torch.linalg.vector_norm(W, dim=1), b.abs(), a.abs()))

    old, new = lengths(*law.state), lengths(*after)
    moved = lengths(*(end - start for end, start in zip(after, law.state, strict=True)))
    added = law.eta * torch.stack(step_sizes(law))
    of_step = unit * old * (old + new + 2 * added)
    squares = (math.sqrt(law.state.dimension) + 4) * torch.finfo(old.dtype).eps
    of_check = squares * (old.square() + new.square() + moved.square())
    counted = old.new_tensor((1.0, law.recipe.beta, 1.0))
    return counted @ (of_step + of_check)
