"""P6 beside a panel: the accuracy of g from the settings alone, and given what targets were drawn.

On average over targets, of which one run has one draw: with trained biases their mean decides.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from verifier.reproduction.comparison.bands import points_of
from verifier.reproduction.panels import Panel, PointSetting
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult
from verifier.reproduction.training.samples import SHIFT, draw_samples
from verifier.statements.agreement.accuracy import Accuracy

SERIES = "perturbation"
"""What P6 stands beside: the accuracy of g, measured on f's samples; P6 has fresh points."""


def is_covered(setting: PointSetting) -> bool:
    """Whether P6 is about it: mean-shifted data, perturbations alone, the identity loss."""
    return (setting.data, setting.scenario, setting.loss) == ("shifted", "a", "identity")


@dataclass(frozen=True)
class Forecast:
    """Of one point and seed: what was `measured`, P6, and P6 `given` the mean of its targets."""

    measured: float
    stated: float
    given: float


@dataclass(frozen=True)
class Off:
    """How far P6 is from what seeds measured, on average, and how far it is given the targets."""

    stated: float
    given: float


def forecast(result: PointResult) -> Forecast | None:
    """P6 for the effective times of the rates that measured best; None where nothing was."""
    runs = [run for run in result.runs if SERIES in run.measured]
    if not runs:
        return None
    run, s = max(runs, key=lambda r: r.measured[SERIES]), result.setting
    P6 = Accuracy(SHIFT, s.d, s.N, s.gamma, 1.0, run.time_f, run.time_g, s.eps, s.m)
    given = P6.of_g_given(_mean_of_targets(s, result.seed))
    return Forecast(run.measured[SERIES], P6.of_g(), given)


@functools.cache  # a panel is drawn, described and tabulated
def _mean_of_targets(setting: PointSetting, seed: int) -> float:
    return float(draw_samples(setting, seed, None, "cpu").targets.mean())


def forecasts(panel: Panel, results: Sequence[PointResult]) -> dict[float, list[Forecast]]:
    """By x those of the seeds that the published recipe ran; empty if P6 is not about a panel."""
    if SERIES not in panel.series or not all(map(is_covered, panel.settings)):
        return {}
    points = points_of(panel, results, PUBLISHED.name)
    found = {x: [f for r in point if (f := forecast(r))] for x, point in points.items()}
    return {x: of_seeds for x, of_seeds in found.items() if of_seeds}


def off(found: dict[float, list[Forecast]]) -> Off | None:
    """On average over all points and seeds; None without any."""
    every = [f for of_seeds in found.values() for f in of_seeds]
    if not every:
        return None
    stated = fmean(abs(f.stated - f.measured) for f in every)
    return Off(stated, fmean(abs(f.given - f.measured) for f in every))
