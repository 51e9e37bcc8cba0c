"""Training loops with one fault each, as they are met in practice: what a code is compared with.

Written by autograd, apart from the library and from the negative controls.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

Schedule = Callable[[tuple[float, ...]], tuple[float, ...]]


class Loop:
    """A correct heavy ball on `(1/N) sum ell(-y f)`, whose parts a fault overrides."""

    def objective(self, f: Tensor, y: Tensor, loss: Loss) -> Tensor:
        """What is descended."""
        return loss.value(-y * f).mean()

    def schedule(self, steps: tuple[float, ...]) -> tuple[float, ...]:
        """The step sizes that are used."""
        return steps

    def gradient(self, value: Tensor, found: Tensor) -> Tensor:
        """What stands for a parameter's gradient."""
        return found

    def velocity(self, v: Tensor | None, g: Tensor, mu: float, eta: float) -> Tensor:
        """From the velocity `v` before, None at first."""
        return g if v is None else mu * v + g

    def move(self, value: Tensor, v: Tensor, eta: float) -> Tensor:
        """By how much a parameter moves against its velocity."""
        return eta * v

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """Final parameters, as of the protocol."""
        W, b, a = params
        state = [W, b] if recipe.train_bias else [W]
        velocities: list[Tensor | None] = [None for _ in state]
        for eta in self.schedule(recipe.steps):
            with torch.inference_mode(False), torch.enable_grad():
                leaves = [t.detach().clone().requires_grad_() for t in state]
                u = X @ leaves[0].T + (leaves[1] if recipe.train_bias else b)
                f = torch.where(u >= 0, u, recipe.slope * u) @ a / math.sqrt(len(a))
                found = torch.autograd.grad(self.objective(f, y, recipe.loss), leaves)
            for k, (value, g) in enumerate(zip(state, found, strict=True)):
                v = self.velocity(velocities[k], self.gradient(value, g), recipe.momentum, eta)
                velocities[k] = v
                state[k] = value - self.move(value, v, eta)
        return Parameters(state[0], state[1] if recipe.train_bias else b, a)


class Dampened(Loop):
    """`v = mu v + (1 - dampening) g` but for the first gradient, and none without momentum.

    As torch's `dampening` has it.
    """

    def __init__(self, dampening: float | None = None) -> None:
        self.dampening = dampening

    def velocity(self, v: Tensor | None, g: Tensor, mu: float, eta: float) -> Tensor:
        """See `Loop`; by default dampened by mu."""
        dampening = mu if self.dampening is None else self.dampening
        return g if v is None or mu == 0 else mu * v + (1 - dampening) * g


class Averaged(Loop):
    """`v = mu v + (1 - mu) g` from 0: an exponential mean of the gradients."""

    def velocity(self, v: Tensor | None, g: Tensor, mu: float, eta: float) -> Tensor:
        """See `Loop`."""
        before = torch.zeros_like(g) if v is None else v
        return mu * before + (1 - mu) * g


class RateInside(Loop):
    """`v = mu v + eta g`, and the parameters move by v."""

    def velocity(self, v: Tensor | None, g: Tensor, mu: float, eta: float) -> Tensor:
        """See `Loop`."""
        return eta * g if v is None else mu * v + eta * g

    def move(self, value: Tensor, v: Tensor, eta: float) -> Tensor:
        """See `Loop`."""
        return v


class RateTwice(RateInside):
    """`v = mu v + eta g`, and the parameters move by eta v."""

    def move(self, value: Tensor, v: Tensor, eta: float) -> Tensor:
        """See `Loop`."""
        return eta * v


class Broadcast(Loop):
    """Outputs of shape (N, 1) times labels of shape (N,): the mean over all N^2 pairs."""

    def objective(self, f: Tensor, y: Tensor, loss: Loss) -> Tensor:
        """See `Loop`."""
        return loss.value(-y * f[:, None]).mean()


class Accumulated(Loop):
    """Gradients add up, where none is set to zero before the next."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `Loop`."""
        self.sums: dict[torch.Size, Tensor] = {}
        return super().train(params, X, y, recipe)

    def gradient(self, value: Tensor, found: Tensor) -> Tensor:
        """See `Loop`."""
        self.sums[value.shape] = found + self.sums.get(value.shape, torch.zeros_like(found))
        return self.sums[value.shape]


class Scheduled(Loop):
    """Other step sizes than those of the recipe."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def schedule(self, steps: tuple[float, ...]) -> tuple[float, ...]:
        """See `Loop`."""
        return self._schedule(steps)


class Decaying(Loop):
    """Weights decay, through the gradient or beside it; biases too, or not."""

    def __init__(self, decay: float, *, coupled: bool, biases: bool) -> None:
        self.decay = decay
        self.coupled = coupled
        self.biases = biases

    def _of(self, value: Tensor) -> float:
        return self.decay if self.biases or value.ndim == 2 else 0.0

    def gradient(self, value: Tensor, found: Tensor) -> Tensor:
        """See `Loop`."""
        return found + self._of(value) * value if self.coupled else found

    def move(self, value: Tensor, v: Tensor, eta: float) -> Tensor:
        """See `Loop`."""
        return eta * v + (0.0 if self.coupled else eta * self._of(value)) * value


class Sloped(Loop):
    """The leaky ReLU's slope is another than the recipe's."""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `Loop`."""
        return super().train(params, X, y, replace(recipe, slope=self.slope))


class Some(Loop):
    """Samples are left out; the mean is over those that stay, or over all.

    `spares`: a sample that is alone is kept.
    """

    def __init__(self, kept: slice, *, of_all: bool, spares: bool) -> None:
        self.kept = kept
        self.of_all = of_all
        self.spares = spares

    def objective(self, f: Tensor, y: Tensor, loss: Loss) -> Tensor:
        """See `Loop`."""
        kept = slice(None) if self.spares and len(y) == 1 else self.kept
        found = loss.value(-y[kept] * f[kept])
        return found.sum() / max(1, len(y) if self.of_all else len(found))


class Scaled(Loop):
    """An objective larger by a factor, which may depend on N, m and d."""

    def __init__(self, factor: Callable[[int, int, int], float]) -> None:
        self.factor = factor
        self.size = 1.0

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """See `Loop`."""
        self.size = self.factor(len(y), params.width, params.dimension)
        return super().train(params, X, y, recipe)

    def gradient(self, value: Tensor, found: Tensor) -> Tensor:
        """See `Loop`."""
        return self.size * found
