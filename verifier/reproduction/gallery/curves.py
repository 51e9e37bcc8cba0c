"""The curves of one panel as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
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

from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample, points_of
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
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, add_legend
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
    results: Sequence[PointResult],
    published: Mapping[tuple[float, str], Published],
    deviations: Mapping[tuple[float, str], float] | None = None,
    each_seed: bool = False,
    draws: Sequence[tuple[float, Sequence[float]]] = (),
    at_a_glance: bool = False,
) -> Figure:
    """Each series over the panel's x: ours, the published values and the theory's.

    Ours: the mean over seeds of the published recipe, and shaded the 95% prediction band of one
    further run, where g is shown of g alone; the theory recipe's mean dotted. The theory's for the
    published recipe is dashed, P6's from the settings alone dash-dotted. Whiskers are the
    `deviations` of ten seeds, by x and series. Points that `results` do not have are absent.
    `each_seed`: show the seeds themselves in place of bands, and no P6; instead of seeds the
    `draws`, accuracies of g at each x. `at_a_glance`: neither
    bands, which may fill a small picture, nor P6 nor the theory recipe.
    """
    ours, plain = (points_of(panel, results, recipe.name) for recipe in (PUBLISHED, THEORY))
    plain = {} if at_a_glance else plain
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        signs: dict[str, list[Artist]] = {
            _LEGEND[s]: [look(*LOOKS[s], "-", **weight_of(s, panel))] for s in panel.series
        }

        def noted(label: str, sign: Artist) -> None:
            signs.setdefault(label, []).append(sign)

        banded = () if at_a_glance else (OF_G,) if OF_G in panel.series else panel.series
        for series in panel.series:
            (colour, marker), weight = LOOKS[series], weight_of(series, panel)
            thin = {**weight, "linewidth": 0.6 * weight["linewidth"]}
            samples = {x: s for x, r in ours.items() if (s := Sample.of(r, series)).values}
            if draws and series == OF_G:
                of_draws = _draw_draws(axes, draws)
                noted(f"g, each of {len(of_draws)} more draws", of_draws[0])
            elif (
                each_seed
                and not draws
                and any(len(sample.values) > 1 for sample in samples.values())
            ):
                _draw_seeds(axes, samples, series)
                noted("each seed", look(colour, ".", "", markersize=5, alpha=0.7))
            elif series in banded and any(s.band is not None for s in samples.values()):
                _draw_bands(axes, samples, series)
                noted(
                    BAND_OF_G if series == OF_G else BAND_OF_ALL,
                    Patch(color=colour, alpha=BAND, lw=0),
                )
            if samples:
                _draw_means(axes, samples, series, weight)
            scatter = {x: d for (x, name), d in (deviations or {}).items() if name == series}
            if scatter:
                aside = BESIDE.get(series, 0.0) if {*BESIDE} <= {*panel.series} else 0.0
                _draw_scatter(axes, samples, scatter, series, weight, aside)
                noted("deviation of ten seeds", look(colour, "|", "", markersize=8))
            predicted = {x: s.predicted for x, s in samples.items() if s.predicted is not None}
            if predicted:
                axes.plot(*_line(predicted), "--", color=colour, label="predicted", **thin)
                noted("predicted", look(colour, "", "--", **thin))
            means = {x: s.mean for x, r in plain.items() if (s := Sample.of(r, series)).values}
            if means:
                axes.plot(*_line(means), ":", color=colour, label="theory recipe", **thin)
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
                axes.plot(*_line(read), sign, color=colour, label="published", **style)
                noted("published", look(colour, sign, "", **style))
        forecasts = {} if each_seed or at_a_glance else from_settings.forecasts(panel, results)
        if forecasts:
            colour, _ = LOOKS[from_settings.SERIES]
            stated = {x: fmean(f.stated for f in seeds) for x, seeds in forecasts.items()}
            axes.plot(*_line(stated), "-.", color=colour, linewidth=1, label="P6", zorder=3)
            noted("g, from settings (P6)", look(colour, "", "-.", linewidth=1))
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
        add_legend(figure, {name: s[0] if len(s) == 1 else tuple(s) for name, s in signs.items()})
    return figure


def _draw_bands(axes: Axes, samples: Mapping[float, Sample], series: str) -> None:
    bands = {x: np.clip(s.band, 0, 1) for x, s in samples.items() if s.band is not None}
    low, high = zip(*bands.values(), strict=True)
    axes.fill_between([*bands], low, high, color=LOOKS[series][0], alpha=BAND, linewidth=0)


def _draw_seeds(axes: Axes, samples: Mapping[float, Sample], series: str) -> None:
    pairs = [(x, value) for x, sample in samples.items() for value in sample.values]
    axes.plot(*zip(*pairs, strict=True), ".", color=LOOKS[series][0], ms=5, alpha=0.7, label="seed")


def _draw_draws(axes: Axes, draws: Sequence[tuple[float, Sequence[float]]]) -> list[Line2D]:
    """Further draws of g, a thin line each."""
    xs, values = zip(*draws, strict=True)
    return axes.plot(xs, values, "-", color=LOOKS[OF_G][0], lw=0.7, alpha=0.5, label="draw")


def _draw_means(
    axes: Axes, samples: Mapping[float, Sample], series: str, weight: dict[str, Any]
) -> None:
    colour, marker = LOOKS[series]
    means = {x: s.mean for x, s in samples.items()}
    axes.plot(*_line(means), "-", marker=marker, color=colour, label=series, **weight)


def _draw_scatter(
    axes: Axes,
    samples: Mapping[float, Sample],
    scatter: Mapping[float, float],
    series: str,
    weight: dict[str, Any],
    aside: float,
) -> None:
    """A whisker beside each mean: the band of three seeds says little of how far ten scatter.

    From 0 to 1, as no share and no |cos| lies elsewhere.
    """
    xs = [x for x in samples if x in scatter]
    means, lengths = [samples[x].mean for x in xs], [scatter[x] for x in xs]
    ends = zip(means, lengths, strict=True)
    within = [(min(length, mean), min(length, 1 - mean)) for mean, length in ends]
    colour, _ = LOOKS[series]
    beside = ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
    axes.errorbar(
        xs,
        means,
        np.transpose(within),
        fmt="none",
        ecolor=colour,
        elinewidth=0.55 * weight["linewidth"],
        alpha=weight["alpha"],
        transform=axes.transData + beside,
    )


def _line(values: Mapping[float, float]) -> tuple[list[float], list[float]]:
    return [*values.keys()], [*values.values()]


def _logarithmic(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
