"""One point over its seeds: its results, their mean, and the band of one further run."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import scipy

from verifier.reproduction.panels import Panel
from verifier.reproduction.training.results import PointResult

LEVEL = 0.95


def points_of(
    panel: Panel, results: Sequence[PointResult], recipe: str
) -> dict[float, list[PointResult]]:
    """The results of this panel's points under one recipe, by x: one for each seed, in order.

    Points not run are absent. Results of other panels may be among `results`; a cosine panel takes
    those that trained no g, though a setting be another panel's too.
    """
    directions = "cossim" in panel.series
    wanted = dict(zip(panel.settings, panel.xs, strict=True))
    found: dict[float, dict[int, PointResult]] = {}
    for r in results:
        directed = all(run.rate_g == 0 for run in r.runs)
        if r.recipe == recipe and r.setting in wanted and directed == directions:
            found.setdefault(wanted[r.setting], {})[r.seed] = r
    return {x: [found[x][k] for k in sorted(found[x])] for x in panel.xs if x in found}


@dataclass(frozen=True)
class Sample:
    """One series at one point: a value for each seed that measured any.

    `predicted`: the theory's mean over seeds; `gap`: the mean over seeds of how far it is from what
    that seed measured. Each is None where nothing is predicted.
    """

    values: tuple[float, ...]
    predicted: float | None = None
    gap: float | None = None

    @classmethod
    def of(
        cls,
        point: Sequence[PointResult],
        series: str,
        pick: Callable[[PointResult, str], float] = PointResult.best,
    ) -> Sample:
        """From the results of a point's seeds, at the learning rates that measured best."""
        measured = tuple(v for r in point if not math.isnan(v := pick(r, series)))
        pairs = [(r.best(series), p) for r in point if not math.isnan(p := r.predicted(series))]
        if not pairs:
            return cls(measured)
        gap = fmean(abs(best - predicted) for best, predicted in pairs)
        return cls(measured, fmean(predicted for _, predicted in pairs), gap)

    @property
    def mean(self) -> float:
        """Over seeds; NaN without any."""
        return fmean(self.values) if self.values else math.nan

    @property
    def band(self) -> tuple[float, float] | None:
        """The prediction band of one further run."""
        return band(self.values)


def band(values: Sequence[float]) -> tuple[float, float] | None:
    """Where one further run falls with probability 0.95: mean ± t s sqrt(1 + 1/K).

    Of K values of a normal law with unknown mean and variance; None of fewer than two.
    """
    K = len(values)
    if K < 2:
        return None
    half = _quantile(K - 1) * stdev(values) * math.sqrt(1 + 1 / K)
    return fmean(values) - half, fmean(values) + half


@functools.cache
def _quantile(degrees: int) -> float:
    return float(scipy.stats.t.ppf((1 + LEVEL) / 2, degrees))
