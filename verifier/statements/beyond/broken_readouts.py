"""Training of the readout that is wrong, and formulas for it that are, for E9."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, activation_pattern
from verifier.model.recipe import Recipe
from verifier.statements.beyond.readout import Balance, ReadoutPath
from verifier.statements.control import Control


class MovingReadout(Reference):
    """A correct loop on all parameters, whose parts a control overrides."""

    def rate(self, params: Parameters) -> float:
        # Of the readout, in units of the others'
        return 1.0

    def seen(self, before: Parameters, after: Parameters) -> Parameters:
        # The hidden layer with which the readout's gradient is taken
        return before

    def lift(self, a: Tensor, start: Tensor) -> Tensor:
        # The readout in the gradients of the hidden layer
        return a

    def momentum(self, recipe: Recipe) -> float:
        # Of the readout
        return recipe.momentum

    def train_readout(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        # Heavy ball, all gradients from one state
        W, b, a = params.clone()
        root = math.sqrt(params.width)
        v_W, v_b, v_a = torch.zeros_like(W), torch.zeros_like(b), torch.zeros_like(a)
        for eta in recipe.steps:
            u = X @ W.T + b
            active = activation_pattern(u, recipe.slope)
            p = recipe.loss.derivative(-y * ((active * u) @ a / root))
            back = (active * (y * p)[:, None] * self.lift(a, params.a)) / (len(y) * root)
            v_W = recipe.momentum * v_W - back.T @ X
            v_b = recipe.momentum * v_b - back.sum(dim=0)
            before = Parameters(W, b, a)
            W, b = W - eta * v_W, b - eta * recipe.beta * v_b
            hidden = self.seen(before, Parameters(W, b, a))
            u = X @ hidden.W.T + hidden.b
            phi = activation_pattern(u, recipe.slope) * u
            v_a = self.momentum(recipe) * v_a - (y * p) @ phi / (len(y) * root)
            a = a - eta * self.rate(params) * v_a
        return Parameters(W, b, a)


class OwnRate(MovingReadout):
    def rate(self, params: Parameters) -> float:
        # One per cent faster than the rest
        return 1.01


class StoredReadout(MovingReadout):
    def rate(self, params: Parameters) -> float:
        # The parameter is a/sqrt m, and takes the same step size
        return float(params.width)


class FrozenReadout(MovingReadout):
    def rate(self, params: Parameters) -> float:
        return 0.0


class OneAfterTheOther(MovingReadout):
    def seen(self, before: Parameters, after: Parameters) -> Parameters:
        # The readout's gradient at the weights that have just moved
        return after


class StaleReadout(MovingReadout):
    def lift(self, a: Tensor, start: Tensor) -> Tensor:
        # The hidden layer moves by the readout of the start
        return start


class ReadoutWithoutMomentum(MovingReadout):
    def momentum(self, recipe: Recipe) -> float:
        return 0.0


class Unlabelled(ReadoutPath):
    def seen(self, sums: Tensor, X: Tensor) -> Tensor:
        # The sum without y_n
        return super().seen(sums * self.y, X)


class FinalReadoutForgotten(ReadoutPath):
    def coefficients(self, final: Parameters, z: Tensor) -> Tensor:
        # a_i(0) for a_i(T) in C_n
        return super().coefficients(final._replace(a=self.initial.a), z)


class Conserved(Balance):
    def change(self, g_W: Tensor, g_b: Tensor, g_a: Tensor) -> Tensor:
        # What the flow conserves, a step does too
        return torch.zeros_like(g_a)


class Added(Balance):
    def change(self, g_W: Tensor, g_b: Tensor, g_a: Tensor) -> Tensor:
        # + g_a^2
        return super().change(g_W, g_b, g_a) + 2 * self.eta**2 * g_a.square()


class FrozenLikeTrained(Balance):
    def bias_gradient(self) -> Tensor:
        # The law of trained biases without what they would have had
        return torch.zeros_like(self.state.b)


E9 = ("E9",)
CONTROLS = (
    Control("readout-own-rate", "a moves 1% faster", E9, OwnRate),
    Control("readout-stored", "a/sqrt m is the parameter", E9, StoredReadout),
    Control("readout-frozen", "a stays", E9, FrozenReadout),
    Control("readout-after", "a sees the weights after the step", E9, OneAfterTheOther),
    Control("readout-stale", "w moves by the readout of the start", E9, StaleReadout),
    Control("readout-at-rest", "a without momentum", E9, ReadoutWithoutMomentum),
    Control("readout-unlabelled", "no y_n", E9, altered={ReadoutPath: Unlabelled}),
    Control("readout-first", "a_i(0) in C_n", E9, altered={ReadoutPath: FinalReadoutForgotten}),
    Control("balance-conserved", "the flow's law of a step", E9, altered={Balance: Conserved}),
    Control("balance-added", "+ g_a^2", E9, altered={Balance: Added}),
    Control("balance-frozen", "frozen as trained", E9, altered={Balance: FrozenLikeTrained}),
)
