"""Codes that differ from correct ones at u = 0 alone, which no random draw meets."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, activation_pattern, preactivation, seen_through
from verifier.model.recipe import Recipe
from verifier.model.vectors import unit_rows
from verifier.statements.broken_codes import Plain
from verifier.statements.control import Control
from verifier.statements.identities.e0k_kink import AtZero


def dead_at_zero(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`, but 0 at 0: neither `u > 0` nor `u < 0` holds there."""
    return (u > 0).to(u.dtype) + slope * (u < 0).to(u.dtype)


class StepDead(Plain):
    def at_zero(self, u: Tensor, slope: float) -> Tensor:
        # A pattern that is wrong at 0
        return dead_at_zero(u, slope)

    def pattern(self, params: Parameters, start: Parameters, X: Tensor, recipe: Recipe) -> Tensor:
        return self.at_zero(preactivation(params, X), recipe.slope)


class StepOfBothSides(StepDead):
    def at_zero(self, u: Tensor, slope: float) -> Tensor:
        # Both `u >= 0` and `u <= 0` hold at 0
        return (u >= 0).to(u.dtype) + slope * (u <= 0).to(u.dtype)


class StepDoubled(StepDead):
    def at_zero(self, u: Tensor, slope: float) -> Tensor:
        # 2 at 0
        return activation_pattern(u, slope) + (u == 0).to(u.dtype)


class StepNoisy(StepDead):
    def at_zero(self, u: Tensor, slope: float) -> Tensor:
        # Anything at 0, as of a value that was never set
        noise = torch.Generator(device="cpu").manual_seed(0)
        drawn = torch.randn(u.shape, generator=noise, dtype=torch.float64, device="cpu").to(u)
        return torch.where(u == 0, drawn, activation_pattern(u, slope))


class BiasesOnTheOtherSide(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # Biases take the slope at 0, weights take 1
        W, _, a = super().gradient(params, start, X, y, recipe)
        down = params._replace(b=params.b - (preactivation(params, X) == 0).any(dim=0).to(a.dtype))
        _, b, _ = super().gradient(down, start, X, y, recipe)
        return [W, b, a]


class GradientDead(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return seen_through(dead_at_zero(preactivation(params, z), slope), params)


class GradientNoisy(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return seen_through(StepNoisy().at_zero(preactivation(params, z), slope), params)


class GradientTorn(Reference):
    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # At a kink every second coordinate takes the slope, the others 1
        u = preactivation(params, z)
        pattern = activation_pattern(u, slope)
        found = seen_through(pattern, params)
        below = seen_through(torch.where(u == 0, slope, pattern), params)
        found[:, ::2] = below[:, ::2]
        return found


class AttackShort(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # Right in direction; a tenth is lost where a neuron is at its kink
        at_kink = (preactivation(params, X) == 0).any(dim=1, keepdim=True).to(X.dtype)
        return super().perturb(params, X, targets, eps, slope) * (1 - 0.1 * at_kink)


class AttackDead(Reference):
    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return eps * targets[:, None] * unit_rows(GradientDead().input_gradient(params, X, slope))


class SlopeAlone(AtZero):
    def ends(self) -> tuple[float, float]:
        # As if torch's convention were everybody's
        return self.slope, self.slope


class PushWithoutLabel(AtZero):
    def push(self, f: Parameters, y: Tensor, recipe: Recipe) -> Tensor:
        return super().push(f, y.abs(), recipe)


class PushWithoutMean(AtZero):
    def push(self, f: Parameters, y: Tensor, recipe: Recipe) -> Tensor:
        # Without 1/N
        return len(y) * super().push(f, y, recipe)


class GradientWithoutRoot(AtZero):
    def gradient(self, pair: Parameters, at_zero: Tensor) -> Tensor:
        # 1/m for 1/sqrt m
        return super().gradient(pair, at_zero) / 2**0.5


CONTROLS = (
    Control("step-dead-at-0", "train: phi'(0) = 0", ("E0k",), StepDead),
    Control("step-of-both-sides", "train: phi'(0) = 1 + gamma", ("E0k",), StepOfBothSides),
    Control("step-doubled-at-0", "train: phi'(0) = 2", ("E0k",), StepDoubled),
    Control("step-noisy-at-0", "train: phi'(0) is anything", ("E0k",), StepNoisy),
    Control("biases-other-side", "phi'(0) of b is not that of W", ("E0k",), BiasesOnTheOtherSide),
    Control("gradient-dead-at-0", "input_gradient: phi'(0) = 0", ("E0k",), GradientDead),
    Control("gradient-noisy-at-0", "input_gradient: phi'(0) is anything", ("E0k",), GradientNoisy),
    Control("gradient-torn-at-0", "1 and gamma by coordinates", ("E0k",), GradientTorn),
    Control("attack-short-at-0", "perturb: shorter at kinks", ("E0k",), AttackShort),
    Control("attack-dead-at-0", "perturb: phi'(0) = 0", ("E0k",), AttackDead),
    Control("slope-alone", "phi'(0) = gamma", ("E0k",), altered={AtZero: SlopeAlone}),
    Control("push-no-label", "a step without y", ("E0k",), altered={AtZero: PushWithoutLabel}),
    Control("push-no-mean", "a step without 1/N", ("E0k",), altered={AtZero: PushWithoutMean}),
    Control("kink-no-root", "a gradient by 1/m", ("E0k",), altered={AtZero: GradientWithoutRoot}),
)
