"""The curves of one panel as a picture, and how every picture is saved and shown on a page.

Colours are Okabe and Ito's; series differ in lightness and marker too, and what a line means in its
dashes, so that a picture can be read in grey. Sizes are for a phone: 3.6 inches wide.
"""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from verifier.evidence.files import write_whole
from verifier.report import plots
from verifier.report.plots import INK, LIMIT, MAIN
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.published import Published
from verifier.reproduction.panels import (
    AXES,
    IMAGES,
    PUBLISHED_NAMES,
    SERIES,
    AgreementMap,
    Panel,
)
from verifier.reproduction.training.recipes import PUBLISHED, THEORY
from verifier.reproduction.training.results import PointResult

WIDTH = 3.6
"""Of every picture, inches."""
PIXELS_PER_INCH = 200

PURPLE = "#cc79a7"
LOOKS: dict[str, tuple[str, str]] = {
    "standard": (MAIN, "o"),
    "perturbation": (PURPLE, "s"),
    "agreement": (INK, "^"),
    "cossim": (LIMIT, "D"),
}
"""Colour and marker of each series."""
_LEGEND = {**SERIES, "cossim": "|cos|, to the direction"}  # the whole is too long for a phone

STYLE: dict[Any, Any] = {
    **plots.STYLE,
    "lines.markersize": 4.0,
    "legend.fontsize": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
}
BAND = 0.07
"""How opaque: of three seeds bands may fill a panel, and must not hide its curves."""
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
    results: Sequence[PointResult],
    published: Mapping[tuple[float, str], Published],
) -> Figure:
    """Each series over the panel's x: ours, the published values and the theory's.

    Ours: the mean over seeds of the published recipe, a thin line for each seed, and faintly the
    95% prediction band of one further run; the theory recipe's mean dotted. The theory's prediction
    for the published recipe is dashed, P6's from the settings alone dash-dotted. Points that
    `results` do not have are absent.
    """
    ours, plain = (points_of(panel, results, recipe.name) for recipe in (PUBLISHED, THEORY))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
        axes = figure.add_subplot()
        parts = {s: _look(_LEGEND[s], *LOOKS[s], "-") for s in panel.series}
        for series in panel.series:
            colour, marker = LOOKS[series]
            samples = {x: s for x, r in ours.items() if (s := Sample.of(r, series)).values}
            if samples:
                _draw_seeds(axes, ours, series)
                _draw_samples(axes, samples, series)
                parts["seeds"] = _look("one seed (thin)", INK, "", "-", 0.5)
            predicted = {x: s.predicted for x, s in samples.items() if s.predicted is not None}
            if predicted:
                axes.plot(*_line(predicted), "--", color=colour, linewidth=1, label="predicted")
                parts["predicted"] = _look("predicted by the theory", INK, "", "--")
            means = {x: s.mean for x, r in plain.items() if (s := Sample.of(r, series)).values}
            if means:
                axes.plot(*_line(means), ":", color=colour, linewidth=1, label="theory recipe")
                parts["theory recipe"] = _look("theory recipe", INK, "", ":")
            read = {
                x: p.value
                for (x, name), p in published.items()
                if name == series and p.quality == "ok" and p.value is not None
            }
            if read:
                axes.plot(
                    *_line(read), marker, color=colour, fillstyle="none", ms=6, label="published"
                )
                parts["published"] = _look("published (open)", INK, "o", "")
        forecasts = from_settings.forecasts(panel, results)
        if forecasts:
            colour, _ = LOOKS[from_settings.SERIES]
            stated = {x: fmean(f.stated for f in seeds) for x, seeds in forecasts.items()}
            axes.plot(*_line(stated), "-.", color=colour, linewidth=1, label="P6")
            parts["P6"] = _look("P6, settings alone", colour, "", "-.")
        if panel.x_scale == "log":
            _logarithmic(axes)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=panel.x in COUNTS))
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(bottom, -0.02), min(top, 1.03))
        axes.set_xlabel(AXES[panel.x])
        axes.set_ylabel("accuracy, agreement" if "cossim" not in panel.series else "|cos|")
        lines = [title(panel), *([reduction(panel)] if panel.factor != 1 else [])]
        axes.set_title("\n".join(lines), loc="left")
        figure.legend(handles=[*parts.values()], loc="outside lower center", ncols=2)
    return figure


