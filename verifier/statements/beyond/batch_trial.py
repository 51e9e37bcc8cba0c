"""Perturbation learning with mini-batches: configuration, and a trial that replays their path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import torch
from torch import Tensor

from verifier.errors import DivergedError
from verifier.model.batches import check_sampler, draw_batches
from verifier.model.device import read
from verifier.model.network import Parameters
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.statements.beyond.batches import Batches
from verifier.statements.inputs import Inputs
from verifier.trial.configuration import Configuration
from verifier.trial.description import seed_of
from verifier.trial.replay import replay
from verifier.trial.trial import Network, Trial

_LARGEST = 1e100  # of a weight: the checks take squares


@dataclass(frozen=True)
class BatchConfiguration(Configuration):
    """A configuration whose training sees `batch_size` samples at a step.

    `sampler`: one of `model.batches.SAMPLERS`.
    """

    _COUNTS: ClassVar[tuple[str, ...]] = (*Configuration._COUNTS, "batch_size")

    batch_size: int = 1
    sampler: str = "fresh"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sampler(self.sampler, self.data.samples, self.batch_size)


class BatchTrial(Trial):
    """A trial in which f and g are trained by mini-batches, each by its own."""

    configuration: BatchConfiguration

    def batches(self, name: str, recipe: Recipe) -> Tensor:
        """The batches of f or g, (K, B): they depend on nothing else that is drawn."""
        c, start = self.configuration, self.draw
        seed = seed_of(c.seed(self.subject.settings.run_seed, self.replicate), "batches", name)
        generator = torch.Generator(device="cpu").manual_seed(seed)
        drawn = draw_batches(c.sampler, len(start.y), c.batch_size, len(recipe.steps), generator)
        return drawn.to(start.X.device)

    @cached_property
    def f(self) -> Network:
        """f, trained on clean data."""
        start, recipe = self.draw, self.configuration.f_recipe
        return self.train_on(start.f_0, start.X, start.y, recipe, self.batches("f", recipe))

    @cached_property
    def g(self) -> Network:
        """g, trained on perturbations labelled with the targets."""
        start, recipe = self.draw, self.configuration.g_recipe
        inputs = self.natural + self.r
        return self.train_on(start.g_0, inputs, start.targets, recipe, self.batches("g", recipe))

    def train_on(
        self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Network:
        """What the code makes of these batches, and the replay of its path."""
        weights = self.theory[Batches](batches, len(y)).weights().to(X.dtype)
        path = plain_descent(initial, X, y, recipe, weights=weights)
        sizes = read(torch.stack([t.abs().max() for t in (*path.params, path.tau)]))
        if not all(size <= _LARGEST for size in sizes):
            raise DivergedError(len(recipe.steps) - 1, "the square of a weight")
        trained = self.code.train_batches(initial, X, y, recipe, batches)
        again = replay(path, initial, X, y, recipe, trained, weights.double())
        return Network(initial, X, y, recipe, trained, again)


BATCHED = Inputs(
    "batched",
    "verifier.suite.batches:batched_configurations",
    BatchTrial,
    BatchConfiguration.from_json,
    cost=8,
    ladder="verifier.suite.ladder_beyond:BATCHED",
)
"""Every kind of data and network, trained by mini-batches of every sampler."""
