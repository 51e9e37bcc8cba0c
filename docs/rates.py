"""What a run measured over widths, for docs/limits.md: a rate, and two directions told apart."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter

from benchmarks.gpu.for_readme import LOOK, TYPE
from verifier.report.content import statements_of
from verifier.report.plots import LIMIT, MAIN, SECOND
from verifier.reproduction.gallery.pictures import WIDTH, save
from verifier.statements.limits.experiments import CORRELATED

RATE = -0.5
"""R1's exponent."""
SETTING = CORRELATED[0].configurations[0]
"""Of R3's experiment: its widths differ in nothing else."""
MIDDLE = (10, 90)
"""Percent of the replicates that lie below a bar's ends."""


def draw(content: dict[str, Any], folder: Path) -> None:
    """Draw both."""
    every = statements_of(content)
    (output,) = next(s["series"] for s in every if s["id"] == "R1")
    save(rate(output), folder, "rate", ["png"])
    save(directions(*angles(every)), folder, "directions", ["png"])


def angles(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How far what training adds to the gradient is from h, and from s; empty if not measured."""
    series = next(s["series"] for s in every if s["id"] == "R3")
    return [one for letter in "hs" for one in series if one["name"].endswith(f", {letter})")]


def at_the_widest(every: list[dict[str, Any]]) -> str:
    """Both angles of the picture at its last width, in words; empty if they were not measured."""
    found = angles(every)
    if not found:
        return ""
    to_h, to_s = (float(np.median(per_point(one)[:, -1])) for one in found)
    return (
        f"; at width {found[0]['sizes'][-1]:,} it is {to_h:.2f} rad from *h*, {to_s:.2f} from *s*"
    )


def per_point(series: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Angles: a run keeps the root of the sum of squares over fresh points, this of their mean."""
    return np.asarray(series["values"]) / math.sqrt(SETTING.fresh_points)


def of_directions(every: list[dict[str, Any]]) -> str:
    """What the dots and bars of that picture are."""
    draws = len(angles(every)[0]["values"]) if angles(every) else "random"
    low, high = MIDDLE
    return f"Marks: medians of {draws} draws; bars: the middle {high - low}% of them"


def caption() -> str:
    """What both pictures show, and why another ratio than that of the finding."""
    return (
        f"*The newest run: medians over random draws, bars from {MIDDLE[0]}% to {MIDDLE[1]}% of "
        "them. R3: root mean square "
        f"of {SETTING.fresh_points} points. Its labels are random; labels by class put s and h "
        "nearer to each other, so [the finding](findings.md#gradients-turn-to-h-not-to-s) has a "
        "smaller ratio.*"
    )


def rate(output: dict[str, Any]) -> Figure:
    """R1: the output's error by width, beside the slope that is proved."""
    exponent = f"{output['exponent']:.2f}".replace("-", "−")
    figure, axes = _over_widths(
        f"R1: the error falls as $1/\\sqrt{{m}}$\n(measured exponent {exponent})"
    )
    middle = _draw(axes, output, "o", MAIN, "measured")
    sizes = np.asarray(output["sizes"], dtype=float)
    through = np.exp(np.log(middle).mean() - RATE * np.log(sizes).mean())
    axes.plot(sizes, through * sizes**RATE, "--", color=LIMIT, label="slope of the proof")
    axes.set_ylabel("output's error")
    axes.legend(frameon=False)
    return figure


def directions(to_h: dict[str, Any], to_s: dict[str, Any]) -> Figure:
    """R3: how far what training adds to the gradient is from h, and from the published s."""
    figure, axes = _over_widths("R3: what training adds\nturns to h, not to s")
    both = ((to_s, "s", LIMIT, "to s, published"), (to_h, "o", MAIN, "to h, corrected"))
    for series, marker, colour, name in both:
        _draw(axes, {**series, "values": per_point(series)}, marker, colour, name)
    axes.set_ylabel("angle, radians")
    axes.yaxis.set_major_locator(FixedLocator([0.05, 0.1, 0.2]))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="lower left", frameon=False)
    return figure


def _over_widths(title: str) -> tuple[Figure, Axes]:
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
        figure.suptitle(title, size=TYPE)
        axes = figure.add_subplot(xscale="log", yscale="log", xlabel="width m")
        axes.grid(color=SECOND, alpha=0.2)
    return figure, axes


def _draw(
    axes: Axes, series: dict[str, Any], marker: str, colour: str, name: str
) -> np.ndarray[Any, Any]:
    """The replicates' medians, which are returned, and the middle of them as a bar."""
    low, middle, high = np.percentile(series["values"], (MIDDLE[0], 50, MIDDLE[1]), axis=0)
    axes.errorbar(
        series["sizes"],
        middle,
        (middle - low, high - middle),
        fmt=f"{marker}-",
        color=colour,
        label=name,
    )
    return np.asarray(middle)
