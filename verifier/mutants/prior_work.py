"""Negative controls of prior work's setting: O1-O5 with one formula wrong, and broken codes."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.mutants.base import Mutant
from verifier.mutants.implementations import (
    Ascent,
    GradientWithoutReadout,
    GradientWithoutSlope,
    MomentumOff,
    OutputWithoutRoot,
    SampleDropped,
)
from verifier.prior_work import OracleLearning, PriorWork
from verifier.trial import Theory
from verifier.vectors import row_norms, unit_rows


class StartInReading(PriorWork):
    def trained_part(self, gradient: Tensor, z: Tensor) -> Tensor:
        return gradient


class LengthsNotDivided(PriorWork):
    def readings(self, trained_part: Tensor) -> Tensor:
        return super().readings(trained_part) * self.lengths


class LowerBoundWithoutSlope(PriorWork):
    def squeeze(self, z: Tensor) -> tuple[Tensor, Tensor]:
        upper = super().squeeze(z)[1]
        return upper, upper


class OracleWithoutLabels(PriorWork):
    def oracle(self) -> Tensor:
        return self.f.run.tau @ self.f.run.X


class OracleOfDirections(PriorWork):
    def oracle(self) -> Tensor:
        """Unit vectors for samples."""
        return (self.f.run.tau * self.f.run.y) @ unit_rows(self.f.run.X)


class OracleWithoutTimes(PriorWork):
    def oracle(self) -> Tensor:
        return self.f.run.tau.mean() * self.f.run.y @ self.f.run.X


class HalfTheAngle(PriorWork):
    def largest_angle(self) -> float:
        return super().largest_angle() / 2


class StartNotInAngle(PriorWork):
    def start_share(self, z: Tensor) -> Tensor:
        return torch.zeros_like(super().start_share(z))


class SlopeOnceInGain(PriorWork):
    def gain(self) -> tuple[Tensor, Tensor]:
        """The slope once, not squared."""
        upper = super().gain()[1]
        return self.f.slope * upper, upper


class StartForgottenInTime(PriorWork):
    def initial_margin(self) -> Tensor:
        return torch.zeros_like(super().initial_margin())


class TimeWithoutGrowth(PriorWork):
    def growth(self) -> Tensor:
        """c_n without |x_n|^2."""
        return super().growth() / self.lengths.square()


class TargetOnOracle(OracleLearning):
    def perturbation_directions(self) -> Tensor:
        """The target's sign on the eps term."""
        return self.targets[:, None] * super().perturbation_directions()


class OracleOfTargets(OracleLearning):
    def oracle(self) -> Tensor:
        """ytil_n for y_n in v."""
        return (self.f.run.tau * self.targets) @ self.f.run.X


class NaturalForgotten(OracleLearning):
    def output(self, z: Tensor) -> Tensor:
        """Scenario (b) without its samples."""
        own = (self.g.coefficients(z) * self.targets * (z @ self.natural.T)).sum(dim=1)
        return super().output(z) - own


class WrongLabelsIgnored(OracleLearning):
    def own_label(self) -> Tensor:
        return torch.zeros_like(super().own_label())


class SlopeForgottenInGain(OracleLearning):
    def least_gain(self) -> Tensor:
        return self.abar() * self.least_push()

    def gain(self, z: Tensor) -> tuple[Tensor, Tensor]:
        upper = super().gain(z)[1]
        return self.g.slope * upper, upper


class TimesOfF(OracleLearning):
    def mean_time(self) -> Tensor:
        return self.f.run.tau.mean()


class PullByLongestSample(OracleLearning):
    def pull(self, z: Tensor) -> Tensor:
        """The oracle not normalised to length one, but to the longest sample's."""
        return super().pull(z) * row_norms(self.f.run.X).max()


def _altered(name: str, what: str, claims: tuple[str, ...], kind: type[PriorWork]) -> Mutant:
    return Mutant(name, what, claims, theory=Theory(prior_work=kind))


def _learnt(name: str, what: str, claims: tuple[str, ...], kind: type[OracleLearning]) -> Mutant:
    return Mutant(name, what, claims, theory=Theory(oracle_learning=kind))


WRONG_IN_PRIOR_WORK = (
    _altered("reading-with-start", "xi_T read as samples", ("O1", "O2"), StartInReading),
    _altered("reading-by-length", "<x_n, h>/|x_n|", ("O1",), LengthsNotDivided),
    _altered("reading-without-slope", "C_n >= s tau_n/N", ("O1",), LowerBoundWithoutSlope),
    _altered("oracle-without-labels", "v without y_n", ("O2",), OracleWithoutLabels),
    _altered("oracle-of-directions", "v of unit vectors", ("O2",), OracleOfDirections),
    _altered("oracle-without-times", "v without tau_n", ("O2",), OracleWithoutTimes),
    _altered("half-the-angle", "half of O2's angle", ("O2",), HalfTheAngle),
    _altered("start-not-in-angle", "O2 without |xi_T|", ("O2",), StartNotInAngle),
    _learnt("target-on-oracle", "ytil_n on the oracle's term", ("O3",), TargetOnOracle),
    _learnt("oracle-of-targets", "v of target labels", ("O3", "O4"), OracleOfTargets),
    _learnt("natural-forgotten", "(b) without o_n", ("O3",), NaturalForgotten),
    _learnt("own-label-ignored", "(b) without wrong labels", ("O4",), WrongLabelsIgnored),
    _learnt("gain-without-slope", "O4 with gamma once", ("O4",), SlopeForgottenInGain),
    _learnt("times-of-f", "f's times for g's", ("O4",), TimesOfF),
    _learnt("oracle-not-normalised", "v of another length", ("O4",), PullByLongestSample),
    _altered("slope-once", "gamma c_n tau_n as lower bound", ("O5",), SlopeOnceInGain),
    _altered("margin-from-zero", "O5 without f_0", ("O5",), StartForgottenInTime),
    _altered("growth-without-length", "c_n without |x_n|^2", ("O5",), TimeWithoutGrowth),
    Mutant("o-gradient-without-sign", "|a_i| for a_i", ("O1", "O2"), GradientWithoutReadout),
    Mutant("o-gradient-without-slope", "gradient of a ReLU", ("O1", "O2"), GradientWithoutSlope),
    Mutant("o-output-without-root", "output by 1/m", ("O3", "O4", "O5"), OutputWithoutRoot),
    Mutant("o-sample-dropped", "the last sample is lost", ("O3", "O5"), SampleDropped),
    Mutant("o-momentum-off", "heavy ball without memory", ("O3",), MomentumOff),
    Mutant("o-ascent", "steps up the objective", ("O4", "O5"), Ascent),
)
