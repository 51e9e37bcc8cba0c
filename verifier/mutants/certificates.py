"""Altered certificates: D1-D5 with one formula wrong, under the reference implementation."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.certificates import Agreement, Certificates, Interval
from verifier.mutants.base import Mutant
from verifier.network import output
from verifier.trial import Theory


class SignedSumOnly(Certificates):
    def pull(self, z: Tensor, patterns: Interval) -> Interval:
        """M+ - M- times gamma or 1: the sum of y_n k_n before its signs were told apart."""
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
        """|a_i| for a_i."""
        return Interval(self.readout.abs() * pull.low, self.readout.abs() * pull.high)


class HalfTheMovement(Certificates):
    def movement(self, pull: Interval) -> Interval:
        low, high = super().movement(pull)
        return Interval(low / 2, high / 2)


class EndForThePath(Certificates):
    def path_pull(self, z: Tensor, patterns: Interval) -> Interval:
        """At every step what is known of the last."""
        return self.pull(z, patterns)


class SampleFlipsNotCounted(Certificates):
    @property
    def sample_patterns(self) -> Interval:
        """The patterns at the samples never change."""
        start = self.initial_pattern(self.X)
        return Interval(start, start)


class PointFlipsNotCounted(Certificates):
    def final_patterns(self, z: Tensor) -> Interval:
        """The patterns at z never change."""
        start = self.initial_pattern(z)
        return Interval(start, start)


class FlipsNotMultiplied(Certificates):
    def lazy_coefficients(self, z: Tensor) -> Interval:
        """A flip at z beside one at x_n: each counted with the other's pattern at the start."""
        weights = self.initial.a**2 / self.initial.width
        at_z, at_x = self.initial_pattern(z), self.initial_pattern(self.X)
        once = zip(self.final_patterns(z), self.sample_patterns, strict=True)
        both = ((p * weights) @ at_x.T + (at_z * weights) @ (q - at_x).T for p, q in once)
        return Interval(*(self.shares * K for K in both))


class SlopeSquaredInError(Certificates):
    def lazy_coefficients(self, z: Tensor) -> Interval:
        """(1-gamma)^2 for (1-gamma)."""
        C = super().lazy_coefficients(z)
        radius = (1 - self.slope) * C.radius
        return Interval(C.centre - radius, C.centre + radius)


class OutputFlipsMissing(Certificates):
    def output_bound(self, z: Tensor) -> Interval:
        """Linear in Y, with the pattern at the start."""
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
        """E_S without |xi_T|."""
        return self.direction_error(z)


class DirectionErrorMissing(Certificates):
    def direction_error(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class DirectionUnsigned(Certificates):
    def direction(self, z: Tensor) -> Tensor:
        return (self.predicting_phi(z, self.X, self.slope) * self.shares) @ self.X


class StartNotInPrediction(Certificates):
    def lazy_output(self, z: Tensor, initial_output: Tensor) -> Tensor:
        """P without f_0."""
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


def _bound(kind: type[Certificates]) -> Theory:
    return Theory(certificates=kind)


def _altered(name: str, what: str, claims: tuple[str, ...], theory: Theory) -> Mutant:
    return Mutant(name, what, claims, theory=theory)


OVERSTATED = (
    _altered("no-modulus", "M+ - M- before splitting", ("D1",), _bound(SignedSumOnly)),
    _altered("movement-without-beta", "k_n without beta", ("D1",), _bound(MovementWithoutBeta)),
    _altered("labels-ignored", "M+, M- by k_n for y_n k_n", ("D1",), _bound(LabelsIgnored)),
    _altered("pushes-swapped", "M+ and M- swapped", ("D1", "D3"), _bound(PushesSwapped)),
    _altered("readout-unsigned", "|a_i| for a_i in D1", ("D1", "D2"), _bound(ReadoutUnsigned)),
    _altered("movement-halved", "half of D1", ("D1", "D2"), _bound(HalfTheMovement)),
    _altered("end-for-path", "D1's end at every step", ("D1",), _bound(EndForThePath)),
    _altered("Qx-missing", "no flips at x_n", ("D1", "D2"), _bound(SampleFlipsNotCounted)),
    _altered("Qz-missing", "no flips at z", ("D2",), _bound(PointFlipsNotCounted)),
    _altered("flips-added", "flips added, not multiplied", ("D2",), _bound(FlipsNotMultiplied)),
    _altered("slope-squared", "(1-gamma)^2 in D2", ("D2",), _bound(SlopeSquaredInError)),
    _altered("flips-at-z-missing", "f^+- linear in Y", ("D3",), _bound(OutputFlipsMissing)),
    _altered(
        "flips-at-x-missing", "E_f without flips at x", ("D3",), _bound(SampleFlipsNotCounted)
    ),
    _altered("kernel-term-missing", "E_f without K_0 - Phi", ("D3",), _bound(KernelTermMissing)),
    _altered("phi-off", "Phi off by a tenth", ("D3",), _bound(PhiOffByATenth)),
    _altered("xi-missing", "D4 without |xi_T|", ("D4",), _bound(StartNotInGap)),
    _altered("E_S-missing", "D4 without E_S", ("D4",), _bound(DirectionErrorMissing)),
    _altered("S-unsigned", "S without y_n", ("D4",), _bound(DirectionUnsigned)),
    _altered("E_f-missing", "premises of D5 without E_f", ("D3", "D5"), _bound(NoOutputError)),
    _altered("f0-forgotten", "D5 by P alone", ("D3", "D5"), _bound(StartNotInPrediction)),
    _altered("premise-i", "D5 without (i)", ("D5",), Theory(agreement=NoPremiseOnF)),
    _altered("premise-ii", "D5 without (ii)", ("D5",), Theory(agreement=NoPremiseOnG)),
    _altered("premise-iii", "D5 without (iii)", ("D5",), Theory(agreement=SignsMayDiffer)),
)
