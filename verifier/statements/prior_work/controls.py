"""Negative controls of prior work's setting: O1-O5 with one formula wrong, and broken codes."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.model.vectors import row_norms, unit_rows
from verifier.statements.broken_codes import (
    Ascent,
    GradientWithoutReadout,
    GradientWithoutSlope,
    MomentumOff,
    OutputWithoutRoot,
    SampleDropped,
)
from verifier.statements.control import Control
from verifier.statements.prior_work.formulas import OracleLearning, PriorWork


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
        # Unit vectors for samples
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
        # The slope once, not squared
        upper = super().gain()[1]
        return self.f.slope * upper, upper


class StartForgottenInTime(PriorWork):
    def initial_margin(self) -> Tensor:
        return torch.zeros_like(super().initial_margin())


class StepForgottenInTime(PriorWork):
    def log_time_spent(self) -> Tensor:
        # As if time were continuous
        return self._log_time(self.f.slope**2 * self.growth())


class TimeSpentAtFullPace(PriorWork):
    def log_time_spent(self) -> Tensor:
        # As if every neuron were active
        return self.log_time_needed()


class LogisticAsExponential(PriorWork):
    def log_time_needed(self) -> Tensor:
        # k = 0 for the logistic loss
        c, tau = self.growth(), self.f.run.tau
        return self.initial_margin() + c * tau + torch.log(-torch.expm1(-c * tau) / c)


class TimeWithoutGrowth(PriorWork):
    def growth(self) -> Tensor:
        # c_n without |x_n|^2
        return super().growth() / self.lengths.square()


class TargetOnOracle(OracleLearning):
    def perturbation_directions(self) -> Tensor:
        # The target's sign on the eps term
        return self.targets[:, None] * super().perturbation_directions()


class OracleOfTargets(OracleLearning):
    def oracle(self) -> Tensor:
        # ytil_n for y_n in v
        return (self.f.run.tau * self.targets) @ self.f.run.X


class NaturalForgotten(OracleLearning):
    def output(self, z: Tensor) -> Tensor:
        # Scenario (b) without its samples
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
        # The oracle not normalised to length one, but to the longest sample's
        return super().pull(z) * row_norms(self.f.run.X).max()


CONTROLS = (
    Control(
        "reading-with-start",
        "xi_T read as samples",
        ("O1", "O2"),
        altered={PriorWork: StartInReading},
    ),
    Control("reading-by-length", "<x_n, h>/|x_n|", ("O1",), altered={PriorWork: LengthsNotDivided}),
    Control(
        "reading-without-slope",
        "C_n >= s tau_n/N",
        ("O1",),
        altered={PriorWork: LowerBoundWithoutSlope},
    ),
    Control(
        "oracle-without-labels", "v without y_n", ("O2",), altered={PriorWork: OracleWithoutLabels}
    ),
    Control(
        "oracle-of-directions",
        "v of unit vectors",
        ("O2",),
        altered={PriorWork: OracleOfDirections},
    ),
    Control(
        "oracle-without-times", "v without tau_n", ("O2",), altered={PriorWork: OracleWithoutTimes}
    ),
    Control("half-the-angle", "half of O2's angle", ("O2",), altered={PriorWork: HalfTheAngle}),
    Control(
        "start-not-in-angle", "O2 without |xi_T|", ("O2",), altered={PriorWork: StartNotInAngle}
    ),
    Control(
        "target-on-oracle",
        "ytil_n on the oracle's term",
        ("O3",),
        altered={OracleLearning: TargetOnOracle},
    ),
    Control(
        "oracle-of-targets",
        "v of target labels",
        ("O3", "O4"),
        altered={OracleLearning: OracleOfTargets},
    ),
    Control(
        "natural-forgotten", "(b) without o_n", ("O3",), altered={OracleLearning: NaturalForgotten}
    ),
    Control(
        "own-label-ignored",
        "(b) without wrong labels",
        ("O4",),
        altered={OracleLearning: WrongLabelsIgnored},
    ),
    Control(
        "gain-without-slope",
        "O4 with gamma once",
        ("O4",),
        altered={OracleLearning: SlopeForgottenInGain},
    ),
    Control("times-of-f", "f's times for g's", ("O4",), altered={OracleLearning: TimesOfF}),
    Control(
        "oracle-not-normalised",
        "v of another length",
        ("O4",),
        altered={OracleLearning: PullByLongestSample},
    ),
    Control(
        "slope-once",
        "gamma c_n tau_n as lower bound",
        ("O5",),
        altered={PriorWork: SlopeOnceInGain},
    ),
    Control(
        "margin-from-zero", "O5 without f_0", ("O5",), altered={PriorWork: StartForgottenInTime}
    ),
    Control(
        "growth-without-length",
        "c_n without |x_n|^2",
        ("O5",),
        altered={PriorWork: TimeWithoutGrowth},
    ),
    Control(
        "no-step-in-time",
        "time spent without a step's share",
        ("O5",),
        altered={PriorWork: StepForgottenInTime},
    ),
    Control(
        "time-at-full-pace",
        "time spent with c_n for gamma^2 c_n",
        ("O5",),
        altered={PriorWork: TimeSpentAtFullPace},
    ),
    Control(
        "time-without-line",
        "the logistic loss's time without tau_n",
        ("O5",),
        altered={PriorWork: LogisticAsExponential},
    ),
    Control("o-gradient-without-sign", "|a_i| for a_i", ("O1", "O2"), GradientWithoutReadout),
    Control("o-gradient-without-slope", "gradient of a ReLU", ("O1", "O2"), GradientWithoutSlope),
    Control("o-output-without-root", "output by 1/m", ("O3", "O4", "O5"), OutputWithoutRoot),
    Control("o-sample-dropped", "the last sample is lost", ("O3", "O5"), SampleDropped),
    Control("o-momentum-off", "heavy ball without memory", ("O3",), MomentumOff),
    Control("o-ascent", "steps up the objective", ("O4", "O5"), Ascent),
)
