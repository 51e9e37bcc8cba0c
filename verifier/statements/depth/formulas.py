"""E6: outside the span of the samples, training can only rescale the first layer.

Each gradient in `W_1` is a sum of `delta_n x_n^T`, so its rows lie in span{x_n}, whatever happens
in the layers above. Decay multiplies `W_1` by numbers. Hence `W_1(T) = kappa W_1(0)` up to rows
in the span, and with it `nabla f_T(z) = W_1(T)^T delta_T(z) = kappa W_1(0)^T delta_T(z)`.
"""

from __future__ import annotations

import math
from dataclasses import InitVar, dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.deep import DeepRecipe, Layers, Step, signal
from verifier.model.vectors import row_norms, unit_rows

_DROPPED = 4.0  # singular values up to this many rounding errors of a row are none


class Span:
    """The formulas of E6; altered statements subclass it: each formula is one method."""

    def kappa(self, recipe: DeepRecipe) -> float:
        """By what factor training has multiplied the part of `W_1(0)` outside the span.

        1 without decay; `prod_k (1 - eta_k lambda)` with decoupled decay, or with coupled decay
        and no momentum. With both, the decay has a velocity of its own: `v <- mu v + lambda kappa`,
        `kappa <- kappa - eta v`, and with Nesterov `kappa <- kappa - eta (lambda kappa + mu v)`.
        """
        kappa = 1.0
        v = 0.0
        mu = recipe.momentum
        for eta in recipe.steps:
            pull = recipe.coupled_decay * kappa
            v = mu * v + pull
            ahead = pull + mu * v if recipe.nesterov else v
            kappa = (1 - eta * recipe.decoupled_decay) * kappa - eta * ahead
        return kappa

    def signal(self, initial: Layers, final: Layers, z: Tensor, recipe: DeepRecipe) -> Tensor:
        """`delta_T(z)`, (P, m_1): the final network's."""
        return signal(final, z, recipe)[1]


@dataclass(frozen=True)
class Subspace:
    """The span of some samples: an orthonormal `basis (d, r)`, and what it leaves out.

    `dropped`: a combination `sum_n c_n x_n` sticks out of the basis by at most `dropped` times
    `sum_n |c_n| |x_n|`. Nearly dependent samples therefore need no judgement: a direction is
    dropped only where rounding in `dtype` could have made it.
    """

    basis: Tensor
    dropped: float

    @classmethod
    def of(cls, X: Tensor, dtype: torch.dtype) -> Subspace:
        """The span of the rows of `X (N, d)`, float64, whose entries were rounded to `dtype`."""
        singular, directions = torch.linalg.svd(unit_rows(X), full_matrices=False)[1:]
        least = _DROPPED * math.sqrt(len(X)) * torch.finfo(dtype).eps
        return cls(directions[(singular > least)].T, least)

    @property
    def fills_the_space(self) -> bool:
        """Whether nothing lies outside, so that E6 says nothing."""
        return self.basis.shape[1] == self.basis.shape[0]

    def outside(self, v: Tensor) -> Tensor:
        """The part of each row of `v (P, d)` that is orthogonal to the span, same shape."""
        return v - (v @ self.basis) @ self.basis.T


class Influence(NamedTuple):
    """By what factor a change at each step reaches `W_1(T)`: K numbers each, signed.

    `weights`: a change of `W_1` right after step k; `velocity`: of the velocity during step k;
    `gradient`: of the gradient of step k; `direction`: of what step k multiplies by its step size.
    """

    weights: tuple[float, ...]
    velocity: tuple[float, ...]
    gradient: tuple[float, ...]
    direction: tuple[float, ...]

    @classmethod
    def of(cls, recipe: DeepRecipe) -> Influence:
        """By the transposed recursion of `model.deep.move`, from the last step back."""
        mu = recipe.momentum
        w = 1.0
        v = 0.0
        found = []
        for eta in reversed(recipe.steps):
            after, direction = w, -eta * w
            velocity = v + (mu * direction if recipe.nesterov else direction)
            gradient = velocity + (direction if recipe.nesterov else 0.0)
            found.append((after, velocity, gradient, direction))
            w = (1 - eta * recipe.decoupled_decay) * after + recipe.coupled_decay * gradient
            v = mu * velocity
        return cls(*zip(*reversed(found), strict=True))


@dataclass
class PathRounding:
    """Observes a run: what rounding adds to the rows of `W_1(T)`, (m_1,), and their size.

    Every operation of a step errs by `eps_mach` times the size of its result, in any direction; the
    sum over the batch counts B operations. Each error reaches `W_1(T)` by its influence. Errors
    of `delta` do not enter: whatever multiplies a sample stays in the span, so that two codes on
    different paths (at a kink, say) both satisfy E6. `terms`: `sum_k |influence| sum_n
    |delta_n| |x_n|`, the size of the combination of samples. `start`: W_1 before the first step.
    """

    recipe: DeepRecipe
    start: InitVar[Tensor]
    bound: Tensor = field(init=False)
    terms: Tensor = field(init=False)

    def __post_init__(self, start: Tensor) -> None:
        self.influence = Influence.of(self.recipe)
        self.size = row_norms(start.double())
        self.speed, self.bound, self.terms = (torch.zeros_like(self.size) for _ in range(3))

    def __call__(self, k: int, step: Step) -> None:
        """Add step k, seen in the dtype of the run."""
        info = torch.finfo(step.after.dtype)
        recipe = self.recipe
        eta = self.recipe.steps[k]
        before, speed_before = self.size, self.speed
        tensors = (step.after, step.velocity, step.direction)
        self.size, self.speed, direction = (row_norms(t.double()) for t in tensors)
        sum_of_samples = row_norms(step.x.double()) @ step.delta.double().abs()
        decay = recipe.weight_decay * before
        # each error comes into one of four quantities, and from there on into W_1(T)
        errors = {
            "gradient": (len(step.x) + 3) * sum_of_samples + 2 * decay,
            "velocity": recipe.momentum * speed_before + self.speed,
            "direction": direction + recipe.momentum * self.speed,
            "weights": before + self.size + 2 * eta * (direction + decay),
        }
        # below the normal range an operation errs by a fixed amount
        least = info.tiny * math.sqrt(step.x.shape[1]) * len(step.x)
        for quantity, size in errors.items():
            self.bound += abs(getattr(self.influence, quantity)[k]) * info.eps * (size + least)
        self.terms += abs(self.influence.gradient[k]) * sum_of_samples
