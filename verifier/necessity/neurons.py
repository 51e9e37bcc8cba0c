"""Draws on which N1's conclusions may fail: what its premises are needed for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, output
from verifier.model.plateau import train_on_plateau
from verifier.model.recipe import Recipe
from verifier.necessity.premise import Premise
from verifier.statements.broken_codes import Plain
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings

_DIGITS = 1e-6  # relative difference beyond which a neuron has ended elsewhere
_CANDIDATES = 64  # points among which one may be chosen
_POOL = 2000  # neurons from which the sign of E Z is known


class StopsOnceFitted(Plain):
    """Plain descent that stops at the first step whose objective is below -0.1."""

    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        """No gradient once the objective is that low."""
        goes_on = ((-y * output(params, X, recipe.slope)).mean() >= -0.1).to(X.dtype)
        return [goes_on * g for g in super().gradient(params, start, X, y, recipe)]


class CutsOnPlateau(Reference):
    """Cuts the rate where the objective stops falling, by the published rule."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        """From the recipe's first rate."""
        return train_on_plateau(params, X, y, recipe)[0]


@dataclass(frozen=True)
class NeuronsSeeEachOther:
    """Fails if a part of a network's neurons ends elsewhere, to six digits, without the others.

    It is split into `parts`. Each is given the readout with which it moves as at the whole width.
    """

    configuration: Configuration
    code: type[Reference] = Plain
    logistic: bool = False
    parts: int = 2

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, recipe = draw(self.configuration, settings, replicate), self.configuration.f_recipe
        if self.logistic:
            recipe = replace(recipe, loss=Logistic())
        among = self.code().train(start.f_0, start.X, start.y, recipe).W
        size = self.configuration.width // self.parts
        return any(
            self._ends_elsewhere(slice(i, i + size), start, recipe, among)
            for i in range(0, size * self.parts, size)
        )

    def _ends_elsewhere(self, part: slice, start: Draw, recipe: Recipe, among: Tensor) -> bool:
        neurons = Parameters(*(t[part] for t in start.f_0))
        scaled = neurons.a * math.sqrt(neurons.width / self.configuration.width)
        alone = self.code().train(neurons._replace(a=scaled), start.X, start.y, recipe).W
        moved = (among[part] - neurons.W).abs().max()
        return bool((alone - among[part]).abs().max() > _DIGITS * moved)


Choice = Callable[[Draw, Tensor], Tensor]
"""Given a draw and f's outputs at candidates `(P,)` times the signs of E Z: which point, ()."""


def first(start: Draw, outputs: Tensor) -> Tensor:
    """A point that nothing chose."""
    return torch.zeros((), dtype=torch.int64, device=outputs.device)


def worst(start: Draw, outputs: Tensor) -> Tensor:
    """The point at which this very network does worst."""
    return outputs.argmin()


@dataclass(frozen=True)
class WrongSign:
    """Fails if `f_T(z)` has not the sign of `E Z` at the point that `choice` takes.

    `E Z` is that of a pool of neurons on the same data; z is one of the fresh points.
    """

    configuration: Configuration
    choice: Choice = first

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        c = replace(self.configuration, fresh_points=_CANDIDATES)
        start, code = draw(c, settings, replicate), Reference()
        pool = draw(replace(c, width=_POOL), settings, replicate).f_0
        scaled = pool._replace(a=pool.a * math.sqrt(_POOL / c.width))
        ended = code.train(scaled, start.X, start.y, c.f_recipe)
        u = start.z @ ended.W.T + ended.b
        Z = pool.a * torch.where(u >= 0, u, c.slope * u)
        f = code.train(start.f_0, start.X, start.y, c.f_recipe)
        outputs = code.output(f, start.z, c.slope) * Z.mean(dim=1).sign()
        return bool(outputs[self.choice(start, outputs)] <= 0)


_APART = Configuration(
    Data("shifted", 6, 12, separation=0.5),
    width=20,
    slope=0.2,
    train_bias=True,
    f_steps=(0.1,) * 30,
    g_steps=(0.1,),
    eps=1.0,
    scenario="a",
)
_SLOW = replace(_APART, f_steps=(1e-6,) * 13)  # slow beside its start: a cut after 11 steps or none
_NEURONS = "neurons end where they would end without the others (N1)"

OF_NEURONS = (
    Premise(
        "identity loss",
        "the loss is the identity",
        _NEURONS,
        "logistic loss, whose derivative all neurons decide",
        NeuronsSeeEachOther(_APART),
        NeuronsSeeEachOther(_APART, logistic=True),
    ),
    Premise(
        "schedule fixed in advance",
        "steps, batches and stopping do not look at the training",
        _NEURONS,
        "training that stops once the objective is low",
        NeuronsSeeEachOther(_APART),
        NeuronsSeeEachOther(_APART, code=StopsOnceFitted),
    ),
    Premise(
        "rates fixed in advance",
        "step sizes do not look at the training",
        _NEURONS,
        "the published rule, which cuts the rate where the objective stops falling",
        NeuronsSeeEachOther(_SLOW, parts=4),
        NeuronsSeeEachOther(_SLOW, code=CutsOnPlateau, parts=4),
    ),
    Premise(
        "points that know no network",
        "z does not depend on this network's draw",
        "f_T(z) has the sign of a neuron's mean, E Z(z) (N1)",
        "of some fresh points, that at which this network does worst",
        WrongSign(_APART),
        WrongSign(_APART, worst),
        is_proved=False,
    ),
)
"""The premises of N1 that are tried."""
