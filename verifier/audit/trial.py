"""A finished run as a trial: what statements read, with the saved weights for the trained ones."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from verifier.audit.saved import Saved
from verifier.audit.sensitivity import measured
from verifier.data.distributions import Data
from verifier.errors import NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import natural_inputs
from verifier.model.network import Parameters, as_double, preactivation
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.margins import within
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw
from verifier.trial.replay import Replay
from verifier.trial.subject import Subject
from verifier.trial.trained import Trained
from verifier.trial.trial import Network, Trial

LEAST_SEEN = 0.1
"""Of how far weights moved: where correct runs may differ by more, nothing is said."""


class Finished:
    """A code that has run: what it trained is in the trial, and nothing is trained again."""

    def train(self, params: Any, X: Any, y: Any, recipe: Any) -> Any:
        """No longer possible."""
        raise NotComparable("the run is over")


class FinishedTrial(Trial):
    """The trial of a saved run; its configuration says sizes, recipes and the attack alone."""

    def __init__(self, saved: Saved) -> None:
        self.saved = saved
        has_g = saved.has("g_W0", "targets")
        f_0 = saved.network(end="0")
        X, y = saved.arrays["X"], saved.arrays["y"]
        targets = saved.arrays.get("targets", y)
        g_0 = saved.network("g_", "0") if has_g else f_0
        recipe = saved.recipe()
        configuration = Configuration(
            Data("gaussian", X.shape[1], len(X)),
            f_0.width,
            recipe.slope,
            recipe.train_bias,
            recipe.steps,
            saved.recipe("g_steps").steps if saved.has("g_steps") else recipe.steps,
            saved.numbers.get("eps", 0.0),
            saved.texts.get("scenario", "a"),
            recipe.momentum,
            recipe.loss.name,
            dtype=str(saved.dtype).removeprefix("torch."),
        )
        start = Draw(f_0, g_0, X, y, targets, saved.points)
        super().__init__(configuration, Subject(Finished()), start)

    @cached_property
    def f(self) -> Network:
        """The saved f."""
        start = self.draw
        return _network(start.f_0, start.X, start.y, self.saved.recipe(), self.saved.network())

    @cached_property
    def natural(self) -> Tensor:
        """See `Trial`."""
        return natural_inputs(self.draw.X, self.configuration.scenario)

    @cached_property
    def r(self) -> Tensor:
        """The saved perturbations."""
        return self.saved.arrays["r"]

    @cached_property
    def g(self) -> Network:
        """The saved g."""
        start, recipe = self.draw, self.saved.recipe("g_steps")
        final = self.saved.network("g_")
        return _network(start.g_0, self.natural + self.r, start.targets, recipe, final)


def _network(
    initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe, final: Parameters
) -> Network:
    """A trained network with its replay, comparable whatever kinks the path met.

    Raises `NotComparable` where correct runs may end too far apart for a comparison to say much.
    """
    begin = as_double(initial)
    points, labels = X.double(), y.double()
    path = train(begin, points, labels, recipe, path_weights=True)
    assert path.path_weights is not None
    own = Trained(begin, path.params, points, labels, recipe, path.tau, path.path_weights)
    bound = measured(own, as_double(final), X.dtype)
    moved = torch.linalg.vector_norm(path.params.W - begin.W, dim=1)
    if not float(bound.weight.sum()) <= LEAST_SEEN * float(moved.sum()):
        raise NotComparable("correct runs of this recipe may end a tenth of the way apart, or more")
    return Network(initial, X, y, recipe, final, Replay(bound.run, bound, path.params, False))


def movement(trial: Trial, out: Comparisons) -> None:
    """D1 at the end of training."""
    f, z = trial.f, trial.points.double()
    moved = preactivation(f.replay.run.final, z) - preactivation(f.replay.run.initial, z)
    bound = f.replay.rounding.preactivation(z)
    allowed = certificates(trial, f).movement_bound(z)
    within(out, "u_i(z;T) - u_i(z;0)", moved, allowed, bound)
