"""Published g beside each draw of ours, and beside ours with targets as even as was found."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.one_draw.compared import ACCURACY, read
from benchmarks.one_draw.found import Found, Sought
from benchmarks.one_draw.trained import Values
from verifier.report.plots import INK, LIMIT, SECOND, STYLE
from verifier.reproduction.comparison.bands import band
from verifier.reproduction.panels import AXES, Panel

LOWEST = 0.15
"""Of the panels, so that all of their curves are within."""
HEIGHT, LEGEND = 2.45, 0.5
"""Of a panel's picture in inches, and of what the first has above it: one legend is for all."""


def draw_draws(one: Found) -> Figure:
    """The panel shown of a figure: the accuracy of g in each draw of ours, and as published."""
    panel = one.case.panel(one.case.shown)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.7, 3.0), layout="constrained")
        axes = figure.subplots()
        draws = [one.usual[panel.name, x, ACCURACY] for x in panel.xs]
        lines = axes.plot(panel.xs, draws, color=LIMIT, lw=0.9, alpha=0.6)
        lines[0].set_label(f"ours, each of {len(lines)} draws")
        _published(axes, panel)
        axes.set_ylim(0.4, 1.02)
        axes.set_xlabel(AXES[panel.x])
        axes.set_ylabel("accuracy of g")
        axes.set_title(one.case.title, fontsize=10)
        figure.legend(loc="outside upper center", ncols=2, fontsize=8)
    return figure


def draw_panels(found: Sequence[Found]) -> list[Figure]:
    """Of the figure for which a tilt was sought: the panel of the search, then those that test it.

    A picture each, so that they are read in order beside each other and, on a phone, below. Beside
    each other they stand on one line: their axes are equally far from the lower edge.
    """
    (one,) = [one for one in found if one.sought is not None]
    names = (one.case.shown, *one.case.held_out)
    return [_picture(one, name, number) for number, name in enumerate(names, 1)]


def _picture(one: Found, name: str, number: int) -> Figure:
    """One panel with its number; the first with the legend of all above it."""
    assert one.sought is not None
    panel = one.case.panel(name)
    height = HEIGHT + LEGEND * (number == 1)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.7, height))
        axes = figure.add_axes((0.15, 0.45 / height, 0.82, 1.7 / height))
        _panel(axes, one.sought, panel)
        role = "chosen here" if name == one.case.shown else "a test"
        axes.set_title(f"{number}. by {AXES[panel.x]}: {role}", fontsize=10)
        axes.set_ylabel("accuracy of g")
        if number == 1:
            figure.legend(loc="upper center", ncols=2, fontsize=8, columnspacing=0.8)
    return figure


def _panel(axes: Axes, sought: Sought, panel: Panel) -> None:
    """One panel: published values, our means by both kinds of targets, and one further run."""
    so_even = sought.by_tilt[sought.tilt]
    _line(axes, sought.random, panel, SECOND, "--", "ours, random targets")
    samples = panel.settings[0].N
    share = f"{samples // 2 + sought.tilt:,} of {samples:,}"
    _line(axes, so_even, panel, LIMIT, "-", f"ours, {share} targets +1")
    bands = [band(so_even[panel.name, x, ACCURACY]) or (0.0, 0.0) for x in panel.xs]
    low, high = (np.clip(ends, 0, 1) for ends in zip(*bands, strict=True))
    axes.fill_between(panel.xs, low, high, color=LIMIT, alpha=0.15, label="one more run, 95%")
    _published(axes, panel)
    axes.set_ylim(LOWEST, 1.02)
    axes.set_xscale("log" if panel.x_scale == "log" else "linear")
    axes.set_xlabel(AXES[panel.x])


def _published(axes: Axes, panel: Panel) -> None:
    published = read([panel])
    points = [(x, v) for (_, x, series), v in published.items() if series == ACCURACY]
    xs, values = zip(*points, strict=True)
    axes.plot(xs, values, "s", color=INK, mfc="none", ms=5, label="published")


def _line(axes: Axes, values: Values, panel: Panel, colour: str, style: str, label: str) -> None:
    """Our means over all draws."""
    means = [fmean(values[panel.name, x, ACCURACY]) for x in panel.xs]
    axes.plot(panel.xs, means, style, marker="o", ms=3, color=colour, label=label)
