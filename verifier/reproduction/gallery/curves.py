"""The curves of one panel as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import Published
from verifier.reproduction.gallery.looks import (
    CHANCE,
    LOOKS,
    MEASURES,
    OF_G,
    look,
    weight_of,
)
from verifier.reproduction.gallery.numbers import Row
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, add_legend
from verifier.reproduction.gallery.series import BAND, Draws, Series
from verifier.reproduction.panels import (
    AXES,
    IMAGES,
    PUBLISHED_NAMES,
    SERIES,
    AgreementMap,
    Panel,
)

LEGEND = {**SERIES, "cossim": "|cos|, to the direction"}
"""Each series in a legend: the whole of it would be too long for a phone."""
HEIGHT = 2.5
SMALL = (2.8, 2.1)
"""Of a panel without its legend, inches."""
LARGER: dict[Any, Any] = {"font.size": 10.0, "lines.markersize": 5.0}
"""Of a small picture, two of which stand beside each other on a phone."""
LOW = 0.4
"""Where a small picture begins that shows nothing lower."""
BY_ITSELF = ("cossim",)
"""Series whose picture at a glance has no neighbours: it is as large as one in full."""
COUNTS = ("d", "m", "N", "epochs_f", "epochs_g")
"""Axes on which there is nothing between whole numbers."""
_NAME_OF = {data: name for name, data in PUBLISHED_NAMES.items()}


def title(drawn: Panel | AgreementMap) -> str:
    """Data, scenario and, where it is not the identity, the loss."""
    setting = drawn.setting if isinstance(drawn, AgreementMap) else drawn.settings[0]
    loss = "" if setting.loss == "identity" else f", {setting.loss} loss"
    name = _NAME_OF[setting.data]
    return f"{name[0].upper()}{name[1:]} ({setting.scenario}){loss}"


def reduction(drawn: Panel | AgreementMap) -> str:
    """What was made smaller, empty at published size."""
    if drawn.factor == 1:
        return ""
    setting = drawn.setting if isinstance(drawn, AgreementMap) else drawn.settings[0]
    what = "N" if setting.data in IMAGES else "N and d"
    return f"reduced: {what} divided by {drawn.factor}"


def draw_panel(
    panel: Panel,
    rows: Sequence[Row],
    published: Mapping[tuple[float, str], Published],
    seeds: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    draws: Draws = (),
    at_a_glance: bool = False,
) -> Figure:
    """Each series over the panel's x: ours, the published values and the theory's.

    `rows`: its numbers (`numbers.of_panel`); points that they do not have are absent. Of the
    published recipe the mean over seeds and, shaded, the 95% prediction band of one further run,
    where g is shown of g alone; whiskers are the deviation of ten seeds; the theory's is dashed,
    P6's from the settings alone dash-dotted. The theory recipe's mean is dotted.
    `seeds`: of each series its values by x, shown in place of bands, whiskers and P6. `draws`: of
    further draws of g the accuracies at each x, shown in place of our mean and of predictions,
    which are of our seeds alone. `at_a_glance`: neither bands, which may fill a small picture, nor
    P6 nor the theory recipe.
    """
    is_full = seeds is None and not at_a_glance
    banded = (OF_G,) if OF_G in panel.series else panel.series
    is_small = at_a_glance and not {*panel.series} & {*BY_ITSELF}
    with matplotlib.rc_context(STYLE | (LARGER if is_small else {})):
        figure = Figure(figsize=SMALL if is_small else (WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        legend: dict[str, list[Artist]] = {
            LEGEND[s]: [look(*LOOKS[s], "-", **weight_of(s, panel))]
            for s in panel.series
            if not (draws and s == OF_G)
        }
        for name in panel.series:
            series = Series(axes, name, panel, rows, legend)
            of_seeds = (seeds or {}).get(name, ())
            if draws and name == OF_G:
                series.draw_draws(draws)
            elif not draws and len(of_seeds) > len({x for x, _ in of_seeds}):
                series.draw_seeds(of_seeds)
            if is_full and name in banded:
                series.draw_band()
            if not draws or name != OF_G:
                series.draw_mean()
            if seeds is None and not draws:
                series.draw_scatter()
            if not draws:
                series.draw_predicted()
            if not at_a_glance:
                series.draw_descent()
            series.draw_published(published)
            if is_full:
                series.draw_from_settings()
        if end := _end_of_training(rows, published):
            axes.axvspan(*end, color=SECOND, alpha=BAND, linewidth=0, label="not trained")
            legend["not trained here"] = [Patch(color=SECOND, alpha=BAND, lw=0)]
        _label(axes, panel, at_a_glance)
        if (at_a_glance or seeds is not None) and not {*panel.series} & {*BY_ITSELF}:
            chance = axes.axhline(CHANCE, color=SECOND, linewidth=0.6, label="chance")
            legend |= {} if at_a_glance else {"chance": [chance]}
        add_legend(figure, {name: s[0] if len(s) == 1 else tuple(s) for name, s in legend.items()})
    return figure


def _label(axes: Axes, panel: Panel, at_a_glance: bool) -> None:
    """What the axes measure, all alike at a glance, and the panel's title."""
    if panel.x_scale == "log":
        _logarithmic(axes, 3 if at_a_glance else None)
    else:
        ticks = 3 if at_a_glance else 5
        axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=panel.x in COUNTS))
    bottom, top = axes.get_ylim()
    if at_a_glance:
        bottom, top = (LOW if bottom >= LOW else 0.0), 1.03
    axes.set_ylim(max(bottom, -0.02), min(top, 1.03))
    if at_a_glance:
        axes.set_yticks([tick for tick in (0.0, CHANCE, 1.0) if tick >= bottom])
    axes.set_xlabel(AXES[panel.x])
    axes.set_ylabel(", ".join(dict.fromkeys(MEASURES[s] for s in panel.series)))
    lines = [title(panel), *([reduction(panel)] if panel.factor != 1 else [])]
    axes.set_title("\n".join(lines), loc="left")


def _end_of_training(
    rows: Sequence[Row], published: Mapping[tuple[float, str], Published]
) -> tuple[float, float] | None:
    """From the last x that was trained to the last one that was published, if that is beyond."""
    last = max((row["x"] for row in rows), default=math.inf)
    end = max((x for (x, _), p in published.items() if p.quality == "ok"), default=last)
    return (last, end) if end > last else None


def _logarithmic(axes: Axes, ticks: int | None) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(numticks=ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
