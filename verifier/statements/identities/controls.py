"""Altered statements: the theory with one formula wrong, under the reference implementation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.model.network import activation_pattern, preactivation
from verifier.statements.broken_codes import (
    Adam,
    Ascent,
    AttackAwayFromTarget,
    AttackNotNormalised,
    FarStep,
    GradientWithoutReadout,
    GradientWithoutSlope,
    LabelsShuffled,
    LowPrecision,
    MomentumOff,
    OutputConstant,
    OutputWithoutBias,
    OutputWithoutRoot,
    PatternWithoutBias,
    ReadoutTrained,
    SampleDropped,
    SignAttack,
    SignDescent,
    SignLostInAttack,
    SlopeIgnoredInBackward,
    StalePattern,
    SumInsteadOfMean,
    WeightDecay,
    WidthWithoutRoot,
    WrongBeta,
)
from verifier.statements.control import Control
from verifier.statements.identities.formulas import Decomposition, PerturbationDecomposition


class InitialPattern(Decomposition):
    def pattern(self, z: Tensor) -> Tensor:
        return activation_pattern(preactivation(self.run.initial, z), self.slope)


class WrongSigns(Decomposition):
    def signs(self) -> Tensor:
        return torch.ones_like(self.run.y)


class ReadoutNotSquared(Decomposition):
    def coefficients(self, z: Tensor) -> Tensor:
        lift = self.pattern(z) * self.run.initial.a.abs()
        return lift @ self.run.path_weights / (len(self.run.y) * self.run.initial.width)


class BetaMissing(Decomposition):
    def inner(self, z: Tensor) -> Tensor:
        return z @ self.run.X.T


class StartAtOutput(Decomposition):
    def initial_output(self, z: Tensor) -> Tensor:
        # f_0 in place of f~
        u, start = preactivation(self.run.initial, z), self.run.initial
        return (activation_pattern(u, self.slope) * u) @ start.a / math.sqrt(start.width)


class GammaOfTheMean(Decomposition):
    def squeeze(self, z: Tensor) -> tuple[Tensor, Tensor]:
        # Lower bound gamma abar tau_n/N: gamma where the older form has its square
        mean = (self.run.initial.a**2).mean() * self.run.tau / len(self.run.y)
        return self.slope * mean.expand(len(z), -1), super().squeeze(z)[1]


class ReadoutMissing(Decomposition):
    def slope_mass(self, z: Tensor) -> Tensor:
        # S(z) without a_i^2
        return self.pattern(z).mean(dim=1)


class InitialSlopes(Decomposition):
    def slope_mass(self, z: Tensor) -> Tensor:
        # S(z) with the pattern at the start
        pattern = activation_pattern(preactivation(self.run.initial, z), self.slope)
        return pattern @ self.run.initial.a**2 / self.run.initial.width


class HalfTheTime(Decomposition):
    def weight_bounds(self) -> tuple[float, float]:
        low, high = super().weight_bounds()
        return low / 2, high / 2


class SlopeSquaredAbove(Decomposition):
    def weight_bounds(self) -> tuple[float, float]:
        # A in [gamma T, sqrt(gamma) T]
        low, high = super().weight_bounds()
        return low, math.sqrt(self.slope) * high if math.isfinite(high) else high


class TargetForClean(PerturbationDecomposition):
    def perturbation_directions(self) -> Tensor:
        # The target label where the clean one belongs
        f = self.f
        gradient = f.initial_part(f.run.X) + (f.coefficients(f.run.X) * self.targets) @ f.run.X
        return torch.nn.functional.normalize(gradient, dim=1, eps=1e-300)


class StartForgotten(PerturbationDecomposition):
    def perturbation_directions(self) -> Tensor:
        # Nu without xi_T: the sum of samples alone
        f = self.f
        gradient = (f.coefficients(f.run.X) * f.run.y) @ f.run.X
        return torch.nn.functional.normalize(gradient, dim=1, eps=1e-300)


class PerturbationLabelled(PerturbationDecomposition):
    def output(self, z: Tensor) -> Tensor:
        # The target's sign on the eps term, as if the wrong labels did not cancel
        labelled = self.targets * (z @ self.natural.T + self.g.beta)
        noisy = self.eps * self.targets * (z @ self.perturbation_directions().T)
        return self.g.initial_output(z) + (self.g.coefficients(z) * (labelled + noisy)).sum(dim=1)


CONTROLS = (
    Control(
        "slope-ignored", "backward pass of a ReLU", ("E0", "E1", "E1b"), SlopeIgnoredInBackward
    ),
    Control("width-without-root", "training scales by 1/m", ("E0", "E1"), WidthWithoutRoot),
    Control("wrong-beta", "biases move iff they should not", ("E0", "E1"), WrongBeta),
    Control("momentum-off", "heavy ball without memory", ("E0", "E1", "E2"), MomentumOff),
    Control("sum-not-mean", "objective without 1/N", ("E0", "E3"), SumInsteadOfMean),
    Control("stale-pattern", "patterns of the start all along", ("E0", "E1"), StalePattern),
    Control("pattern-without-bias", "patterns ignore b", ("E0", "E1"), PatternWithoutBias),
    Control("readout-trained", "the readout moves too", ("E0", "E1", "E2"), ReadoutTrained),
    Control("sample-dropped", "the last sample is lost", ("E0", "E1", "E2"), SampleDropped),
    Control("labels-shuffled", "each sample has another's label", ("E0", "E1b"), LabelsShuffled),
    Control("ascent", "steps up the objective", ("E0", "E1", "E1b"), Ascent),
    Control("weight-decay", "coupled decay of W", ("E0", "E1"), WeightDecay),
    Control("sign-descent", "signs of the gradient", ("E0", "E1", "E1b"), SignDescent),
    Control("adam", "coordinate-wise step sizes", ("E0", "E1", "E1b"), Adam),
    Control("far-step", "steps 1% too long in wide float32", ("E0",), FarStep),
    Control("low-precision", "trains in half the digits", ("E0", "E1", "E2"), LowPrecision),
    Control("output-without-root", "output scaled by 1/m", ("E2", "E5"), OutputWithoutRoot),
    Control("output-without-bias", "output forgets b", ("E2", "E5"), OutputWithoutBias),
    Control("output-constant", "output is 1 everywhere", ("E2", "E5"), OutputConstant),
    Control("gradient-without-slope", "gradient of a ReLU", ("E1", "E3"), GradientWithoutSlope),
    Control("gradient-without-sign", "|a_i| for a_i", ("E1", "E3"), GradientWithoutReadout),
    Control("sign-lost", "attack without the target's sign", ("E4", "E5"), SignLostInAttack),
    Control("attack-away", "attack descends the target", ("E4", "E5"), AttackAwayFromTarget),
    Control("attack-unnormalised", "attack of any length", ("E4", "E5"), AttackNotNormalised),
    Control("sign-attack", "attack along the gradient's signs", ("E4", "E5"), SignAttack),
    Control(
        "initial-pattern",
        "phi' at the start, not the end",
        ("E1", "E2"),
        altered={Decomposition: InitialPattern},
    ),
    Control(
        "signs-missing",
        "sum of samples without y_n",
        ("E1", "E2"),
        altered={Decomposition: WrongSigns},
    ),
    Control(
        "a-not-squared",
        "|a_i| for a_i^2 in C",
        ("E1", "E2", "E3"),
        altered={Decomposition: ReadoutNotSquared},
    ),
    Control(
        "beta-missing", "<x_n, z> without + beta", ("E2",), altered={Decomposition: BetaMissing}
    ),
    Control("f0-for-f-tilde", "f_0 for f~", ("E2",), altered={Decomposition: StartAtOutput}),
    Control(
        "gamma-not-squared",
        "lower bound gamma abar",
        ("E3",),
        altered={Decomposition: GammaOfTheMean},
    ),
    Control("abar-missing", "s(z) without a_i^2", ("E3",), altered={Decomposition: ReadoutMissing}),
    Control(
        "slopes-at-the-start",
        "s(z) by phi' at the start",
        ("E3",),
        altered={Decomposition: InitialSlopes},
    ),
    Control(
        "half-the-time", "A in [gamma T/2, T/2]", ("E1b",), altered={Decomposition: HalfTheTime}
    ),
    Control(
        "root-gamma", "A <= sqrt(gamma) T", ("E1b",), altered={Decomposition: SlopeSquaredAbove}
    ),
    Control(
        "target-for-clean",
        "ytil_k for y_k in nu",
        ("E5",),
        altered={PerturbationDecomposition: TargetForClean},
    ),
    Control(
        "start-forgotten",
        "nu without xi_T",
        ("E5",),
        altered={PerturbationDecomposition: StartForgotten},
    ),
    Control(
        "labels-remain",
        "ytil_n on the eps term",
        ("E5",),
        altered={PerturbationDecomposition: PerturbationLabelled},
    ),
)
