"""Codes that are no functions of their arguments: one relation of S1 each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.broken_codes import Plain, SumInsteadOfMean
from verifier.statements.control import Control


def a_little_more(t: Tensor) -> Tensor:
    """Off by a unit of rounding, which every bound forgives."""
    return t * (1 + 2 * torch.finfo(t.dtype).eps)


class Restless(Reference):
    calls = 0

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Every second call rounds otherwise
        self.calls += 1
        found = super().output(params, z, slope)
        return found if self.calls % 2 else a_little_more(found)


class Remembering(Reference):
    last: ClassVar[list[float]] = []

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # After a run from another network it rounds otherwise
        own = params.b.sort().values.tolist()
        after_another = own != self.last
        type(self).last = own
        trained = super().train(params, X, y, recipe)
        return trained._replace(W=a_little_more(trained.W)) if after_another else trained


class LabelsForgotten(Reference):
    def __init__(self) -> None:
        self.known: dict[Any, Parameters] = {}

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Runs are kept by network, samples and recipe: the first labels stand for all
        key = (*(tuple(t.flatten().tolist()) for t in (*params, X)), X.shape, recipe)
        if key not in self.known:
            self.known[key] = super().train(params, X, y, recipe)
        return self.known[key].clone()


class WritesNetworks(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Its result is right; the network is not what it was
        found = super().output(params, z, slope)
        params.b.zero_()
        return found


class TrainsInPlace(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # The caller's initial weights are the trained ones
        trained = super().train(params, X, y, recipe)
        params.W.copy_(trained.W)
        return trained


class Centred(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # A part of the batch's mean is taken away
        found = super().output(params, z, slope)
        return found - 0.001 * found.mean()


class LongestGradient(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # The longest gradient of the batch normalises all of it
        gradient = self.input_gradient(params, X, slope)
        longest = torch.linalg.vector_norm(gradient, dim=1).max()
        return eps * targets[:, None] * gradient / longest.clamp_min(torch.finfo(X.dtype).tiny)


class FirstPoint(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # The first of several points counts for more
        found = super().input_gradient(params, z, slope)
        found[0] *= 1.001 if len(z) > 1 else 1.0
        return found


class LaterSamples(Plain):
    def weighting(self, p: Tensor) -> Tensor:
        # Later samples weigh up to a tenth more
        later = torch.linspace(1.0, 1.1, len(p), dtype=p.dtype, device=p.device)
        return super().weighting(p) * later


class LaterNeurons(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # Later neurons learn up to a tenth faster
        W, b, a = super().gradient(params, start, X, y, recipe)
        later = torch.linspace(1.0, 1.1, len(b), dtype=b.dtype, device=b.device)
        return [later[:, None] * W, later * b, a]


class FirstCoordinate(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # The first coordinate learns a tenth slower
        W, b, a = super().gradient(params, start, X, y, recipe)
        W[:, 0] *= 0.9
        return [W, b, a]


class WarmingUp(Plain):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # The first step of each run is half as long
        first, *others = recipe.steps
        return super().train(params, X, y, replace(recipe, steps=(first / 2, *others)))


class ReadsStorage(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Reads memory row by row, whatever the strides
        memory = z.untyped_storage().nbytes() // z.element_size() - z.storage_offset()
        rows = z if memory < z.numel() else torch.as_strided(z, z.shape, (z.shape[1], 1))
        return super().output(params, rows, slope)


class ExpandedOnce(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Answers for the one point that is in memory
        found = super().output(params, z, slope)
        if z.stride(0) == 0:
            found[1:] = 0
        return found


class SlopeForgotten(Reference):
    def __init__(self) -> None:
        self.known: dict[Any, Tensor] = {}

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Outputs are kept by network and points: the first slope stands for all
        key = (*(tuple(t.flatten().tolist()) for t in (*params, z)), z.shape)
        if key not in self.known:
            self.known[key] = super().output(params, z, slope)
        return self.known[key].clone()


class LengthForgotten(Reference):
    def __init__(self) -> None:
        self.known: dict[Any, Tensor] = {}

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # Attacks are kept by network, points and targets: the first length stands for all
        key = (*(tuple(t.flatten().tolist()) for t in (*params, X, targets)), X.shape)
        if key not in self.known:
            self.known[key] = super().perturb(params, X, targets, eps, slope)
        return self.known[key].clone()


class LopsidedKernel(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # Longer first points count for more
        lengths = torch.linalg.vector_norm(z, dim=1)[:, None]
        return super().kernel(z, X, slope) * (1 + 0.001 * lengths)


def _refuted(name: str, what: str, code: Any) -> Control:
    return Control(name, what, ("S1",), code)


CONTROLS = (
    _refuted("restless", "every second call rounds otherwise", Restless),
    _refuted("remembering", "earlier runs change later ones", Remembering),
    _refuted("labels-forgotten", "kept runs, whatever the labels", LabelsForgotten),
    _refuted("writes-networks", "output zeroes the biases", WritesNetworks),
    _refuted("trains-in-place", "initial weights are overwritten", TrainsInPlace),
    _refuted("centred", "outputs less a share of their mean", Centred),
    _refuted("longest-gradient", "one length for a batch's attack", LongestGradient),
    _refuted("first-point", "the first point counts for more", FirstPoint),
    _refuted("later-samples", "later samples weigh more", LaterSamples),
    _refuted("doubled-samples", "objective without 1/N", SumInsteadOfMean),
    _refuted("later-neurons", "later neurons learn faster", LaterNeurons),
    _refuted("first-coordinate", "the first coordinate learns slower", FirstCoordinate),
    _refuted("warming-up", "each run's first step is halved", WarmingUp),
    _refuted("reads-storage", "strides are ignored", ReadsStorage),
    _refuted("expanded-once", "expanded points are one point", ExpandedOnce),
    _refuted("slope-forgotten", "kept outputs, whatever the slope", SlopeForgotten),
    _refuted("length-forgotten", "kept attacks, whatever eps", LengthForgotten),
    _refuted("lopsided-kernel", "Phi is not symmetric", LopsidedKernel),
)
