"""The forms in which the library trains, and what F1 hands to them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.descent import descend_alone, descend_together
from verifier.model.device import block_elements
from verifier.model.flow import Flow, gradient_flow
from verifier.model.forms import Problem, with_ones
from verifier.model.losses import Identity
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import STACKED, TrainingRun, train
from verifier.trial.kink_free import longest, with_clear_biases
from verifier.trial.trial import Trial

DIMENSION, NEURONS, SAMPLES = 600, 1040, 8
"""More than `forms.NARROW`, enough for two blocks, and so few that the Gram form pays."""
_SEED = 1


@dataclass(frozen=True)
class Forms:
    """Each form of training by one recipe, as the library has it."""

    recipe: Recipe

    def alone(
        self, start: Parameters, X: Tensor, y: Tensor, *, path_weights: bool = False
    ) -> TrainingRun:
        """One network, in the form that `train` chooses."""
        return train(start, X, y, self.recipe, path_weights=path_weights)

    def gram(self, start: Parameters, X: Tensor, y: Tensor) -> TrainingRun:
        """The Gram form, whether it pays or not; its matrix is that of `train`, bit for bit."""
        beta = X.new_full((), self.recipe.beta)
        return self.descended(start, X, y, torch.addmm(beta, X, X.T))

    def descended(
        self, start: Parameters, X: Tensor, y: Tensor, gram: Tensor | None = None
    ) -> TrainingRun:
        """On the weights themselves, or with this Gram matrix."""
        end = start.clone()
        problem = Problem(start, with_ones(X), y, end, torch.zeros_like(y), None)
        descend = descend_alone if type(self.recipe.loss) is Identity else descend_together
        descend(problem, self.recipe, gram)
        return TrainingRun(end, problem.tau, None)

    def each(self, start: Parameters, X: Tensor, y: Tensor) -> dict[str, TrainingRun]:
        """One network in each form, by name."""
        return {
            "alone": self.alone(start, X, y),
            "with path weights": self.alone(start, X, y, path_weights=True),
            "watched": train(start, X, y, self.recipe, observe=lambda *_: None),
            "Gram form": self.gram(start, X, y),
        }

    def stacked(
        self,
        starts: tuple[Parameters, ...],
        X: Tensor,
        y: Tensor,
        *,
        path_weights: bool = False,
    ) -> TrainingRun:
        """Networks at once, each with its labels `y (G, N)`."""
        together = Parameters(*(torch.stack(parts) for parts in zip(*starts, strict=True)))
        samples = X.expand(len(y), *X.shape)
        return train(together, samples, y, self.recipe, path_weights=path_weights)

    def copies(self, start: Parameters, X: Tensor) -> int:
        """How many pairs of networks are more than a stack."""
        N, d = X.shape
        return STACKED * block_elements(X.device) // (start.width * (N + d)) // 2 + 2

    def flow(
        self,
        starts: tuple[Parameters, ...],
        X: Tensor,
        y: Tensor,
        tolerance: float = 1e-2,
        most_steps: int = 100,
    ) -> Flow:
        """Gradient flow of networks at once, for the recipe's time; of one without a batch."""
        together = Parameters(*(torch.stack(parts) for parts in zip(*starts, strict=True)))
        recipe, X = self.recipe, X.expand(len(y), *X.shape)
        alone = len(starts) == 1
        return gradient_flow(
            starts[0] if alone else together,
            X[0] if alone else X,
            y[0] if alone else y,
            recipe.time,
            slope=recipe.slope,
            train_bias=recipe.train_bias,
            tolerance=tolerance,
            most_steps=most_steps,
        )


def clear_pairs(trial: Trial, recipe: Recipe) -> tuple[Parameters, Parameters]:
    """Both networks of the draw, without kinks along this recipe."""
    length = longest(trial.draw.X)
    f, g = (with_clear_biases(s, length, recipe) for s in (trial.draw.f_0, trial.draw.g_0))
    return f, g


@dataclass(frozen=True)
class Wide:
    """A network's copy in many dimensions, of many neurons and on repeated samples.

    With step sizes that are `times` as large it makes the network's steps: outputs are the same,
    and so is what moves a neuron in a step, a mean over samples.
    """

    start: Parameters
    X: Tensor
    y: Tensor
    into: Tensor
    times: int

    def of(self, params: Parameters) -> Parameters:
        """The copy of other weights of the same network."""
        return _copied(params, self.into, self.times)


def _copied(params: Parameters, into: Tensor, times: int) -> Parameters:
    W, b, a = (torch.cat([t] * times) for t in params)
    return Parameters(W @ into, b, a / math.sqrt(times))


def widened(start: Parameters, X: Tensor, y: Tensor) -> Wide:
    """The copy of a network and of its samples."""
    draws = torch.Generator(device="cpu").manual_seed(_SEED)
    drawn = torch.randn(DIMENSION, X.shape[1], generator=draws, dtype=X.dtype, device="cpu")
    into = torch.linalg.qr(drawn).Q.T.to(X.device)
    times, again = -(-NEURONS // start.width), -(-SAMPLES // len(X))
    every, labels = torch.cat([X] * again) @ into, torch.cat([y] * again)
    return Wide(_copied(start, into, times), every, labels, into, times)
