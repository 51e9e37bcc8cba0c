"""R2c: how large the error of the output is after one step, beside the draw's own kernel."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.control import Control
from verifier.statements.limits.constants import judge_output
from verifier.statements.limits.experiments import ONE_STEP, ONE_STEP_MORE
from verifier.statements.limits.flips import Flips
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


def check(study: Study, out: Comparisons) -> None:
    """R2c at one fresh point: of one step, only flips at the point itself count."""
    judge_output(study, out, "C_z", at_samples=False)


R2c = StatisticalStatement(
    id="R2c",
    statement="one step: m^(3/2) E|f_T - f_0 - T f_hat_K0|^2 tends to C_z, from flips at z",
    plain="After one step, the finite kernel errs by neurons that flip at the point alone.",
    kind=RATE,
    source="this project",
    proof="docs/limits.md",
    rests_on=("P0",),
    carries=ADDED,
    needs=("train",),
    latex=r"m^{3/2} E |f_T - f_0 - T \hat f_{K_0}|^2 \to C_z = (1-\gamma)^2 T^3 "
    r"\frac{8}{3 \pi \sqrt{s_z}} E [ |q|^3 \mid u(z) = 0 ]",
    compare=check,
    tests=1,
    experiments={DEFAULT: ONE_STEP, NIGHTLY: ONE_STEP + ONE_STEP_MORE},
    needs_double=True,  # a neuron of 1e16 moves by 1e-8
)


class OutputATenthLess(Flips):
    def output_at_point(self, q: Tensor) -> Tensor:
        return 0.9 * super().output_at_point(q)

    def output_at_sample(self, at: Tensor, active: Tensor, drifts: Tensor, phase: Tensor) -> Tensor:
        return 0.9 * super().output_at_sample(at, active, drifts, phase)


class SquareOfTime(Flips):
    def output_at_point(self, q: Tensor) -> Tensor:
        # T^2 for T^3
        return super().output_at_point(q) / self.time


class SlopeOnce(Flips):
    def output_at_point(self, q: Tensor) -> Tensor:
        # 1 - gamma for its square
        return super().output_at_point(q) / (1 - self.slope)


class SpreadWithoutBiases(Flips):
    def spread(self) -> Tensor:
        # s without + 1
        return torch.linalg.vector_norm(self.points, dim=1) / math.sqrt(self.z.shape[1])


CONTROLS = (
    Control(
        "constant-tenth-less",
        "0.9 C_z, 0.9 C2",
        (
            "R2c",
            "R2k",
        ),
        altered={Flips: OutputATenthLess},
    ),
    Control(
        "constant-time-squared",
        "T^2 for T^3 in C_z",
        (
            "R2c",
            "R2k",
        ),
        altered={Flips: SquareOfTime},
    ),
    Control(
        "constant-slope-once",
        "1 - gamma for its square in C_z",
        ("R2c",),
        altered={Flips: SlopeOnce},
    ),
    Control(
        "constant-spread",
        "s without + 1",
        (
            "R2c",
            "R2k",
            "R3c",
        ),
        altered={Flips: SpreadWithoutBiases},
    ),
)
