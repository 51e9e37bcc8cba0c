"""How often predictions of g miss, by how long its networks trained for their width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure

from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.looks import LOOKS, OF_G
from verifier.reproduction.gallery.pictures import STYLE, inline_svg
from verifier.reproduction.training.results import PointResult

SERIES = {OF_G: "accuracies of g", "agreement": "agreements"}
"""What of g is predicted."""
EDGES = (0.0, 1.0, 10.0, 100.0, 1000.0, math.inf)
"""Of T over the root of m: the wide limit is of small ones."""
LEAST = 30
"""Predictions in a bin: a share of ten says little."""
SIZE = (3.6, 2.0)
"""Of the picture, inches."""
COLOURS = {series: LOOKS[series][0] for series in SERIES}
HEADROOM = 1.35
"""Above the highest bar stand its counts, in two lines."""
WIDTH = 0.44
"""Of a bar, of two that stand beside each other."""


class Bin(NamedTuple):
    """From `low` to below `high`: of each series how many are `far` off, `of` how many."""

    low: float
    high: float
    far: dict[str, int]
    of: dict[str, int]

    @property
    def where(self) -> str:
        """Its place on the axis."""
        if math.isinf(self.high):
            return f"{self.low:,.0f} or more"
        return (
            f"under {self.high:,.0f}" if self.low == 0 else f"{self.low:,.0f} to {self.high:,.0f}"
        )

    def joined(self, other: Bin) -> Bin:
        """From the start of one to the end of the next."""
        far = {s: n + other.far[s] for s, n in self.far.items()}
        return Bin(self.low, other.high, far, {s: n + other.of[s] for s, n in self.of.items()})


def length(point: Sequence[PointResult], series: str) -> float:
    """T over the root of the width: the mean over seeds at the rates that measured best.

    T is the longer of the two effective times of training.
    """
    found = []
    for result in point:
        runs = [run for run in result.runs if series in run.measured and series in run.predicted]
        if best := max(runs, key=lambda run: run.measured[series], default=None):
            found.append(max(best.time_f, best.time_g) / math.sqrt(result.setting.m))
    return fmean(found) if found else math.nan


def bins(run: Reproduction) -> list[Bin]:
    """Of all points that were trained and predicted, by T over the root of the width.

    A bin with fewer than `LEAST` of a series is joined with the next, or at the end with the last.
    """
    found = {series: _distances(run, series) for series in SERIES}
    joined: list[Bin] = []
    for low, high in pairwise(EDGES):
        here = {s: [far for t, far in every if low <= t < high] for s, every in found.items()}
        one = Bin(
            low, high, {s: sum(f) for s, f in here.items()}, {s: len(f) for s, f in here.items()}
        )
        few = joined and min(joined[-1].of.values()) < LEAST
        joined.append(joined.pop().joined(one) if few else one)
    if len(joined) > 1 and min(joined[-1].of.values()) < LEAST:
        last = joined.pop()
        joined.append(joined.pop().joined(last))
    return [one for one in joined if min(one.of.values())]


def _distances(run: Reproduction, series: str) -> list[tuple[float, bool]]:
    """Of each point with a prediction its length, and whether it is far off."""
    found = []
    for panel in run.panels:
        for point in run.points(panel).values() if series in panel.series else ():
            sample = Sample.of(point, series)
            if sample.values and sample.predicted is not None:
                is_far = abs(sample.mean - sample.predicted) > NEAR
                found.append((length(point, series), is_far))
    return found


def of_lengths(run: Reproduction) -> dict[str, Any] | None:
    """A picture of the shares that miss, and what it shows in words; None with a single bin."""
    found = bins(run)
    if len(found) < 2:
        return None
    first, last = found[0], found[-1]
    said = [
        f"{first.far[s]} of {first.of[s]} {name} where T / √m is {first.where}, and "
        f"{last.far[s]} of {last.of[s]} where it is {last.where}"
        for s, name in SERIES.items()
    ]
    caption = f"Predictions more than {NEAR} off: {'; '.join(said)}."
    return {"picture": inline_svg(draw(found), "lengths", caption), "said": said}


def draw(found: Sequence[Bin]) -> Figure:
    """A bar for each bin and series; above it, how many are off, of how many."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        highest = 0.0
        for k, series in enumerate(SERIES):
            xs = [place + (k - 0.5) * WIDTH for place in range(len(found))]
            shares = [100 * one.far[series] / one.of[series] for one in found]
            highest = max(highest, *shares)
            drawn = axes.bar(xs, shares, WIDTH, color=COLOURS[series], label=series)
            counts = [f"{one.far[series]} of\n{one.of[series]}" for one in found]
            axes.bar_label(drawn, counts, padding=1, fontsize=7)
        axes.set_xticks(range(len(found)), [one.where for one in found])
        axes.set(
            xlabel="T / √m",
            ylabel=f"more than {NEAR} off, %",
            ylim=(0, HEADROOM * highest),
        )
    return figure
