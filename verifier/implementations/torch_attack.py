"""The steepest direction of each attack, from gradients, by plain PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from verifier.model.attack import Attack


def unit_rows(rows: Tensor) -> Tensor:
    """Rows of `rows (N, d)` divided by their lengths; zero rows stay zero.

    Dividing by the largest entry first keeps squares from underflowing or overflowing.
    """
    peak = rows.abs().amax(dim=1, keepdim=True)
    scaled = rows / torch.where(peak > 0, peak, torch.ones_like(peak))
    length = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
    return scaled / torch.where(length > 0, length, torch.ones_like(length))


def steepest(gradient: Tensor, attack: Attack) -> Tensor:
    """Signs of `gradient (N, d)` times a power of its size, of length 1 in the attack's norm."""
    most = 1 if attack.norm == 1 else attack.pixels or gradient.shape[1]
    kept = torch.zeros_like(gradient)
    for row, out in zip(gradient, kept, strict=True):
        first = sorted(range(len(row)), key=row.abs().neg().tolist().__getitem__)[:most]
        out[first] = row[first]
    peak = kept.abs().amax(dim=1, keepdim=True)
    size = kept.abs() / torch.where(peak > 0, peak, torch.ones_like(peak))
    power = 1 / (attack.norm - 1) if attack.norm > 1 else 0.0
    power_of = torch.where(size > 0, size**power, torch.zeros_like(size))
    tiny = torch.finfo(size.dtype).tiny
    return torch.copysign(nn.functional.normalize(power_of, attack.norm, dim=1, eps=tiny), kept)