def _draw_seeds(axes: Axes, points: Mapping[float, Sequence[PointResult]], series: str) -> None:
    """A thin line for each seed: where they scatter, a mean alone would hide that they do."""
    by_seed: dict[int, dict[float, float]] = {}
    for x, results in points.items():
        for result in results:
            value = result.best(series)
            if not math.isnan(value):
                by_seed.setdefault(result.seed, {})[x] = value
    colour, _ = LOOKS[series]
    for values in by_seed.values():
        axes.plot(*_line(values), "-", color=colour, linewidth=0.5, alpha=0.5, label="seeds")


def _draw_samples(axes: Axes, samples: Mapping[float, Sample], series: str) -> None:
    colour, marker = LOOKS[series]
    bands = {x: np.clip(s.band, 0, 1) for x, s in samples.items() if s.band is not None}
    if bands:
        low, high = zip(*bands.values(), strict=True)
        axes.fill_between([*bands], low, high, color=colour, alpha=BAND, linewidth=0)
    means = {x: s.mean for x, s in samples.items()}
    axes.plot(*_line(means), "-", marker=marker, color=colour, linewidth=1.4, ms=3, label=series)


def _line(values: Mapping[float, float]) -> tuple[list[float], list[float]]:
    return [*values.keys()], [*values.values()]


def _look(
    label: str,
    colour: str,
    marker: str,
    dashes: Literal["-", "--", "-.", ":", ""],
    width: float = 1.4,
) -> Line2D:
    line = Line2D([], [], color=colour, marker=marker, linestyle=dashes, label=label, lw=width)
    if not dashes:
        line.set(markersize=6, fillstyle="none")
    return line


def _logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def describe_panel(panel: Panel, results: Sequence[PointResult]) -> str:
    """The picture in words: what is drawn, and each series at the first and the last x run."""
    points = points_of(panel, results, PUBLISHED.name) or points_of(panel, results, THEORY.name)
    ends = sorted({min(points), max(points)}) if points else []
    said = []
    for series in panel.series:
        means = [f"{Sample.of(points[x], series).mean:.3f} at {x:g}" for x in ends]
        said.append(f"{SERIES[series]} {', '.join(means)}")
    return f"{title(panel)}, against {AXES[panel.x]}: {'; '.join(said)}."


def untitled(figure: Figure) -> Figure:
    """The picture without the title that a page's heading says already."""
    figure.axes[0].set_title("", loc="left")
    return figure


def inline_svg(figure: Figure, name: str, alternative: str) -> str:
    """The picture as an `<svg>` element in the page's own colours; its ids start with `name`."""
    with matplotlib.rc_context(STYLE):
        return plots.svg_element(figure.axes[0], name, alternative)


def inline_png(figure: Figure, alternative: str) -> str:
    """The picture as an `<img>` element that holds its pixels, on white."""
    data = base64.b64encode(_bytes(figure, "png")).decode("ascii")
    width, height = (round(PIXELS_PER_INCH * inches) for inches in figure.get_size_inches())
    label = html.escape(alternative, quote=True)
    size = f'width="{width}" height="{height}"'
    return f'<img src="data:image/png;base64,{data}" {size} alt="{label}">'


def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write `name`.svg and `name`.png: the same bytes for the same figure, whole or not at all."""
    paths = folder / f"{name}.svg", folder / f"{name}.png"
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        write_whole(path, _bytes(figure, path.suffix[1:]))
    return paths


def _bytes(figure: Figure, kind: str) -> bytes:
    stream = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}
    with matplotlib.rc_context(STYLE):
        figure.savefig(
            stream, format=kind, dpi=PIXELS_PER_INCH, metadata=metadata, facecolor="white"
        )
    return stream.getvalue()
