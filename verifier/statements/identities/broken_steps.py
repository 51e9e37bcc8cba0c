"""Codes whose steps are wrong only where kinks used to excuse them: in float32, or by momentum.

Wide ones in float32 are refuted on draws without kinks, the others by E0's second step too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.recipe import Recipe
from verifier.statements.broken_codes import Plain
from verifier.statements.control import Control

WIDE = 10_000
"""Neurons from which a path in float32 nearly always passes within rounding of a kink."""


def tf32(t: Tensor) -> Tensor:
    """What TF32 keeps of a float32 tensor: ten bits of each fraction; float64 as it is."""
    if t.dtype != torch.float32:
        return t
    return ((t.contiguous().view(torch.int32) + 0x1000) & ~0x1FFF).view(torch.float32)


class RoundedProducts(Plain):
    def gradient(
        self, params: Parameters, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe
    ) -> list[Tensor]:
        # Factors of products are rounded to ten bits
        rounded = params._replace(W=tf32(params.W))
        return super().gradient(rounded, start, tf32(X), y, recipe)


class HalfSums(Reference):
    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        # Sums over neurons in half precision
        if z.dtype != torch.float32:
            return super().output(params, z, slope)
        u = preactivation(params, z)
        hidden = (activation_pattern(u, slope) * u).bfloat16()
        return (hidden @ params.a.bfloat16()).float() / params.width**0.5


class HeavyBall(Plain):
    """A correct heavy ball; `memory` is what becomes of the velocity, `push` the direction."""

    def memory(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # The velocity after the first step
        return mu * v + gradient

    def push(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # What the parameters move by
        return v

    def is_broken(self, params: Parameters) -> bool:
        # Whether the error shows on this network
        return True

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        if not self.is_broken(params):
            return super().train(params, X, y, recipe)
        state, velocity = list(params.clone()), None
        for eta in recipe.steps:
            now = self.gradient(Parameters(*state), params, X, y, recipe)
            if velocity is None:
                velocity = [g.clone() for g in now]
            else:
                both = zip(velocity, now, strict=True)
                velocity = [self.memory(v, g, recipe.momentum) for v, g in both]
            for value, v, gradient in zip(state, velocity, now, strict=True):
                value -= eta * self.push(v, gradient, recipe.momentum)
        return Parameters(*state)


class Dampened(HeavyBall):
    def memory(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # A running mean of gradients
        return mu * v + (1 - mu) * gradient


class VelocityTurned(HeavyBall):
    def memory(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # The velocity enters with the wrong sign
        return gradient - mu * v


class MomentumSquared(HeavyBall):
    def memory(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # Decays too fast
        return mu**2 * v + gradient


class Nesterov(HeavyBall):
    def push(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # Torch's: the gradient and the velocity after it
        return gradient + mu * v


class LateStepsFar(HeavyBall):
    def is_broken(self, params: Parameters) -> bool:
        return params.W.dtype == torch.float32 and params.width >= WIDE

    def memory(self, v: Tensor, gradient: Tensor, mu: float) -> Tensor:
        # One per cent too far from the second step on
        return 1.01 * (mu * v + gradient)


class DampenedWhereWide(Dampened):
    def is_broken(self, params: Parameters) -> bool:
        return params.W.dtype == torch.float32 and params.width >= WIDE


class ReadoutNudged(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # The readout comes back a rounding away: W and b are right
        trained = super().train(params, X, y, recipe)
        return trained._replace(a=trained.a * (1 + 2 * torch.finfo(trained.a.dtype).eps))


class TrainedOnce(Reference):
    def __init__(self) -> None:
        self.trained: list[Tensor] = []

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # What it has trained it takes for finished
        if any(torch.equal(params.W, W) for W in self.trained):
            return params.clone()
        found = super().train(params, X, y, recipe)
        self.trained.append(found.W.clone())
        return found


CONTROLS = (
    Control("readout-nudged", "a comes back rounded", ("E0",), ReadoutNudged),
    Control("trained-once", "trains no network twice", ("E0",), TrainedOnce),
    Control("rounded-products", "TF32 where float32 is due", ("E0", "E1", "E2"), RoundedProducts),
    Control("half-sums", "float32 outputs summed in bfloat16", ("E2", "E5"), HalfSums),
    Control(
        "late-steps-far",
        "later steps 1% too long, wide float32",
        ("E0", "E1"),
        LateStepsFar,
        known_rung="no kinks, float32, m = 100000, K = 17, mu = 0.5, identity",
    ),
    Control("dampened", "(1 - mu) on later gradients", ("E0", "E1", "E2"), Dampened),
    Control("nesterov", "looks ahead", ("E0", "E1", "E2"), Nesterov),
    Control("velocity-turned", "-mu for mu", ("E0", "E1"), VelocityTurned),
    Control("momentum-squared", "mu^2 for mu", ("E0", "E1"), MomentumSquared),
    Control(
        "dampened-where-wide",
        "dampened in wide float32 alone",
        ("E0",),
        DampenedWhereWide,
        known_rung="no kinks, float32, m = 100000, K = 17, mu = 0.5, identity",
    ),
)
