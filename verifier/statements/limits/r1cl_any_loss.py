"""R1cl: the size of the output's distance from its prediction under any smooth convex loss."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.kernel.phi import phi
from verifier.model.losses import SmoothLoss
from verifier.model.network import Parameters, initialise, output
from verifier.statements.control import Control
from verifier.statements.limits.experiments import OTHER_LOSSES, OTHER_LOSSES_MORE
from verifier.statements.limits.feedback import FluctuationFedBack
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    LIMIT,
    MOMENTS,
    NIGHTLY,
    StatisticalStatement,
)
from verifier.statistics import mean
from verifier.trial.study import Study

WANTED = 0.4
"""The error of the mean square that has to be noticed, relative: the feedback is more."""

NEURONS = 20_000
"""Neurons over which `E[H H']` is a mean; its error is then about a hundredth."""


class Changed(NamedTuple):
    """R networks: `f_0` at the samples (R, N), and `f_T - f_0` at the points (R, P)."""

    start: Tensor
    change: Tensor


def check(study: Study, out: Comparisons) -> None:
    """R1cl on networks of one data set, at all fresh points together."""
    c, fixed = study.experiment.only, study.fixed()
    smooth = isinstance(c.loss_function, SmoothLoss)
    require(smooth, "loss", repr(c.loss), "must offer its second derivative for R1cl")
    require(c.momentum == 0, "momentum", c.momentum, "must be 0 for R1cl")
    X, y, z = (t.to("cpu", torch.float64) for t in (fixed.X, fixed.y, fixed.z))
    key = ("R1cl", study.experiment)
    if key not in study.kept:
        study.kept[key] = changed(study, X, y, z)
    seen: Changed = study.kept[key]
    theory = study.theory[FluctuationFedBack](seen.start, X, y, z, c.f_recipe)
    lifted = torch.randn(
        NEURONS,
        X.shape[1] + 1,
        generator=study.generator("neurons"),
        dtype=torch.float64,
        device="cpu",
    )
    covariance = theory.covariance(lifted)
    total = covariance.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    squares = c.width * (seen.change - theory.prediction()).square().sum(dim=-1) / total
    # of a normal vector: at most 2, less the more points differ
    spread = (2 * covariance.square().sum(dim=(-2, -1)) / total.square()).mean()
    title = "mean square of f's error under any loss over 3 E H^2 - (E H)^2"
    out.statistic(mean(title, squares, 1.0, float(spread), alpha=study.alpha, wanted=WANTED))


def changed(study: Study, X: Tensor, y: Tensor, z: Tensor) -> Changed:
    """The study's networks, each trained by the code on the same data."""
    c, generator = study.experiment.only, study.generator("networks")
    device = study.settings.device
    found = []
    for _ in range(study.experiment.replicates):
        start = initialise(
            c.width, X.shape[1], generator=generator, dtype=torch.float64, device="cpu"
        )
        end = study.code.train(start.to(device, X.dtype), X.to(device), y.to(device), c.f_recipe)
        ended = Parameters(*(t.to("cpu", torch.float64) for t in end))
        change = output(ended, z, c.slope) - output(start, z, c.slope)
        found.append((output(start, X, c.slope), change))
    return Changed(*(torch.stack(part) for part in zip(*found, strict=True)))


R1cl = StatisticalStatement(
    id="R1cl",
    statement="any smooth convex loss: m Var(f_T - f_0 - P at tauhat) tends to 3 E H^2 - (E H)^2 "
    "given f_0, H with the feedback through ell''",
    plain="Under another convex loss, too, the error's variance falls as one over the width.",
    kind=MOMENTS,
    basis=LIMIT,
    source="this project",
    proof="docs/limits.md",
    rests_on=("D6a", "R1b"),
    carries=ADDED,
    needs=("train",),
    latex=r"m \text{Var} \left( f_T - f_0 - \frac1N \sum_n y_n \hat\tau_n K_\infty(z, x_n) \right) "
    r"\to 3 E[H^2] - (E H)^2",
    compare=check,
    tests=1,
    needs_double=True,  # no bound says what float32 adds to the squares
    experiments={DEFAULT: OTHER_LOSSES, NIGHTLY: OTHER_LOSSES + OTHER_LOSSES_MORE},
)


class NoFeedback(FluctuationFedBack):
    def fed_back(self) -> Tensor:
        # As under the identity loss, with tauhat for T
        return torch.zeros_like(super().fed_back())


class FeedbackOfTheLastStep(FluctuationFedBack):
    def bend(self, step: int) -> Tensor:
        # Earlier steps forget
        last = step == len(self.recipe.steps) - 1
        return super().bend(step) * float(last)


class FeedbackForward(FluctuationFedBack):
    def fed_back(self) -> Tensor:
        # + for -
        return -super().fed_back()


class ReadoutsOfOneSize(FluctuationFedBack):
    def fourth(self) -> float:
        # E a^4 = 1
        return 1.0


class TimesAsAtTheStart(FluctuationFedBack):
    def prediction(self) -> Tensor:
        # T ell'(-y f_0) for tauhat
        first = self.recipe.time * self.times.speeds(torch.zeros_like(self.start))
        at_z = (self.direct() / self.times.path[-1].unsqueeze(-2)) * first.unsqueeze(-2)
        return (at_z * phi(self.z, self.X, self.recipe.slope)).sum(dim=-1)


def _control(name: str, what: str, kind: type[FluctuationFedBack]) -> Control:
    return Control(name, what, ("R1cl",), altered={FluctuationFedBack: kind})


CONTROLS = (
    _control("loss-no-feedback", "H without the feedback", NoFeedback),
    _control("loss-last-step", "feedback of the last step", FeedbackOfTheLastStep),
    _control("loss-forward", "feedback with the wrong sign", FeedbackForward),
    _control("loss-one-readout", "E a^4 = 1", ReadoutsOfOneSize),
    _control("loss-as-at-start", "ell' as at the start", TimesAsAtTheStart),
)
