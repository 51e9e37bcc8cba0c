"""Altered statements: the theory with one formula wrong, under the reference implementation."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.decomposition import Decomposition, PerturbationDecomposition
from verifier.mutants.base import Mutant
from verifier.mutants.certificates import OVERSTATED
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


class GammaOfTheMean(Decomposition):
    def squeeze(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Lower bound gamma abar tau_n/N: gamma where the older form has its square."""
        mean = (self.run.initial.a**2).mean() * self.run.tau / len(self.run.y)
        return self.slope * mean.expand(len(z), -1), super().squeeze(z)[1]


class ReadoutMissing(Decomposition):
    def slope_mass(self, z: Tensor) -> Tensor:
        """S(z) without a_i^2."""
        return self.pattern(z).mean(dim=1)


class InitialSlopes(Decomposition):
    def slope_mass(self, z: Tensor) -> Tensor:
        """S(z) with the pattern at the start."""
        pattern = activation_pattern(preactivation(self.run.initial, z), self.slope)
        return pattern @ self.run.initial.a**2 / self.run.initial.width


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


def _sum(kind: type[Decomposition]) -> Theory:
    return Theory(decomposition=kind)


def _learnt(kind: type[PerturbationDecomposition]) -> Theory:
    return Theory(perturbation=kind)


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
    _altered("gamma-not-squared", "lower bound gamma abar", ("E3",), _sum(GammaOfTheMean)),
    _altered("abar-missing", "s(z) without a_i^2", ("E3",), _sum(ReadoutMissing)),
    _altered("slopes-at-the-start", "s(z) by phi' at the start", ("E3",), _sum(InitialSlopes)),
    _altered("half-the-time", "A in [gamma T/2, T/2]", ("E1b",), _sum(HalfTheTime)),
    _altered("root-gamma", "A <= sqrt(gamma) T", ("E1b",), _sum(SlopeSquaredAbove)),
    _altered("target-for-clean", "ytil_k for y_k in nu", ("E5",), _learnt(TargetForClean)),
    _altered("start-forgotten", "nu without xi_T", ("E5",), _learnt(StartForgotten)),
    _altered("labels-remain", "ytil_n on the eps term", ("E5",), _learnt(PerturbationLabelled)),
    *OVERSTATED,
)
