"""A network before and after training, with what a replay of its path found."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from verifier.model.network import Parameters
from verifier.model.recipe import Recipe


@dataclass(frozen=True)
class Trained:
    """A network before and after training with what a replay of the path found; all float64.

    `initial`, `final`: parameters. `X (N, d)`, `y (N,)`: what it was trained on. `tau (N,)`,
    `path_weights (m, N)`: from the replay, never from the implementation under test.
    """

    initial: Parameters
    final: Parameters
    X: Tensor
    y: Tensor
    recipe: Recipe
    tau: Tensor
    path_weights: Tensor
