"""Draws on which no pre-activation of a sample can reach its kink: no comparison is excused there.

Training moves `u_i(x_n)` by at most `|a_i|/(N sqrt m) sum_k tau_k |<x_k, x_n> + beta|` (D1), and at
every moment on the way by no more. So biases that exceed what weights and training can add to them
keep each pattern as it was, in any floating-point type.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

SLOPES_AT_MOST_ONE = ("identity", "logistic")
"""Losses with `ell' <= 1`, so that `tau_n <= T` is known before training."""

_FACTOR = 2.0


def longest(points: Tensor) -> float:
    """The length of the longest of `points (P, d)`."""
    return float(torch.linalg.vector_norm(points.double(), dim=1).max())


def with_clear_biases(start: Parameters, length: float, recipe: Recipe) -> Parameters:
    """`start` with biases of the same signs, so large that `|u_i(x)| > |b_i|/2` all along `recipe`.

    For samples and points x no longer than `length`, and a loss among `SLOPES_AT_MOST_ONE`. Where
    all are negative they become positive: a ReLU network would be 0, and stay as it is.
    """
    W, b, a = (t.double() for t in start)
    moved = a.abs() * recipe.time * (length**2 + recipe.beta) / math.sqrt(start.width)
    reach = torch.linalg.vector_norm(W, dim=1) * length + moved
    signs = torch.where((b < 0) & (b >= 0).any(), -1.0, 1.0)
    clear = (_FACTOR * reach + 1) * signs
    return start._replace(b=clear.to(start.b.dtype))
