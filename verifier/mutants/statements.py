"""Altered statements: the theory with one formula wrong, under the reference implementation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.certificates import Agreement, Certificates
from verifier.decomposition import Decomposition, PerturbationDecomposition
from verifier.mutants.base import Mutant
from verifier.network import activation_pattern, preactivation
from verifier.trial import Theory


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
        """f_0 in place of f~."""
        u, start = preactivation(self.run.initial, z), self.run.initial
        return (activation_pattern(u, self.slope) * u) @ start.a / math.sqrt(start.width)


class GammaNotSquared(Decomposition):
    def squeeze(self) -> tuple[Tensor, Tensor]:
        upper = super().squeeze()[1]
        return self.slope * upper, upper


class AbarMissing(Decomposition):
    def squeeze(self) -> tuple[Tensor, Tensor]:
        upper = self.run.tau / len(self.run.y)
        return self.slope**2 * upper, upper


class HalfTheTime(Decomposition):
    def weight_bounds(self) -> tuple[float, float]:
        low, high = super().weight_bounds()
        return low / 2, high / 2


class SlopeSquaredAbove(Decomposition):
    def weight_bounds(self) -> tuple[float, float]:
        """A in [gamma T, sqrt(gamma) T]."""
        low, high = super().weight_bounds()
        return low, math.sqrt(self.slope) * high if math.isfinite(high) else high


class TargetForClean(PerturbationDecomposition):
    def perturbation_directions(self) -> Tensor:
        """The target label where the clean one belongs."""
        f = self.f
        gradient = f.initial_part(f.run.X) + (f.coefficients(f.run.X) * self.targets) @ f.run.X
        return torch.nn.functional.normalize(gradient, dim=1, eps=1e-300)


class StartForgotten(PerturbationDecomposition):
    def perturbation_directions(self) -> Tensor:
        """Nu without xi_T: the sum of samples alone."""
        f = self.f
        gradient = (f.coefficients(f.run.X) * f.run.y) @ f.run.X
        return torch.nn.functional.normalize(gradient, dim=1, eps=1e-300)


class PerturbationLabelled(PerturbationDecomposition):
    def output(self, z: Tensor) -> Tensor:
        """The target's sign on the eps term, as if the wrong labels did not cancel."""
        labelled = self.targets * (z @ self.natural.T + self.g.beta)
        noisy = self.eps * self.targets * (z @ self.perturbation_directions().T)
        terms = self.g.coefficients(z) * (labelled + noisy)
        return self.g.initial_output(z) + terms.sum(dim=1)


class MovementWithoutModulus(Certificates):
    def movement(self, z: Tensor) -> Tensor:
        return (self.inner(z) @ self.shares).abs()


class MovementWithoutBeta(Certificates):
    def movement(self, z: Tensor) -> Tensor:
        return (z @ self.X.T).abs() @ self.shares


class MovementWithSlope(Certificates):
    def movement_bound(self, z: Tensor) -> Tensor:
        return max(self.slope, 0.5) * super().movement_bound(z)


class SampleFlipsNotCounted(Certificates):
    def lazy_error(self, z: Tensor) -> Tensor:
        """Q_x missing."""
        mass = self.flip_mass(z)[:, None].expand(-1, len(self.y))
        return self.shares * (1 - self.slope) * mass


class PointFlipsNotCounted(Certificates):
    def lazy_error(self, z: Tensor) -> Tensor:
        """Q_z missing."""
        mass = self.flip_mass(self.X).expand(len(z), -1)
        return self.shares * (1 - self.slope) * mass


class SlopeSquaredInError(Certificates):
    def lazy_error(self, z: Tensor) -> Tensor:
        """(1-gamma)^2 for (1-gamma)."""
        return (1 - self.slope) * super().lazy_error(z)


