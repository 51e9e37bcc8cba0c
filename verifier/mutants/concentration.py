"""Negative controls of P1-P4: wrong initialisations and attacks, and altered statements."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.concentration import Attack, Concentration
from verifier.implementation import Reference
from verifier.kernel import phi
from verifier.mutants.base import Mutant
from verifier.network import Parameters
from verifier.trial import Theory

_COPIES = 4


class HeInitialisation(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Hidden weights from N(0, 2/d)."""
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(W=math.sqrt(2) * drawn.W)


class ZeroBiases(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(b=torch.zeros_like(drawn.b))


class SignReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Readout +-1: the same mean kernel, with less noise."""
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=drawn.a.sign())


class LargeReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Readout from N(0, 2)."""
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=math.sqrt(2) * drawn.a)


class CopiedNeurons(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Every neuron four times: each has the right law, but they are not independent."""
        drawn = super().initialise(-(-width // _COPIES), dimension, seed)
        return Parameters(*(t.repeat_interleave(_COPIES, dim=0)[:width] for t in drawn))


class SeedIgnored(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """One network for all seeds."""
        return super().initialise(width, dimension, 1)


class SeedNotEnough(Reference):
    def __init__(self) -> None:
        self.calls = 0

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Another network at every call."""
        self.calls += 1
        return super().initialise(width, dimension, seed + self.calls)


class Antisymmetric(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """The second half of the neurons is the first with its readout negated: f_0 = 0."""
        drawn = super().initialise(-(-width // 2), dimension, seed)
        W, b, a = (
            torch.cat((t, s))[:width] for t, s in zip(drawn, (*drawn[:2], -drawn.a), strict=True)
        )
        return Parameters(W, b, a)


class StandardisedReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """Readout scaled to a mean square of 1 over the call."""
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=drawn.a / drawn.a.square().mean().sqrt())


class ZeroIfNarrow(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        """All parameters 0 below 20000 neurons."""
        drawn = super().initialise(width, dimension, seed)
        return drawn if width > 20_000 else Parameters(*(torch.zeros_like(t) for t in drawn))


class TwentiethOfTheExponent(Concentration):
    def kernel_bound(self, s: float) -> float:
        return super().kernel_bound(s / 20)


class BoundWithoutRoot(Concentration):
    def kernel_bound(self, s: float) -> float:
        """s/m where its square root belongs."""
        share = s / self.width
        return 4 * share + (1 - self.slope**2) * share / 2


class PatternsOnly(Concentration):
    def log_moment(self, t: Tensor, z: Tensor, X: Tensor) -> Tensor:
        """The sharp range of a mean of patterns: a_i^2 = 1."""
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
        """3 Phi for 3 Phi_{gamma^2}."""
        mean = self.product_moment(1, z, X)
        return (3 * mean - mean**2) / self.width


class GradientWithSlope(Concentration):
    def gradient_square(self) -> float:
        """(1 + gamma)/2."""
        return (1 + self.slope) / 2


class OutputWithoutBiases(Concentration):
    def output_square(self, z: Tensor) -> Tensor:
        """|z|^2/d for s_z."""
        return (1 + self.slope**2) / 2 * z.square().sum(dim=1) / z.shape[1]


class CovarianceWithoutArc(Concentration):
    def output_covariance(self, z: Tensor, X: Tensor) -> Tensor:
        """Phi times <x,z>/d + 1: the covariance of linear networks with these patterns."""
        return phi(z, X, self.slope) * (z @ X.T / z.shape[1] + 1)


class FlipRatioWithoutBiases(Concentration):
    def flip_ratio(self, z: Tensor, movement: Tensor) -> Tensor:
        """|z|^2/d for s_z."""
        return movement * math.sqrt(z.shape[1] / self.width) / torch.linalg.vector_norm(z, dim=1)


class FlipMeanLinear(Concentration):
    def flip_mean(self, h: Tensor) -> Tensor:
        """4 h/pi: right only where few neurons flip."""
        return 4 * h / math.pi


class FlipBoundHalved(Concentration):
    def flip_bound(self, h: Tensor) -> Tensor:
        """2 h/pi: the arc without the second term."""
        return 2 * h / math.pi


class FlipVarianceNotCentred(Concentration):
    def flip_variance(self, h: Tensor) -> Tensor:
        return self.flip_moment(2, h) / self.width


class FlipsAsIfAlone(Concentration):
    def sample_flips(self, h: Tensor) -> Tensor:
        """As if phi' = 1 at every neuron that flips."""
        return self.flip_moment(1, h)


class FlipsWithoutSlope(Concentration):
    def output_flips(self, h: Tensor, movement: Tensor) -> Tensor:
        """1 - gamma missing."""
        return 2 / math.pi * movement * torch.atan(h)


class MeanWithoutInner(Concentration):
    def target_mean(self, z: Tensor, attack: Attack) -> Tensor:
        """Without the term in k_n: as if the labels cancelled in Phi too."""
        up, down = self.sides(z, attack)
        return (attack.signal(z) * (up + down)).mean(dim=1) / 2


class MeanAtNatural(Concentration):
    def target_mean(self, z: Tensor, attack: Attack) -> Tensor:
        """Phi at o_n for both sides."""
        return (attack.signal(z) * phi(z, attack.natural, self.slope)).mean(dim=1)


class RangesHalved(Concentration):
    def target_ranges(self, z: Tensor, attack: Attack) -> Tensor:
        return super().target_ranges(z, attack) / 2


class RangesWithoutSignal(Concentration):
    def target_ranges(self, z: Tensor, attack: Attack) -> Tensor:
        """Without the term in v_n."""
        up, down = self.sides(z, attack)
        return (attack.inner(z) * (up + down)).abs()


def _altered(name: str, what: str, claim: str, kind: type[Concentration]) -> Mutant:
    return Mutant(name, what, (claim,), theory=Theory(concentration=kind))


UNLIKELY = (
    Mutant("he-initialisation", "W from N(0, 2/d)", ("P2", "P3"), HeInitialisation),
    Mutant("zero-biases", "hidden biases start at 0", ("P2", "P3"), ZeroBiases),
    Mutant("sign-readout", "readout +-1", ("P2", "P3"), SignReadout),
    Mutant("large-readout", "a from N(0, 2)", ("P1", "P2", "P3"), LargeReadout),
    Mutant("copied-neurons", "each neuron four times", ("P1", "P2", "P3"), CopiedNeurons),
    Mutant("seed-ignored", "initialise ignores its seed", ("P2",), SeedIgnored),
    Mutant("seed-not-enough", "initialise does not repeat", ("P2",), SeedNotEnough),
    Mutant("antisymmetric", "f_0 = 0 by pairs of neurons", ("P2",), Antisymmetric),
    Mutant("standardised-readout", "mean a^2 = 1 in a call", ("P2",), StandardisedReadout),
    Mutant("zero-if-narrow", "all 0 below 20000 neurons", ("P2",), ZeroIfNarrow),
    _altered("twentieth-of-the-exponent", "bound at s/20", "P1", TwentiethOfTheExponent),
    _altered("bound-without-root", "s/m for its root", "P1", BoundWithoutRoot),
    _altered("patterns-only", "sharp range with a_i^2 = 1", "P1", PatternsOnly),
    _altered("phi-off-by-one-percent", "E K_0 = 1.01 Phi", "P2", PhiOff),
    _altered("variance-off", "Var K_0 5% too small", "P2", KernelVarianceOff),
    _altered("slope-not-squared", "Var K_0 with Phi for Phi_{gamma^2}", "P2", SlopeNotSquared),
    _altered("gradient-with-slope", "gamma for gamma^2", "P2", GradientWithSlope),
    _altered("output-square-without-biases", "s_z without + 1", "P2", OutputWithoutBiases),
    _altered("covariance-without-arc", "Phi c for the covariance", "P2", CovarianceWithoutArc),
    _altered("flip-ratio-without-biases", "s_z without + 1", "P3", FlipRatioWithoutBiases),
    _altered("flip-mean-linear", "E Q_z = 4 h/pi", "P3", FlipMeanLinear),
    _altered("flip-bound-halved", "E Q_z <= 2 h/pi", "P3", FlipBoundHalved),
    _altered("flip-variance-not-centred", "Var Q_z = E Q_z^2", "P3", FlipVarianceNotCentred),
    _altered("flips-as-if-alone", "phi' = 1 where x flips", "P3", FlipsAsIfAlone),
    _altered("flips-without-slope", "flips' part of f without 1-gamma", "P3", FlipsWithoutSlope),
    _altered("mean-without-inner", "P4's mean without k_n", "P4", MeanWithoutInner),
    _altered("mean-at-natural", "Phi at o_n in P4's mean", "P4", MeanAtNatural),
    _altered("ranges-halved", "R_n/2", "P4", RangesHalved),
    _altered("ranges-without-signal", "R_n without v_n", "P4", RangesWithoutSignal),
)
