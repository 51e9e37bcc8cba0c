"""One trial: a configuration drawn, trained, perturbed and trained again, each part on demand.

A trial runs the implementation under test and, beside it, the replay that says what its path was.
Checks read a trial; all its tensors that enter a formula are float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from verifier.errors import DivergedError
from verifier.model.attack import natural_inputs
from verifier.model.device import read
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun, train
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.learning import perturbations
from verifier.trial.replay import Replay, replay
from verifier.trial.subject import Subject

_LARGEST = 1e100  # of a weight: the checks take norms, and so squares, of what follows from it


@dataclass(frozen=True)
class Network:
    """A trained network under test with the theory's view of it.

    `initial`, `X`, `y`, `recipe`: what the implementation was given, in its dtype. `trained`: what
    it returned. `replay`: what must have happened between, in float64.
    """

    initial: Parameters
    X: Tensor
    y: Tensor
    recipe: Recipe
    trained: Parameters
    replay: Replay


class Trial:
    """A configuration run by the subject's code; see the module's docstring.

    `start`: a draw in place of the configuration's own. `kept`: what several checks read.
    """

    def __init__(
        self,
        configuration: Configuration,
        subject: Subject | None = None,
        start: Draw | None = None,
        replicate: int = 0,
    ) -> None:
        self.configuration = configuration
        self.subject = subject or Subject()
        self.code = self.subject.code
        self.theory = self.subject.theory
        self.start = start
        self.replicate = replicate
        self.kept: dict[Any, Any] = {}

    @cached_property
    def draw(self) -> Draw:
        """The initial networks, data, targets and fresh points: `start`, if it was given."""
        if self.start is not None:
            return self.start
        return draw(self.configuration, self.subject.settings, self.replicate)

    @cached_property
    def points(self) -> Tensor:
        """Fresh points and the first two training samples, (P, d), in the trial's dtype."""
        return torch.cat((self.draw.z, self.draw.X[:2]))

    @cached_property
    def z(self) -> Tensor:
        """The same points in float64, (P, d): one tensor, so that formulas at it are kept."""
        return self.points.double()

    def path(self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> TrainingRun:
        """The replayed path of a recipe, with its path weights."""
        return train(initial, X, y, recipe, path_weights=True)

    def _train(self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Network:
        # the replay first: a diverging draw is rejected before the code under test sees it
        path = self.path(initial, X, y, recipe)
        if max(read(torch.stack([t.abs().max() for t in path.params]))) > _LARGEST:
            raise DivergedError(len(recipe.steps) - 1, "the square of a weight")
        trained = self.code.train(initial, X, y, recipe)
        return Network(initial, X, y, recipe, trained, replay(path, initial, X, y, recipe, trained))

    @cached_property
    def f(self) -> Network:
        """f, trained on clean data."""
        start = self.draw
        return self._train(start.f_0, start.X, start.y, self.configuration.f_recipe)

    @cached_property
    def natural(self) -> Tensor:
        """`o_n`, (N, d), in the trial's dtype."""
        return natural_inputs(self.draw.X, self.configuration.scenario)

    @cached_property
    def r(self) -> Tensor:
        """The perturbations of the trained f towards the targets, (N, d), in the trial's dtype."""
        start, c = self.draw, self.configuration
        return perturbations(self.code, self.f.trained, start.X, start.targets, c)

    @cached_property
    def g(self) -> Network:
        """g, trained on perturbations labelled with the targets."""
        start, recipe = self.draw, self.configuration.g_recipe
        return self._train(start.g_0, self.natural + self.r, start.targets, recipe)

    def output(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `f_T(z)`, (P,), float64."""
        return self.code.output(network.trained, z, self.configuration.slope)

    def initial_output(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `f_0(z)`, (P,), float64."""
        return self.code.output(network.initial, z, self.configuration.slope)

    def input_gradient(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `nabla f_T(z)`, (P, d), float64."""
        return self.code.input_gradient(network.trained, z, self.configuration.slope)