class OutputFlipsMissing(Certificates):
    def output_flips(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class OutputSampleFlipsMissing(Certificates):
    def sample_flips(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


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


class DirectionUnsigned(Certificates):
    def direction(self, z: Tensor) -> Tensor:
        return (self.predicting_phi(z, self.X, self.slope) * self.shares) @ self.X


class NoOutputError(Certificates):
    def output_error(self, z: Tensor) -> Tensor:
        return torch.zeros(len(z), dtype=z.dtype, device=z.device)


class NoPremiseOnF(Agreement):
    def f_is_certain(self, z: Tensor, f_0: Tensor, margin: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


class NoPremiseOnG(Agreement):
    def g_is_certain(self, z: Tensor, g_0: Tensor, margin: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


class PredictionsMayDiffer(Agreement):
    def same_prediction(self, z: Tensor) -> Tensor:
        return torch.ones(len(z), dtype=torch.bool, device=z.device)


def _sum(kind: type[Decomposition]) -> Theory:
    return Theory(decomposition=kind)


def _learnt(kind: type[PerturbationDecomposition]) -> Theory:
    return Theory(perturbation=kind)


def _bound(kind: type[Certificates]) -> Theory:
    return Theory(certificates=kind)


def _altered(name: str, what: str, claims: tuple[str, ...], theory: Theory) -> Mutant:
    return Mutant(name, what, claims, theory=theory)


ALTERED = (
    _altered(
        "initial-pattern", "phi' at the start, not the end", ("E1", "E2"), _sum(InitialPattern)
    ),
    _altered("signs-missing", "sum of samples without y_n", ("E1", "E2"), _sum(WrongSigns)),
    _altered("a-not-squared", "|a_i| for a_i^2 in C", ("E1", "E2", "E3"), _sum(ReadoutNotSquared)),
    _altered("beta-missing", "<x_n, z> without + beta", ("E2",), _sum(BetaMissing)),
    _altered("f0-for-f-tilde", "f_0 for f~", ("E2",), _sum(StartAtOutput)),
    _altered("gamma-not-squared", "lower bound with gamma", ("E3",), _sum(GammaNotSquared)),
    _altered("abar-missing", "bounds without abar", ("E3",), _sum(AbarMissing)),
    _altered("half-the-time", "A in [gamma T/2, T/2]", ("E1b",), _sum(HalfTheTime)),
    _altered("root-gamma", "A <= sqrt(gamma) T", ("E1b",), _sum(SlopeSquaredAbove)),
    _altered("target-for-clean", "ytil_k for y_k in nu", ("E5",), _learnt(TargetForClean)),
    _altered("start-forgotten", "nu without xi_T", ("E5",), _learnt(StartForgotten)),
    _altered("labels-remain", "ytil_n on the eps term", ("E5",), _learnt(PerturbationLabelled)),
    _altered("no-modulus", "M_z with k_n for |k_n|", ("D1",), _bound(MovementWithoutModulus)),
    _altered("movement-without-beta", "M_z without beta", ("D1",), _bound(MovementWithoutBeta)),
    _altered("movement-halved", "M_z/2 for small slopes", ("D1",), _bound(MovementWithSlope)),
    _altered("Qx-missing", "D2 without Q_x", ("D2",), _bound(SampleFlipsNotCounted)),
    _altered("Qz-missing", "D2 without Q_z", ("D2",), _bound(PointFlipsNotCounted)),
    _altered("slope-squared", "(1-gamma)^2 in D2", ("D2",), _bound(SlopeSquaredInError)),
    _altered("flips-at-z-missing", "E_f without term 1", ("D3",), _bound(OutputFlipsMissing)),
    _altered("flips-at-x-missing", "E_f without term 2", ("D3",), _bound(OutputSampleFlipsMissing)),
    _altered("kernel-term-missing", "E_f without term 3", ("D3",), _bound(KernelTermMissing)),
    _altered("phi-off", "Phi off by a tenth", ("D3",), _bound(PhiOffByATenth)),
    _altered("xi-missing", "D4 without |xi_T|", ("D4",), _bound(StartNotInGap)),
    _altered("S-unsigned", "S without y_n", ("D4",), _bound(DirectionUnsigned)),
    _altered("E_f-missing", "premises of D5 without E_f", ("D3", "D5"), _bound(NoOutputError)),
    _altered("premise-i", "D5 without (i)", ("D5",), Theory(agreement=NoPremiseOnF)),
    _altered("premise-ii", "D5 without (ii)", ("D5",), Theory(agreement=NoPremiseOnG)),
    _altered("premise-iii", "D5 without (iii)", ("D5",), Theory(agreement=PredictionsMayDiffer)),
)
