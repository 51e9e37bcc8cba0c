"""Lengths and directions of rows over the whole floating range.

Squares leave the range long before the entries do: a plain norm of 1e200 is infinite and one of
1e-200 is zero. Rows are therefore scaled by their largest entry first.
"""

from __future__ import annotations

import torch
from torch import Tensor


def _scaled(v: Tensor) -> tuple[Tensor, Tensor]:
    largest = v.abs().amax(dim=-1, keepdim=True)
    return torch.where(largest == 0, torch.zeros_like(v), v / largest), largest


def row_norms(v: Tensor) -> Tensor:
    """Euclidean length of every row, (..., P, d) -> (..., P), without overflow or underflow."""
    scaled, largest = _scaled(v)
    return torch.linalg.vector_norm(scaled, dim=-1) * largest.squeeze(-1)


def unit_rows(v: Tensor) -> Tensor:
    """Every row divided by its length, same shape; zero where it is zero, NaN where not finite."""
    scaled, _ = _scaled(v)
    length = torch.linalg.vector_norm(scaled, dim=-1, keepdim=True)
    return torch.where(length == 0, torch.zeros_like(scaled), scaled / length)


def angles(u: Tensor, v: Tensor) -> Tensor:
    """The angle between each row of `u` and of `v`, (P, d) each -> (P,), exact near 0 and pi."""
    chord = torch.linalg.vector_norm(unit_rows(u) - unit_rows(v), dim=1)
    return 2 * torch.asin((chord / 2).clamp(max=1.0))


def cosines(u: Tensor, v: Tensor) -> Tensor:
    """The cosine between each row of `u` and of `v`, (P, d) each -> (P,)."""
    return (unit_rows(u) * unit_rows(v)).sum(dim=1)
