"""The objective's gradient at one state by autograd, and how far rounding may lead from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.identities.witness import objective_gradient, plain_output
from verifier.trial.rounding import RoundingBound


@dataclass(frozen=True)
class Pull:
    """What a step from `state` adds, and may add, in units of its step size; all float64.

    `s`, `p (N,)`: the loss's argument and derivative. `W (m, d)`, `b (m,)`: gradients, b's zero if
    biases stay. `error_of_p (N,)`: what an error of the output can change of p. `kinks`: what
    neurons that may be on either side of one can add to W and to b, each (m,).
    """

    state: Parameters
    s: Tensor
    p: Tensor
    W: Tensor
    b: Tensor
    error_of_p: Tensor
    kinks: tuple[Tensor, Tensor]

    @classmethod
    def at(cls, state: Parameters, recipe: Recipe, rounding: RoundingBound) -> Pull:
        """At a `state` known up to `rounding`, for the samples of its run."""
        X, y = rounding.run.X, rounding.run.y
        s = -y * plain_output(state, X, recipe.slope)
        p = recipe.loss.derivative(s)
        W, b = objective_gradient(state, X, y, recipe)
        error = rounding.output(X)
        change = [(recipe.loss.derivative(s + e) - p).abs() for e in (error, -error)]
        pull = state.a.abs() / (len(y) * math.sqrt(state.width))
        moves = torch.stack((torch.linalg.vector_norm(X, dim=1) * p, p))  # of W, of b, (2, N)
        near = rounding.near_kink(X).double()
        of_W, of_b = (1 - recipe.slope) * pull * (moves @ near)
        kinks = of_W, recipe.beta * of_b
        return cls(state, s, p, W, recipe.beta * b, torch.maximum(*change), kinks)

    @property
    def is_finite(self) -> bool:
        """Whether it can be compared at all."""
        known = (self.p, self.error_of_p, self.W, self.b)
        return all(bool(torch.isfinite(t).all()) for t in known)

    def fits(self, eta: float, dtype: torch.dtype) -> bool:
        """Whether squares of all that a step of size `eta` meets stay finite in `dtype`."""
        sizes = (self.s, self.p, *self.state, self.W, self.b, eta * self.W, eta * self.b)
        return max(float(t.abs().max()) for t in sizes) <= math.sqrt(torch.finfo(dtype).max)
