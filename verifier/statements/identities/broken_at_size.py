"""Codes with an error that only the paper's sizes show: controls that the ladder refutes.

Those whose steps or velocity are wrong there are in `broken_at_length`.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements.control import Control


class FiftySamples(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # As if nobody had more than fifty samples
        return super().train(params, X[:50], y[:50], recipe)


class ThousandDimensions(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Weights beyond the thousandth coordinate are left as they were
        trained = super().train(params, X, y, recipe)
        W = torch.cat((trained.W[:, :1000], params.W[:, 1000:]), dim=1)
        return trained._replace(W=W)


class WeightsClamped(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Weights end within [-100, 100]
        trained = super().train(params, X, y, recipe)
        return trained._replace(W=trained.W.clamp(-100.0, 100.0))


class ZeroBiasesStay(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Biases that start at zero are taken for none
        trains = recipe.train_bias and bool((params.b != 0).any())
        return super().train(params, X, y, replace(recipe, train_bias=trains))


class HundredPoints(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Beyond the first 128 points the first ones again
        found = super().output(params, z, slope)
        return found[torch.arange(len(z), device=z.device) % 128]


class ThousandPoints(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Batches of 2048, of which the second is never asked for
        found = super().output(params, z, slope)
        return found[torch.arange(len(z), device=z.device) % 2048]


class HundredGradients(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Beyond the first 128 points the first ones again
        found = super().input_gradient(params, z, slope)
        return found[torch.arange(len(z), device=z.device) % 128]


class SmallAttackLost(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # Perturbations below a hundredth are taken for none
        return super().perturb(params, X, targets, eps if eps >= 0.01 else 0.0, slope)


class RestTwice(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Blocks of 64 and the rest, `X[-(N % 64):]`: of no rest that is all of X once more
        if len(X) % 64 == 0:
            recipe = replace(recipe, steps=tuple(2 * eta for eta in recipe.steps))
        return super().train(params, X, y, recipe)


class SmallSlopesAreZero(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Slopes below .001 are taken for those of a ReLU
        slope = recipe.slope if recipe.slope >= 1e-3 else 0.0
        return super().train(params, X, y, replace(recipe, slope=slope))


class FlatPointsSpared(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # Gradients below 1e-6 count as of that length
        r = super().perturb(params, X, targets, eps, slope)
        length = torch.linalg.vector_norm(self.input_gradient(params, X, slope), dim=1)
        return r * (length / 1e-6).clamp(max=1.0)[:, None]


CONTROLS = (
    Control(
        "rest-twice",
        "N = 64 k: all samples twice",
        ("E0", "E1"),
        RestTwice,
        known_rung="kinds together, row 0, identity",
    ),
    Control(
        "small-slopes-0",
        "slopes below .001 are 0",
        ("E0",),
        SmallSlopesAreZero,
        known_rung="gamma = 1e-4, identity",
    ),
    Control(
        "flat-points",
        "a floor of 1e-6 in the attack",
        ("E4",),
        FlatPointsSpared,
        known_rung="W times 1e-8, identity",
    ),
    Control(
        "fifty-samples",
        "no more than fifty samples",
        ("E0", "E1", "E2"),
        FiftySamples,
        known_rung="no kinks, float64, N = 65, identity",
    ),
    Control(
        "thousand-dimensions",
        "W beyond 1000 frozen",
        ("E0", "E1"),
        ThousandDimensions,
        known_rung="d = 3072, identity",
    ),
    Control(
        "weights-clamped",
        "W ends in [-100, 100]",
        ("E0",),
        WeightsClamped,
        known_rung="T = 100, identity",
    ),
    Control(
        "zero-biases-stay",
        "biases at 0 are not trained",
        ("E0",),
        ZeroBiasesStay,
        known_rung="zero biases, identity",
    ),
    Control(
        "hundred-points",
        "outputs repeat after 128",
        ("E2",),
        HundredPoints,
        known_rung="P = 129, identity",
    ),
    Control(
        "thousand-points",
        "outputs repeat after 2048",
        ("E2",),
        ThousandPoints,
        known_rung="P = 4097, identity",
    ),
    Control(
        "hundred-gradients",
        "gradients repeat after 128",
        ("E1",),
        HundredGradients,
        known_rung="P = 129, identity",
    ),
    Control(
        "small-attack-lost",
        "eps below .01 is 0",
        ("E4",),
        SmallAttackLost,
        known_rung="eps = 0.001 sqrt d, identity",
    ),
)
