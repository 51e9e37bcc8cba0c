"""Codes that lose steps or their velocity at the paper's sizes alone: controls of the ladder."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.control import Control


class MomentumForEightSteps(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # The velocity is lost after eight steps
        for i in range(0, len(recipe.steps), 8):
            params = super().train(params, X, y, replace(recipe, steps=recipe.steps[i : i + 8]))
        return params


class MomentumAtMost95(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # A momentum above .95 counts as .95
        limited = replace(recipe, momentum=min(recipe.momentum, 0.95))
        return super().train(params, X, y, limited)


class TwoHundredSteps(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # No more than two hundred steps are made
        return super().train(params, X, y, recipe.prefix(200))


class MomentumForTwoHundredSteps(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # A velocity that is lost after two hundred steps; without momentum there is none to lose
        params = super().train(params, X, y, recipe.prefix(200))
        if len(recipe.steps) <= 200:
            return params
        return super().train(params, X, y, replace(recipe, steps=recipe.steps[200:]))


class LastStepLost(Reference):
    """Makes one step too few where two sizes are large at once."""

    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        raise NotImplementedError

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        lost = self.is_large(params, X, recipe)
        return super().train(params, X, y, recipe.prefix(max(1, len(recipe.steps) - lost)))


class LostOfManySamples(LastStepLost):
    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        # More samples and more steps than random draws have
        return len(X) > 50 and len(recipe.steps) > 8


class LostOfWide(LastStepLost):
    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        # A wide network and more steps than random draws have
        return params.width > 1000 and len(recipe.steps) > 8


class LostOfWideReLU(LastStepLost):
    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        # A ReLU network of more neurons than random draws have
        return params.width > 50_000 and recipe.slope == 0


class LostOfLongFloat32(LastStepLost):
    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        # Momentum for long, in single precision, under a loss that bends
        is_long = recipe.momentum > 0 and len(recipe.steps) > 40
        return is_long and X.dtype == torch.float32 and recipe.loss.name == "logistic"


class LostOfManyExponential(LastStepLost):
    @staticmethod
    def is_large(params: Parameters, X: Tensor, recipe: Recipe) -> bool:
        # More samples than random draws have, under the loss that is rarest there
        return len(X) > 50 and recipe.loss.name == "exponential"


class OwnLossWithoutMomentum(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # ReLU networks under a loss of one's own forget the velocity: three kinds at once
        if recipe.loss.name == "mixture" and recipe.slope == 0:
            recipe = replace(recipe, momentum=0.0)
        return super().train(params, X, y, recipe)


class ConstantRateLooksAhead(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Equal steps go to an optimiser that was made with Nesterov's momentum
        first, *others = recipe.steps
        if len(others) > 2 and {first} == {*others} and recipe.momentum >= 0.9:
            steps = (first * (1 + recipe.momentum), *others)
            recipe = replace(recipe, steps=steps)
        return super().train(params, X, y, recipe)


CONTROLS = (
    Control(
        "own-loss-no-momentum",
        "mixture, ReLU: mu = 0",
        ("E0",),
        OwnLossWithoutMomentum,
        known_rung="kinds together, row 9, mixture",
    ),
    Control(
        "constant-rate",
        "equal steps look ahead",
        ("E0",),
        ConstantRateLooksAhead,
        known_rung="kinds together, row 0, identity",
    ),
    Control(
        "momentum-for-eight",
        "velocity lost at step 8",
        ("E0",),
        MomentumForEightSteps,
        known_rung="no kinks, float64, m = 100000, K = 17, mu = 0.5, identity",
    ),
    Control(
        "momentum-at-most",
        "momentum above .95 is .95",
        ("E0",),
        MomentumAtMost95,
        known_rung="mu = 0.99, identity",
    ),
    Control(
        "two-hundred-steps",
        "no more than 200 steps",
        ("E0", "E2"),
        TwoHundredSteps,
        known_rung="K = 1000, identity",
    ),
    Control(
        "velocity-lost-late",
        "at step 200",
        ("E0",),
        MomentumForTwoHundredSteps,
        known_rung="K = 1000, momentum, identity",
    ),
    Control(
        "many-samples-long",
        "a step less if N > 50, K > 8",
        ("E0",),
        LostOfManySamples,
        known_rung="N = d = m = P = 129, K = 17, mu = 0.9, identity",
    ),
    Control(
        "wide-and-long",
        "a step less if m > 1000, K > 8",
        ("E0",),
        LostOfWide,
        known_rung="no kinks, float64, m = 100000, K = 17, mu = 0.5, identity",
    ),
    Control(
        "wide-relu",
        "a step less if m > 50000, ReLU",
        ("E0",),
        LostOfWideReLU,
        known_rung="m = 60000, logistic",
    ),
    Control(
        "float32-for-long",
        "a step less if K > 40 in float32",
        ("E0",),
        LostOfLongFloat32,
        known_rung="no kinks, float32, K = 50, mu = 0.9, logistic",
    ),
    Control(
        "many-exponential",
        "a step less if N > 50",
        ("E0",),
        LostOfManyExponential,
        known_rung="N = 129, exponential",
    ),
)
