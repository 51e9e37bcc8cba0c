"""Negative controls of the certificates: formulas with one error, and broken codes."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.model.network import output
from verifier.statements.broken_codes import (
    GradientWithoutReadout,
    KernelTooLarge,
    KernelWithoutBias,
    OutputConstant,
    OutputWithoutBias,
    OutputWithoutRoot,
    SignDescent,
    SumInsteadOfMean,
    WeightDecay,
)
from verifier.statements.certificates.formulas import Agreement, Certificates
from verifier.statements.certificates.interval import Interval
from verifier.statements.control import Control


class SignedSumOnly(Certificates):
    def pull(self, z: Tensor, patterns: Interval) -> Interval:
        # M+ - M- times gamma or 1: the sum of y_n k_n before its signs were told apart
        up, down = self.pushes(z)
        ends = (up - down) @ patterns.low, (up - down) @ patterns.high
        return Interval(torch.minimum(*ends), torch.maximum(*ends))


class MovementWithoutBeta(Certificates):
    def inner(self, z: Tensor) -> Tensor:
        return z @ self.X.T


class LabelsIgnored(Certificates):
    def pushes(self, z: Tensor) -> tuple[Tensor, Tensor]:
        signed = self.shares * self.inner(z)
        return signed.clamp_min(0.0), (-signed).clamp_min(0.0)


class PushesSwapped(Certificates):
    def pushes(self, z: Tensor) -> tuple[Tensor, Tensor]:
        up, down = super().pushes(z)
        return down, up


class ReadoutUnsigned(Certificates):
    def movement(self, pull: Interval) -> Interval:
        # |a_i| for a_i
        return Interval(self.readout.abs() * pull.low, self.readout.abs() * pull.high)


class HalfTheMovement(Certificates):
    def movement(self, pull: Interval) -> Interval:
        low, high = super().movement(pull)
        return Interval(low / 2, high / 2)


class EndForThePath(Certificates):
    def path_pull(self, z: Tensor, patterns: Interval) -> Interval:
        # At every step what is known of the last
        return self.pull(z, patterns)


class SampleFlipsNotCounted(Certificates):
    @property
    def sample_patterns(self) -> Interval:
        # The patterns at the samples never change
        start = self.initial_pattern(self.X)
        return Interval(start, start)


class PointFlipsNotCounted(Certificates):
    def final_patterns(self, z: Tensor) -> Interval:
        # The patterns at z never change
        start = self.initial_pattern(z)
        return Interval(start, start)


class FlipsNotMultiplied(Certificates):
    def lazy_coefficients(self, z: Tensor) -> Interval:
        # A flip at z beside one at x_n: each counted with the other's pattern at the start
        weights = self.initial.a**2 / self.initial.width
        at_z, at_x = self.initial_pattern(z), self.initial_pattern(self.X)
        once = zip(self.final_patterns(z), self.sample_patterns, strict=True)
        both = ((p * weights) @ at_x.T + (at_z * weights) @ (q - at_x).T for p, q in once)
        return Interval(*(self.shares * K for K in both))


class SlopeSquaredInError(Certificates):
    def lazy_coefficients(self, z: Tensor) -> Interval:
        # (1-gamma)^2 for (1-gamma)
        C = super().lazy_coefficients(z)
        radius = (1 - self.slope) * C.radius
        return Interval(C.centre - radius, C.centre + radius)


class OutputFlipsMissing(Certificates):
    def output_bound(self, z: Tensor) -> Interval:
        # Linear in Y, with the pattern at the start
        lift = self.initial_pattern(z) * self.readout
        start = output(self.initial, z, self.slope)
        pull = self.pull(z, self.sample_patterns)
        return Interval(*(start + (lift * Y) @ self.readout for Y in pull))


class KernelTermMissing(Certificates):
    def kernel_term(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class PhiOffByATenth(Certificates):
    def prediction(self, z: Tensor) -> Tensor:
        return 1.1 * super().prediction(z)


class StartNotInGap(Certificates):
    def direction_gap(self, z: Tensor, initial_part: Tensor) -> Tensor:
        # E_S without |xi_T|
        return self.direction_error(z)


class DirectionErrorMissing(Certificates):
    def direction_error(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class DirectionUnsigned(Certificates):
    def direction(self, z: Tensor) -> Tensor:
        return (self.predicting_phi(z, self.X, self.slope) * self.shares) @ self.X


class StartNotInPrediction(Certificates):
    def lazy_output(self, z: Tensor, initial_output: Tensor) -> Tensor:
        # P without f_0
        return self.prediction(z)


class NoOutputError(Certificates):
    def output_error(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class NoPremiseOnF(Agreement):
    def f_is_certain(self, z: Tensor, f_0: Tensor, margin: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


class NoPremiseOnG(Agreement):
    def g_is_certain(self, z: Tensor, g_0: Tensor, margin: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


class SignsMayDiffer(Agreement):
    def same_sign(self, z: Tensor, f_0: Tensor, g_0: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


CONTROLS = (
    Control("sum-not-mean", "objective without 1/N", ("D1",), SumInsteadOfMean),
    Control("weight-decay", "coupled decay of W", ("D1",), WeightDecay),
    Control("sign-descent", "signs of the gradient", ("D1",), SignDescent),
    Control("output-without-root", "output scaled by 1/m", ("D3",), OutputWithoutRoot),
    Control("output-without-bias", "output forgets b", ("D3",), OutputWithoutBias),
    Control("output-constant", "output is 1 everywhere", ("D3", "D5"), OutputConstant),
    Control("gradient-without-sign", "|a_i| for a_i", ("D4",), GradientWithoutReadout),
    Control("kernel-too-large", "Phi off by a tenth", ("D3",), KernelTooLarge),
    Control("kernel-without-bias", "wrong argument of arcsin", ("D3",), KernelWithoutBias),
    Control(
        "no-modulus", "M+ - M- before splitting", ("D1",), altered={Certificates: SignedSumOnly}
    ),
    Control(
        "movement-without-beta",
        "k_n without beta",
        ("D1",),
        altered={Certificates: MovementWithoutBeta},
    ),
    Control(
        "labels-ignored",
        "M+, M- by k_n for y_n k_n",
        ("D1",),
        altered={Certificates: LabelsIgnored},
    ),
    Control(
        "pushes-swapped", "M+ and M- swapped", ("D1", "D3"), altered={Certificates: PushesSwapped}
    ),
    Control(
        "readout-unsigned",
        "|a_i| for a_i in D1",
        ("D1", "D2"),
        altered={Certificates: ReadoutUnsigned},
    ),
    Control("movement-halved", "half of D1", ("D1", "D2"), altered={Certificates: HalfTheMovement}),
    Control(
        "end-for-path", "D1's end at every step", ("D1",), altered={Certificates: EndForThePath}
    ),
    Control(
        "Qx-missing", "no flips at x_n", ("D1", "D2"), altered={Certificates: SampleFlipsNotCounted}
    ),
    Control("Qz-missing", "no flips at z", ("D2",), altered={Certificates: PointFlipsNotCounted}),
    Control(
        "flips-added",
        "flips added, not multiplied",
        ("D2",),
        altered={Certificates: FlipsNotMultiplied},
        known_rung="K = 101, exponential",
    ),
    Control(
        "slope-squared", "(1-gamma)^2 in D2", ("D2",), altered={Certificates: SlopeSquaredInError}
    ),
    Control(
        "flips-at-z-missing",
        "f^+- linear in Y",
        ("D3",),
        altered={Certificates: OutputFlipsMissing},
    ),
    Control(
        "flips-at-x-missing",
        "E_f without flips at x",
        ("D3",),
        altered={Certificates: SampleFlipsNotCounted},
    ),
    Control(
        "kernel-term-missing",
        "E_f without K_0 - Phi",
        ("D3",),
        altered={Certificates: KernelTermMissing},
    ),
    Control("phi-off", "Phi off by a tenth", ("D3",), altered={Certificates: PhiOffByATenth}),
    Control("xi-missing", "D4 without |xi_T|", ("D4",), altered={Certificates: StartNotInGap}),
    Control(
        "E_S-missing", "D4 without E_S", ("D4",), altered={Certificates: DirectionErrorMissing}
    ),
    Control("S-unsigned", "S without y_n", ("D4",), altered={Certificates: DirectionUnsigned}),
    Control(
        "E_f-missing",
        "premises of D5 without E_f",
        ("D3", "D5"),
        altered={Certificates: NoOutputError},
    ),
    Control(
        "f0-forgotten", "D5 by P alone", ("D3", "D5"), altered={Certificates: StartNotInPrediction}
    ),
    Control("premise-i", "D5 without (i)", ("D5",), altered={Agreement: NoPremiseOnF}),
    Control("premise-ii", "D5 without (ii)", ("D5",), altered={Agreement: NoPremiseOnG}),
    Control("premise-iii", "D5 without (iii)", ("D5",), altered={Agreement: SignsMayDiffer}),
)
