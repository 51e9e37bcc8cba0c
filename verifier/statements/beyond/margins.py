"""What rounding may do to an attack."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.model.attack import Attack
from verifier.statements.beyond.formulas import dual_norm


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
        if s >= 1:
            error = s * eta.expand_as(share)
        else:
            beyond = (share - eta).clamp(min=0)
            error = torch.minimum(2 ** (1 - s) * eta**s, s * eta * beyond ** (s - 1))
        error = error + (2 + s) * unit
    error = torch.where(kept, error, torch.zeros_like(error))
    error = torch.where(unsure[:, None], torch.full_like(error, 2.0), error)
    return error.nan_to_num(nan=2.0).clamp(max=2.0)
