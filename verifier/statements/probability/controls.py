"""Negative controls of P1-P4: wrong initialisations and attacks, and altered statements."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.kernel.phi import phi
from verifier.statements.broken_codes import KernelTooLarge, SignAttack, SignLostInAttack
from verifier.statements.control import Control
from verifier.statements.probability.broken_initialisations import (
    Antisymmetric,
    CopiedNeurons,
    HeInitialisation,
    LargeReadout,
    SeedIgnored,
    SeedNotEnough,
    SignReadout,
    StandardisedReadout,
    ZeroBiases,
    ZeroIfNarrow,
)
from verifier.statements.probability.formulas import Attack, Concentration


class TwentiethOfTheExponent(Concentration):
    def kernel_bound(self, s: float) -> float:
        return super().kernel_bound(s / 20)


class BoundWithoutRoot(Concentration):
    def kernel_bound(self, s: float) -> float:
        # s/m where its square root belongs
        share = s / self.width
        return 4 * share + (1 - self.slope**2) * share / 2


class PatternsOnly(Concentration):
    def log_moment(self, t: Tensor, z: Tensor, X: Tensor) -> Tensor:
        # The sharp range of a mean of patterns: a_i^2 = 1
        same, g = phi(z, X, 0.0), self.slope
        one, both, mixed = (torch.exp(t[:, None, None] * p) for p in (1.0, g**2, g))
        return torch.log(same * (one + both) + (1 - 2 * same) * mixed)


class PhiOff(Concentration):
    def kernel_mean(self, z: Tensor, X: Tensor) -> Tensor:
        return 1.01 * super().kernel_mean(z, X)


class KernelVarianceOff(Concentration):
    def kernel_variance(self, z: Tensor, X: Tensor) -> Tensor:
        return 0.95 * super().kernel_variance(z, X)


class SlopeNotSquared(Concentration):
    def kernel_variance(self, z: Tensor, X: Tensor) -> Tensor:
        # 3 Phi for 3 Phi_{gamma^2}
        mean = self.product_moment(1, z, X)
        return (3 * mean - mean**2) / self.width


class GradientWithSlope(Concentration):
    def gradient_square(self) -> float:
        # (1 + gamma)/2
        return (1 + self.slope) / 2


class OutputWithoutBiases(Concentration):
    def output_square(self, z: Tensor) -> Tensor:
        # |z|^2/d for s_z
        return (1 + self.slope**2) / 2 * z.square().sum(dim=1) / z.shape[1]


class CovarianceWithoutArc(Concentration):
    def output_covariance(self, z: Tensor, X: Tensor) -> Tensor:
        # Phi times <x,z>/d + 1: the covariance of linear networks with these patterns
        return phi(z, X, self.slope) * (z @ X.T / z.shape[1] + 1)


class FlipRatioWithoutBiases(Concentration):
    def flip_ratio(self, z: Tensor, movement: Tensor) -> Tensor:
        # |z|^2/d for s_z
        return movement * math.sqrt(z.shape[1] / self.width) / torch.linalg.vector_norm(z, dim=1)


class FlipMeanLinear(Concentration):
    def flip_mean(self, h: Tensor) -> Tensor:
        # 4 h/pi: right only where few neurons flip
        return 4 * h / math.pi


class FlipBoundHalved(Concentration):
    def flip_bound(self, h: Tensor) -> Tensor:
        # 2 h/pi: the arc without the second term
        return 2 * h / math.pi


class FlipVarianceNotCentred(Concentration):
    def flip_variance(self, h: Tensor) -> Tensor:
        return self.flip_moment(2, h) / self.width


class FlipsAsIfAlone(Concentration):
    def sample_flips(self, h: Tensor) -> Tensor:
        # As if phi' = 1 at every neuron that flips
        return self.flip_moment(1, h)


class FlipsWithoutSlope(Concentration):
    def output_flips(self, h: Tensor, movement: Tensor) -> Tensor:
        # 1 - gamma missing
        return 2 / math.pi * movement * torch.atan(h)


class MeanWithoutInner(Concentration):
    def target_mean(self, z: Tensor, attack: Attack) -> Tensor:
        # Without the term in k_n: as if the labels cancelled in Phi too
        up, down = self.sides(z, attack)
        return (attack.signal(z) * (up + down)).mean(dim=1) / 2


class MeanAtNatural(Concentration):
    def target_mean(self, z: Tensor, attack: Attack) -> Tensor:
        # Phi at o_n for both sides
        return (attack.signal(z) * phi(z, attack.natural, self.slope)).mean(dim=1)


class RangesHalved(Concentration):
    def target_ranges(self, z: Tensor, attack: Attack) -> Tensor:
        return super().target_ranges(z, attack) / 2


class RangesWithoutSignal(Concentration):
    def target_ranges(self, z: Tensor, attack: Attack) -> Tensor:
        # Without the term in v_n
        up, down = self.sides(z, attack)
        return (attack.inner(z) * (up + down)).abs()


CONTROLS = (
    Control("sign-lost", "attack without the target's sign", ("P4", "P5"), SignLostInAttack),
    Control("sign-attack", "attack along the gradient's signs", ("P4",), SignAttack),
    Control("kernel-too-large", "Phi off by a tenth", ("P2", "P4", "P5"), KernelTooLarge),
    Control("he-initialisation", "W from N(0, 2/d)", ("P2", "P3"), HeInitialisation),
    Control("zero-biases", "hidden biases start at 0", ("P2", "P3"), ZeroBiases),
    Control("sign-readout", "readout +-1", ("P2", "P3"), SignReadout),
    Control("large-readout", "a from N(0, 2)", ("P1", "P2", "P3"), LargeReadout),
    Control("copied-neurons", "each neuron four times", ("P1", "P2", "P3"), CopiedNeurons),
    Control("seed-ignored", "initialise ignores its seed", ("P2",), SeedIgnored),
    Control("seed-not-enough", "initialise does not repeat", ("P2",), SeedNotEnough),
    Control("antisymmetric", "f_0 = 0 by pairs of neurons", ("P2",), Antisymmetric),
    Control("standardised-readout", "mean a^2 = 1 in a call", ("P2",), StandardisedReadout),
    Control("zero-if-narrow", "all 0 below 20000 neurons", ("P2",), ZeroIfNarrow),
    Control(
        "twentieth-of-the-exponent",
        "bound at s/20",
        ("P1",),
        altered={Concentration: TwentiethOfTheExponent},
    ),
    Control(
        "bound-without-root", "s/m for its root", ("P1",), altered={Concentration: BoundWithoutRoot}
    ),
    Control(
        "patterns-only",
        "sharp range with a_i^2 = 1",
        ("P1",),
        altered={Concentration: PatternsOnly},
    ),
    Control("phi-off-by-one-percent", "E K_0 = 1.01 Phi", ("P2",), altered={Concentration: PhiOff}),
    Control(
        "variance-off", "Var K_0 5% too small", ("P2",), altered={Concentration: KernelVarianceOff}
    ),
    Control(
        "slope-not-squared",
        "Var K_0 with Phi for Phi_{gamma^2}",
        ("P2",),
        altered={Concentration: SlopeNotSquared},
    ),
    Control(
        "gradient-with-slope",
        "gamma for gamma^2",
        ("P2",),
        altered={Concentration: GradientWithSlope},
    ),
    Control(
        "output-square-without-biases",
        "s_z without + 1",
        ("P2",),
        altered={Concentration: OutputWithoutBiases},
    ),
    Control(
        "covariance-without-arc",
        "Phi c for the covariance",
        ("P2",),
        altered={Concentration: CovarianceWithoutArc},
    ),
    Control(
        "flip-ratio-without-biases",
        "s_z without + 1",
        ("P3",),
        altered={Concentration: FlipRatioWithoutBiases},
    ),
    Control("flip-mean-linear", "E Q_z = 4 h/pi", ("P3",), altered={Concentration: FlipMeanLinear}),
    Control(
        "flip-bound-halved", "E Q_z <= 2 h/pi", ("P3",), altered={Concentration: FlipBoundHalved}
    ),
    Control(
        "flip-variance-not-centred",
        "Var Q_z = E Q_z^2",
        ("P3",),
        altered={Concentration: FlipVarianceNotCentred},
    ),
    Control(
        "flips-as-if-alone",
        "phi' = 1 where x flips",
        ("P3",),
        altered={Concentration: FlipsAsIfAlone},
    ),
    Control(
        "flips-without-slope",
        "flips' part of f without 1-gamma",
        ("P3",),
        altered={Concentration: FlipsWithoutSlope},
    ),
    Control(
        "mean-without-inner",
        "P4's mean without k_n",
        ("P4", "P5"),
        altered={Concentration: MeanWithoutInner},
    ),
    Control(
        "mean-at-natural",
        "Phi at o_n in P4's mean",
        ("P4", "P5"),
        altered={Concentration: MeanAtNatural},
    ),
    Control("ranges-halved", "R_n/2", ("P4", "P5"), altered={Concentration: RangesHalved}),
    Control(
        "ranges-without-signal",
        "R_n without v_n",
        ("P4", "P5"),
        altered={Concentration: RangesWithoutSignal},
    ),
)
