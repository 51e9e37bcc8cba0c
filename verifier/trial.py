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

from verifier.certificates import Agreement, Certificates
from verifier.concentration import Concentration
from verifier.configuration import Configuration, Draw, Settings, draw
from verifier.decomposition import Decomposition, PerturbationDecomposition
from verifier.deep.span import Span
from verifier.errors import DivergedError
from verifier.implementation import Checked, Reference
from verifier.kernel import phi
from verifier.limits import Limits
from verifier.network import Parameters
from verifier.perturbation import natural_inputs
from verifier.phase_diagram import PhaseDiagram
from verifier.prior_work import OracleLearning, PriorWork
from verifier.replay import Replay, replay
from verifier.training import Recipe, TrainingRun, train

_LARGEST = 1e100  # of a weight: the checks take norms, and so squares, of what follows from it


@dataclass(frozen=True)
class Theory:
    """The formulas under test. Negative controls replace one class by a subclass with an error."""

    decomposition: type[Decomposition] = Decomposition
    perturbation: type[PerturbationDecomposition] = PerturbationDecomposition
    certificates: type[Certificates] = Certificates
    agreement: type[Agreement] = Agreement
    concentration: type[Concentration] = Concentration
    limits: type[Limits] = Limits
    phase_diagram: type[PhaseDiagram] = PhaseDiagram
    prior_work: type[PriorWork] = PriorWork
    oracle_learning: type[OracleLearning] = OracleLearning
    span: type[Span] = Span


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
    """A configuration run by an implementation, under a theory; see the module's docstring."""

    def __init__(
        self,
        configuration: Configuration,
        implementation: Any = None,
        settings: Settings | None = None,
        theory: Theory | None = None,
        replicate: int = 0,
        start: Draw | None = None,
    ) -> None:
        self.configuration = configuration
        self.replicate = replicate
        self.start = start
        self.code = Checked(Reference() if implementation is None else implementation)
        self.settings = settings or Settings()
        self.theory = theory or Theory()
        self._certificates: dict[int, Certificates] = {}

    @cached_property
    def draw(self) -> Draw:
        """The initial networks, data, targets and fresh points: `start`, if it was given."""
        if self.start is not None:
            return self.start
        return draw(self.configuration, self.settings, self.replicate)

    @cached_property
    def points(self) -> Tensor:
        """Fresh points and the first two training samples, (P, d), in the trial's dtype."""
        return torch.cat((self.draw.z, self.draw.X[:2]))

    def path(self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> TrainingRun:
        """The replayed path of a recipe, with its path weights."""
        return train(initial, X, y, recipe, path_weights=True)

    def _train(self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Network:
        # the replay first: a diverging draw is rejected before the code under test sees it
        path = self.path(initial, X, y, recipe)
        if max(float(t.abs().max()) for t in path.params) > _LARGEST:
            raise DivergedError(len(recipe.steps) - 1, "the square of a weight")
        trained = self.code.train(initial, X, y, recipe)
        evidence = replay(path, initial, X, y, recipe, trained)
        return Network(initial, X, y, recipe, trained, evidence)

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
        return self.code.perturb(self.f.trained, start.X, start.targets, c.eps, c.slope)

    @cached_property
    def g(self) -> Network:
        """g, trained on perturbations labelled with the targets."""
        start, recipe = self.draw, self.configuration.g_recipe
        return self._train(start.g_0, self.natural + self.r, start.targets, recipe)

    def decomposition(self, network: Network) -> Decomposition:
        """Section 2's formulas for a network."""
        return self.theory.decomposition(network.replay.run)

    def certificates(self, network: Network) -> Certificates:
        """Section 3's formulas for a network, with the implementation's kernel if it offers one."""
        if id(network) not in self._certificates:  # they keep what several claims read
            run, rounding = network.replay.run, network.replay.rounding
            kernel = self.code.kernel if "kernel" in self.code.offered else phi
            self._certificates[id(network)] = self.theory.certificates(
                run.initial, run.X, run.y, run.tau, run.recipe, rounding, kernel
            )
        return self._certificates[id(network)]

    def output(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `f_T(z)`, (P,), float64."""
        return self.code.output(network.trained, z, self.configuration.slope)

    def initial_output(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `f_0(z)`, (P,), float64."""
        return self.code.output(network.initial, z, self.configuration.slope)

    def input_gradient(self, network: Network, z: Tensor) -> Tensor:
        """The implementation's `nabla f_T(z)`, (P, d), float64."""
        return self.code.input_gradient(network.trained, z, self.configuration.slope)
