"""When a run can be compared with its replay, for F1: what is excused, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.errors import NotComparable
from verifier.evidence.comparisons import Comparisons
from verifier.model.losses import Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun, train
from verifier.statements.identities.forms import clear_pairs
from verifier.trial.replay import replay
from verifier.trial.trial import Trial


@dataclass(frozen=True)
class Comparing:
    """The library's replay of a run of `recipe` on `X (N, d)`, `y (N,)`."""

    recipe: Recipe
    X: Tensor
    y: Tensor

    def refuses(self, path: TrainingRun, start: Parameters, final: Parameters) -> bool:
        """Whether it says that a code which ended at `final` cannot be compared."""
        try:
            replay(path, start, self.X, self.y, self.recipe, final)
        except NotComparable:
            return True
        return False

    def is_exact(self, path: TrainingRun, start: Parameters) -> bool:
        """Whether it says that a code which ended where the replay does ended there bitwise."""
        return replay(path, start, self.X, self.y, self.recipe, path.params).exact


def comparable(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """Far from kinks any end is compared; a run that begins at one, only if it ended there too.

    Ends are those of the replay, and others whose weights or biases are larger or smaller by one.
    """
    X, y = trial.draw.X, trial.draw.y
    recipe = replace(recipe, loss=Logistic())
    start, _ = clear_pairs(trial, recipe)
    at_kink = start.clone()
    at_kink.W[0], at_kink.b[0] = 0.0, 0.0
    comparing = trial.theory[Comparing](recipe, X, y)
    nothing = torch.zeros_like(X[0, 0])
    for beginning, is_near in ((start, False), (at_kink, True)):
        path = train(beginning, X, y, recipe, path_weights=True)
        W, b, a = path.params
        name = "excused at a kink" if is_near else "excused far from kinks"
        for sign in (1.0, -1.0):
            for final in (Parameters(W + sign, b, a), Parameters(W, b + sign, a)):
                found = torch.full_like(nothing, comparing.refuses(path, beginning, final))
                out.identity(name, found, torch.full_like(nothing, is_near), nothing)
        found = torch.full_like(nothing, comparing.is_exact(path, beginning))
        out.identity("exact where it is", found, torch.ones_like(found), nothing)
