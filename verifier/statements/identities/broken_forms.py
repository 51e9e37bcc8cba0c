"""Forms of training that are wrong, each for F1."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.model.descent import descend_together
from verifier.model.flow import Flow
from verifier.model.forms import Problem, with_ones
from verifier.model.network import Parameters
from verifier.model.training import TrainingRun, train
from verifier.statements.control import Control
from verifier.statements.identities.forms import Forms


class GramWithoutBias(Forms):
    def gram(self, start: Parameters, X: Tensor, y: Tensor) -> TrainingRun:
        # The Gram matrix without beta: pre-activations forget that biases move
        end = start.clone()
        problem = Problem(start, with_ones(X), y, end, torch.zeros_like(y), None)
        descend_together(problem, self.recipe, X @ X.T)
        return TrainingRun(end, problem.tau, None)


class LastOfAStackLost(Forms):
    def stacked(self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor) -> Parameters:
        # The last network stays where it started
        found = super().stacked(starts, X, y)
        for part, start in zip(found, starts[-1], strict=True):
            part[-1] = start
        return found


class MomentumReset(Forms):
    def alone(
        self, start: Parameters, X: Tensor, y: Tensor, *, path_weights: bool = False
    ) -> TrainingRun:
        # The velocity is forgotten after the first step
        first = train(start, X, y, self.recipe.prefix(1)).params
        rest = replace(self.recipe, steps=self.recipe.steps[1:] or (0.0,))
        return train(first, X, y, rest, path_weights=path_weights)


class FlowStopsEarly(Forms):
    def flow(self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor) -> Flow:
        # By a millionth of the time that it says
        steps = tuple(eta * (1 - 1e-6) for eta in self.recipe.steps)
        early = Forms(replace(self.recipe, steps=steps)).flow(starts, X, y)
        return replace(early, time=self.recipe.time)


CONTROLS = (
    Control(
        "gram-without-beta", "no beta in the Gram matrix", ("F1",), altered={Forms: GramWithoutBias}
    ),
    Control(
        "last-of-a-stack",
        "its last network is not trained",
        ("F1",),
        altered={Forms: LastOfAStackLost},
    ),
    Control(
        "momentum-reset-once",
        "the velocity is lost after a step",
        ("F1",),
        altered={Forms: MomentumReset},
    ),
    Control(
        "flow-stops-early",
        "flow for a millionth less time",
        ("F1",),
        altered={Forms: FlowStopsEarly},
    ),
)
