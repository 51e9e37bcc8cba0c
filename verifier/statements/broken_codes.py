"""Broken implementations: each a plain training loop, or the reference, with one error."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, activation_pattern, input_gradient, preactivation
from verifier.model.recipe import Recipe
from verifier.model.training import train


class Plain(Reference):
    """A correct training loop, step by step, whose parts a control overrides."""

    def slope(self, recipe: Recipe) -> float:
        # Slope of the backward pass
        return recipe.slope

    def scale(self, params: Parameters) -> float:
        # Width scaling
        return 1 / math.sqrt(params.width)

    def beta(self, recipe: Recipe) -> float:
        # 1 if the biases are trained
        return recipe.beta

    def momentum(self, recipe: Recipe) -> float:
        # Heavy-ball momentum
        return recipe.momentum

    def weighting(self, p: Tensor) -> Tensor:
        # `p_n / N`
        return p / len(p)

    def pattern(self, params: Parameters, start: Parameters, X: Tensor, recipe: Recipe) -> Tensor:
        # `phi'(u_i(x_n))`, (N, m)
        return activation_pattern(preactivation(params, X), self.slope(recipe))

    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # Gradients of the objective in W, b and a (the last is zero: the readout is frozen)
        u = preactivation(params, X)
        f = (u * activation_pattern(u, recipe.slope)) @ params.a * self.scale(params)
        share = -y * self.weighting(recipe.loss.derivative(-y * f))
        back = (self.pattern(params, start, X, recipe) * share[:, None]).T  # (m, N)
        lift = self.scale(params) * params.a
        bias = self.beta(recipe) * lift * back.sum(dim=1)
        return [lift[:, None] * (back @ X), bias, torch.zeros_like(params.a)]

    def step(self, state: list[Tensor], velocity: list[Tensor], eta: float) -> None:
        # Move the parameters, in place
        for value, v in zip(state, velocity, strict=True):
            value -= eta * v

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Full-batch heavy ball
        state = list(params.clone())
        velocity = [torch.zeros_like(v) for v in state]
        for eta in recipe.steps:
            gradients = self.gradient(Parameters(*state), params, X, y, recipe)
            for v, gradient in zip(velocity, gradients, strict=True):
                v.mul_(self.momentum(recipe)).add_(gradient)
            self.step(state, velocity, eta)
        return Parameters(*state)


class SlopeIgnoredInBackward(Plain):
    def slope(self, recipe: Recipe) -> float:
        return 0.0


class WidthWithoutRoot(Plain):
    def scale(self, params: Parameters) -> float:
        return 1 / params.width


class WrongBeta(Plain):
    def beta(self, recipe: Recipe) -> float:
        return 1.0 - recipe.beta


class MomentumOff(Plain):
    def momentum(self, recipe: Recipe) -> float:
        return 0.0


class SumInsteadOfMean(Plain):
    def weighting(self, p: Tensor) -> Tensor:
        return p


class StalePattern(Plain):
    def pattern(self, params: Parameters, start: Parameters, X: Tensor, recipe: Recipe) -> Tensor:
        return activation_pattern(preactivation(start, X), recipe.slope)


class PatternWithoutBias(Plain):
    def pattern(self, params: Parameters, start: Parameters, X: Tensor, recipe: Recipe) -> Tensor:
        return activation_pattern(X @ params.W.T, recipe.slope)


class ReadoutTrained(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        W, b, _ = super().gradient(params, start, X, y, recipe)
        u = preactivation(params, X)
        hidden = u * activation_pattern(u, recipe.slope)
        share = -y * self.weighting(recipe.loss.derivative(-y * (hidden @ params.a)))
        return [W, b, self.scale(params) * share @ hidden]


class SampleDropped(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        keep = max(1, len(y) - 1)
        return super().gradient(params, start, X[:keep], y[:keep], recipe)


class LabelsShuffled(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        return super().gradient(params, start, X, y.roll(1), recipe)


class Ascent(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        return [-g for g in super().gradient(params, start, X, y, recipe)]


class WeightDecay(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        W, b, a = super().gradient(params, start, X, y, recipe)
        return [W + 0.1 * params.W, b, a]


class SignDescent(Plain):
    def step(self, state: list[Tensor], velocity: list[Tensor], eta: float) -> None:
        for value, v in zip(state, velocity, strict=True):
            value -= eta * v.sign()


class Adam(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        W, b, a = params.clone()
        trained = [W, b] if recipe.train_bias else [W]
        optimiser = torch.optim.Adam([t.requires_grad_() for t in trained], lr=1.0)
        for eta in recipe.steps:
            optimiser.param_groups[0]["lr"] = eta
            optimiser.zero_grad()
            u = X @ W.T + b
            f = torch.where(u >= 0, u, recipe.slope * u) @ a / math.sqrt(len(a))
            recipe.loss.value(-y * f).mean().backward()
            optimiser.step()
        return Parameters(W.detach(), b.detach(), a)


class LowPrecision(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        half = torch.float32 if X.dtype == torch.float64 else torch.bfloat16
        return train(
            Parameters(*(t.to(half) for t in params)), X.to(half), y.to(half), recipe
        ).params


class OutputWithoutRoot(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().output(params, z, slope) / math.sqrt(params.width)


class OutputWithoutBias(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().output(params._replace(b=torch.zeros_like(params.b)), z, slope)


class OutputConstant(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return torch.ones(len(z), dtype=z.dtype, device=z.device)


class GradientWithoutSlope(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().input_gradient(params, z, 0.0)


class GradientWithoutReadout(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().input_gradient(params._replace(a=params.a.abs()), z, slope)


class SignLostInAttack(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return super().perturb(params, X, torch.ones_like(targets), eps, slope)


class AttackAwayFromTarget(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return -super().perturb(params, X, targets, eps, slope)


class AttackNotNormalised(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return eps * targets[:, None] * input_gradient(params, X, slope)


class SignAttack(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        gradient = input_gradient(params, X, slope)
        return eps * targets[:, None] * gradient.sign() / math.sqrt(X.shape[1])


class FarStep(Plain):
    def step(self, state: list[Tensor], velocity: list[Tensor], eta: float) -> None:
        # One per cent too far, and only where float32 and width hide it best
        hidden = state[0].dtype == torch.float32 and len(state[1]) >= 300
        super().step(state, velocity, eta * (1.01 if hidden else 1.0))


class KernelTooLarge(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        return 1.1 * super().kernel(z, X, slope)


class KernelWithoutBias(Reference):
    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        # The arcsin takes the angle of the inputs, without the `+ 1` of the biases
        unit_z, unit_x = (torch.nn.functional.normalize(t, dim=1) for t in (z, X))
        rho = (unit_z @ unit_x.T).clamp(-1, 1)
        return slope + (1 - slope) ** 2 * (0.25 + torch.asin(rho) / (2 * math.pi))
