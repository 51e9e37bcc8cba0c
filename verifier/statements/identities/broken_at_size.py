"""Codes with an error that only the paper's sizes show: controls that the ladder refutes."""

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


class OwnLossWithoutMomentum(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # ReLU networks under a loss of one's own forget the velocity: three kinds at once
        if recipe.loss.name == "mixture" and recipe.slope == 0:
            recipe = replace(recipe, momentum=0.0)
        return super().train(params, X, y, recipe)


class RestTwice(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Blocks of 64 and the rest, `X[-(N % 64):]`: of no rest that is all of X once more
        if len(X) % 64 == 0:
            recipe = replace(recipe, steps=tuple(2 * eta for eta in recipe.steps))
        return super().train(params, X, y, recipe)


class ConstantRateLooksAhead(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Equal steps go to an optimiser that was made with Nesterov's momentum
        first, *others = recipe.steps
        if len(others) > 2 and {first} == {*others} and recipe.momentum >= 0.9:
            steps = (first * (1 + recipe.momentum), *others)
            recipe = replace(recipe, steps=steps)
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
    Control("own-loss-no-momentum", "mixture, ReLU: mu = 0", ("E0",), OwnLossWithoutMomentum),
    Control("rest-twice", "N = 64 k: all samples twice", ("E0", "E1"), RestTwice),
    Control("constant-rate", "equal steps look ahead", ("E0",), ConstantRateLooksAhead),
    Control("small-slopes-0", "slopes below .001 are 0", ("E0",), SmallSlopesAreZero),
    Control("flat-points", "a floor of 1e-6 in the attack", ("E4",), FlatPointsSpared),
    Control("fifty-samples", "no more than fifty samples", ("E0", "E1", "E2"), FiftySamples),
    Control("momentum-for-eight", "velocity lost at step 8", ("E0",), MomentumForEightSteps),
    Control("momentum-at-most", "momentum above .95 is .95", ("E0",), MomentumAtMost95),
    Control("two-hundred-steps", "no more than 200 steps", ("E0", "E2"), TwoHundredSteps),
    Control("velocity-lost-late", "at step 200", ("E0",), MomentumForTwoHundredSteps),
    Control("many-samples-long", "a step less if N > 50, K > 8", ("E0",), LostOfManySamples),
    Control("wide-and-long", "a step less if m > 1000, K > 8", ("E0",), LostOfWide),
    Control("wide-relu", "a step less if m > 50000, ReLU", ("E0",), LostOfWideReLU),
    Control("float32-for-long", "a step less if K > 40 in float32", ("E0",), LostOfLongFloat32),
    Control("many-exponential", "a step less if N > 50", ("E0",), LostOfManyExponential),
    Control("thousand-dimensions", "W beyond 1000 frozen", ("E0", "E1"), ThousandDimensions),
    Control("weights-clamped", "W ends in [-100, 100]", ("E0",), WeightsClamped),
    Control("zero-biases-stay", "biases at 0 are not trained", ("E0",), ZeroBiasesStay),
    Control("hundred-points", "outputs repeat after 128", ("E2",), HundredPoints),
    Control("thousand-points", "outputs repeat after 2048", ("E2",), ThousandPoints),
    Control("hundred-gradients", "gradients repeat after 128", ("E1",), HundredGradients),
    Control("small-attack-lost", "eps below .01 is 0", ("E4",), SmallAttackLost),
)
