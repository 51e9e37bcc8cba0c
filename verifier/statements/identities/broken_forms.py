"""Forms of training that are wrong, each for F1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from verifier.model.descent import descend_together
from verifier.model.flow import Flow
from verifier.model.forms import Problem, with_ones
from verifier.model.losses import Identity
from verifier.model.network import Parameters
from verifier.model.training import TrainingRun, train
from verifier.statements.control import Control
from verifier.statements.identities.comparable import Comparing
from verifier.statements.identities.forms import Forms
from verifier.statements.identities.own_losses import OwnLosses


class GramWithoutBias(Forms):
    def gram(self, start: Parameters, X: Tensor, y: Tensor) -> TrainingRun:
        # The Gram matrix without beta: pre-activations forget that biases move
        end = start.clone()
        problem = Problem(start, with_ones(X), y, end, torch.zeros_like(y), None)
        descend_together(problem, self.recipe, X @ X.T)
        return TrainingRun(end, problem.tau, None)


class LastOfAStackLost(Forms):
    def stacked(
        self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor, **how: bool
    ) -> TrainingRun:
        # The last network stays where it started
        found = super().stacked(starts, X, y, **how)
        for part, start in zip(found.params, starts[-1], strict=True):
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
    def flow(self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor, *how: Any) -> Flow:
        # By a millionth of the time that it says
        steps = tuple(eta * (1 - 1e-6) for eta in self.recipe.steps)
        early = Forms(replace(self.recipe, steps=steps)).flow(starts, X, y, *how)
        return replace(early, time=self.recipe.time)


class FlowOfEqualSteps(Forms):
    def flow(self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor, *how: Any) -> Flow:
        # The steps of the last run are all alike
        found = super().flow(starts, X, y, *how)
        recipe = self.recipe
        steps = (recipe.time / found.steps,) * found.steps
        equal = replace(recipe, steps=steps, loss=Identity(), momentum=0.0)
        return replace(found, params=Forms(equal).stacked(starts, X, y).params)


class FlowErrorHalved(Forms):
    def flow(self, starts: tuple[Parameters, ...], X: Tensor, y: Tensor, *how: Any) -> Flow:
        # Half of the distance to the coarser run
        found = super().flow(starts, X, y, *how)
        return replace(found, error=found.error / 2)


class LossJumps(OwnLosses):
    def mixture(self, s: float) -> tuple[float, float]:
        # Another constant below 0: the derivative is as it was
        value, slope = super().mixture(s)
        return value - 2 * (s < 0), slope


class EverythingExcused(Comparing):
    def refuses(self, path: TrainingRun, start: Parameters, final: Parameters) -> bool:
        # Whatever ended elsewhere
        moved = any(not torch.equal(s, t) for s, t in zip(path.params, final, strict=True))
        return moved or super().refuses(path, start, final)


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
    Control(
        "flow-equal-steps",
        "the steps of flow do not grow",
        ("F1",),
        altered={Forms: FlowOfEqualSteps},
    ),
    Control("flow-error-halved", "half of flow's error", ("F1",), altered={Forms: FlowErrorHalved}),
    Control(
        "loss-with-a-jump",
        "a loss that jumps where its tanh changes form",
        ("F1",),
        altered={OwnLosses: LossJumps},
    ),
    Control(
        "everything-excused",
        "whatever ends elsewhere is not compared",
        ("F1",),
        altered={Comparing: EverythingExcused},
    ),
)
