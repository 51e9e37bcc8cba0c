"""R2k: how large the error of the output is after any schedule, beside the draw's own kernel."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import activation_pattern
from verifier.statements.control import Control
from verifier.statements.limits.constants import judge_output
from verifier.statements.limits.experiments import SCHEDULES, SCHEDULES_MORE
from verifier.statements.limits.flips import Flips
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """R2k at one fresh point: flips at the point and at every sample."""
    judge_output(study, out, "C2", at_samples=True)


R2k = StatisticalStatement(
    id="R2k",
    statement="any schedule: m^(3/2) Var(f_T - f_0 - T f_hat_K0) tends to C_z + sum_n C_n, the "
    "rest from flips at the samples",
    plain="After more steps, it errs by neurons that flip at the samples as well.",
    kind=RATE,
    source="this project",
    proof="docs/limits.md",
    rests_on=("R2c",),
    carries=ADDED,
    needs=("train",),
    latex=r"m^{3/2} \text{Var}(f_T - f_0 - T \hat f_{K_0}) \to C_z + \sum_n C_n, \quad "
    r"C_n = \frac{8}{\pi \sqrt{s_n}} \left(\frac{Y_n k_n}{N}\right)^2 "
    r"E [ \phi'(u(z))^2 J \mid u(x_n) = 0 ]",
    compare=check,
    tests=1,
    experiments={DEFAULT: SCHEDULES, NIGHTLY: SCHEDULES + SCHEDULES_MORE},
    needs_double=True,  # a neuron of 1e16 moves by 1e-8
)


class FlipsAtThePointAlone(Flips):
    def output_at_sample(self, at: Tensor, active: Tensor, drifts: Tensor, phase: Tensor) -> Tensor:
        # C2 = C_z
        return torch.zeros_like(active)


class BiasesAlwaysTrained(Flips):
    def pulls(self) -> Tensor:
        # beta = 1
        return self.Y * (self.points @ self.X.T + 1.0)


class WithoutMomentum(Flips):
    def active_time(self, start: Tensor, drifts: Tensor) -> Tensor:
        # Each step by its drift alone, of the length it ends up with
        u, total = start, torch.zeros_like(start)
        for omega in self.recipe.effective_steps():
            total = total + omega * activation_pattern(u, self.slope)
            u = u + omega * torch.where(u >= 0, drifts[:, :1], drifts[:, 1:])
        return total


class SlidesAlongTheKink(Flips):
    def active_time(self, start: Tensor, drifts: Tensor) -> Tensor:
        # A neuron flips once, and for good
        first = torch.where(start >= 0, drifts[:, :1], drifts[:, 1:])
        there = torch.fmin(start.abs() / first.abs(), torch.full_like(start, self.time))
        before, after = (activation_pattern(u, self.slope) for u in (start, -start))
        return there * before + (self.time - there) * after


CONTROLS = (
    Control(
        "flips-biases-trained",
        "beta = 1 in q",
        ("R2k", "R3c"),
        altered={Flips: BiasesAlwaysTrained},
    ),
    Control("flips-at-z-alone", "C2 = C_z", ("R2k",), altered={Flips: FlipsAtThePointAlone}),
    Control(
        "flips-without-momentum", "omega_j for eta_j", ("R2k",), altered={Flips: WithoutMomentum}
    ),
    Control(
        "flips-once",
        "no neuron crosses its kink twice",
        ("R2k",),
        altered={Flips: SlidesAlongTheKink},
    ),
)
