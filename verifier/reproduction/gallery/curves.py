"""The curves of one panel as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import ScaledTranslation

from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import Published
from verifier.reproduction.gallery.looks import (
    BESIDE,
    LOOKS,
    MEASURES,
    OF_G,
    READ,
    is_behind,
    look,
    weight_of,
)
from verifier.reproduction.gallery.numbers import Row
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, add_legend
from verifier.reproduction.panels import (
    AXES,
    IMAGES,
    PUBLISHED_NAMES,
    SERIES,
    AgreementMap,
    Panel,
)
from verifier.reproduction.training.recipes import PUBLISHED, THEORY, Schedule

BAND_OF_G, BAND_OF_ALL = "g of one more run, 95%", "one more run, 95%"
_LEGEND = {**SERIES, "cossim": "|cos|, to the direction"}  # the whole is too long for a phone
HEIGHT = 2.5
"""Of a panel without its legend, inches."""
BAND = 0.12
"""How opaque: to be seen on a phone, though a band of three seeds may fill a panel."""
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
    draws: Sequence[tuple[float, Sequence[float]]] = (),
    at_a_glance: bool = False,
) -> Figure:
    """Each series over the panel's x: ours, the published values and the theory's.

    `rows`: its numbers (`numbers.of_panel`); points that they do not have are absent. Of the
    published recipe the mean over seeds and, shaded, the 95% prediction band of one further run,
    where g is shown of g alone; whiskers are the deviation of ten seeds; the theory's is dashed,
    P6's from the settings alone dash-dotted. The theory recipe's mean is dotted.
    `seeds`: of each series its values by x, shown in place of bands, whiskers and P6. `draws`: of
    further draws of g the accuracies at each x, shown with their median in place of ours and of
    predictions, which are of our draws alone. `at_a_glance`: neither bands, which may fill a small
    picture, nor P6 nor the theory recipe.
    """
    is_full = seeds is None and not at_a_glance
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        legend: dict[str, list[Artist]] = {
            _LEGEND[s]: [look(*LOOKS[s], "-", **weight_of(s, panel))] for s in panel.series
        }

        def noted(label: str, sign: Artist) -> None:
            legend.setdefault(label, []).append(sign)

        banded = (OF_G,) if OF_G in panel.series else panel.series
        for series in panel.series:
            (colour, marker), weight = LOOKS[series], weight_of(series, panel)
            thin = {**weight, "linewidth": 0.6 * weight["linewidth"]}
            ours = [row for row in _of(rows, series, PUBLISHED) if row["mean"] is not None]
            of_seeds = (seeds or {}).get(series, ())
            if draws and series == OF_G:
                of_draws = _draw_draws(axes, draws)
                noted(f"g, each of {len(of_draws)} draws", of_draws[0])
            elif not draws and len(of_seeds) > len(ours):
                _draw_seeds(axes, of_seeds, colour)
                noted("each seed", look(colour, ".", "", markersize=5, alpha=0.7))
            if is_full and series in banded and any(row["low"] is not None for row in ours):
                _draw_band(axes, ours, colour)
                label = BAND_OF_G if series == OF_G else BAND_OF_ALL
                noted(label, Patch(color=colour, alpha=BAND, lw=0))
            if ours:
                line = _medians(draws) if draws and series == OF_G else _line(ours, "mean")
                axes.plot(*line, "-", marker=marker, color=colour, label=series, **weight)
            scattered = [row for row in ours if row["deviation"]]
            if scattered and seeds is None:
                aside = BESIDE.get(series, 0.0) if {*BESIDE} <= {*panel.series} else 0.0
                _draw_scatter(axes, scattered, colour, weight, aside)
                noted("deviation of ten seeds", look(colour, "|", "", markersize=8))
            if not draws and any(row["predicted"] is not None for row in ours):
                line = _line(ours, "predicted")
                axes.plot(*line, "--", color=colour, label="predicted", **thin)
                noted("predicted", look(colour, "", "--", **thin))
            plain = [] if at_a_glance else _of(rows, series, THEORY)
            if any(row["mean"] is not None for row in plain):
                line = _line(plain, "mean")
                axes.plot(*line, ":", color=colour, label="theory recipe", **thin)
                noted("gradient descent", look(colour, "", ":", **thin))
            read = {
                x: p.value
                for (x, name), p in published.items()
                if name == series and p.quality == "ok" and p.value is not None
            }
            if read:
                sign = READ.get(series, marker) if OF_G in panel.series else marker
                style = {
                    "markersize": 4.5 if is_behind(series, panel) else 6.5,
                    "markeredgewidth": 0.75 * weight["linewidth"],
                    "alpha": weight["alpha"],
                    "fillstyle": "none",
                    "zorder": 4,  # on top of all lines
                }
                axes.plot([*read], [*read.values()], sign, color=colour, label="published", **style)
                noted("published", look(colour, sign, "", **style))
            if is_full and any(row["P6"] is not None for row in ours):
                axes.plot(*_line(ours, "P6"), "-.", color=colour, linewidth=1, label="P6", zorder=3)
                noted("g, from settings (P6)", look(colour, "", "-.", linewidth=1))
        if end := _end_of_training(rows, published):
            axes.axvspan(*end, color=SECOND, alpha=BAND, linewidth=0, label="not trained")
            noted("not trained here", Patch(color=SECOND, alpha=BAND, lw=0))
        if panel.x_scale == "log":
            _logarithmic(axes)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=panel.x in COUNTS))
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(bottom, -0.02), min(top, 1.03))
        axes.set_xlabel(AXES[panel.x])
        axes.set_ylabel(", ".join(dict.fromkeys(MEASURES[s] for s in panel.series)))
        lines = [title(panel), *([reduction(panel)] if panel.factor != 1 else [])]
        axes.set_title("\n".join(lines), loc="left")
        add_legend(figure, {name: s[0] if len(s) == 1 else tuple(s) for name, s in legend.items()})
    return figure


def _of(rows: Sequence[Row], series: str, recipe: Schedule) -> list[Row]:
    return [row for row in rows if (row["series"], row["recipe"]) == (series, recipe.name)]


def _end_of_training(
    rows: Sequence[Row], published: Mapping[tuple[float, str], Published]
) -> tuple[float, float] | None:
    """From the last x that was trained to the last one that was published, if that is beyond."""
    last = max((row["x"] for row in rows), default=math.inf)
    end = max((x for (x, _), p in published.items() if p.quality == "ok"), default=last)
    return (last, end) if end > last else None


def _line(rows: Sequence[Row], column: str) -> tuple[list[float], list[float]]:
    """What stands in a column over x, where there is a number."""
    found = [(row["x"], row[column]) for row in rows if row[column] is not None]
    return [x for x, _ in found], [value for _, value in found]


def _draw_band(axes: Axes, rows: Sequence[Row], colour: str) -> None:
    (xs, low), (_, high) = _line(rows, "low"), _line(rows, "high")
    axes.fill_between(
        xs, np.clip(low, 0, 1), np.clip(high, 0, 1), color=colour, alpha=BAND, linewidth=0
    )


def _draw_seeds(axes: Axes, pairs: Sequence[tuple[float, float]], colour: str) -> None:
    axes.plot(*zip(*pairs, strict=True), ".", color=colour, ms=5, alpha=0.7, label="seed")


def _medians(draws: Sequence[tuple[float, Sequence[float]]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in draws], [median(values) for _, values in draws]


def _draw_draws(axes: Axes, draws: Sequence[tuple[float, Sequence[float]]]) -> list[Line2D]:
    """Further draws of g, a thin line each."""
    xs, values = zip(*draws, strict=True)
    return axes.plot(xs, values, "-", color=LOOKS[OF_G][0], lw=0.7, alpha=0.5, label="draw")


def _draw_scatter(
    axes: Axes, rows: Sequence[Row], colour: str, weight: dict[str, Any], aside: float
) -> None:
    """A whisker beside each mean: the band of three seeds says little of how far ten scatter.

    From 0 to 1, as no share and no |cos| lies elsewhere.
    """
    xs, means = _line(rows, "mean")
    lengths = [row["deviation"] for row in rows]
    down, up = np.minimum(lengths, means), np.minimum(lengths, np.subtract(1, means))
    beside = ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
    axes.errorbar(
        xs,
        means,
        (down, up),
        fmt="none",
        ecolor=colour,
        elinewidth=0.55 * weight["linewidth"],
        alpha=weight["alpha"],
        transform=axes.transData + beside,
    )
    for ends in (np.subtract(means, down), np.add(means, up)):
        axes.update_datalim(np.transpose([xs, ends]))


def _logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
