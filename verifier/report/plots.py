"""Small figures as inline SVG, for a page that loads nothing.

Colours are CSS variables with a fallback, so that one figure suits a light, a dark and a printed
page. The three that carry meaning differ in lightness too, and every line and marker in its shape.
"""

from __future__ import annotations

import html
import io
import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from verifier.report.error_axis import LEAST_ERROR, error_ticks, on_axis, power

# Okabe and Ito's blue, vermilion and grey; `ink` for text and axes
INK, MAIN, LIMIT, SECOND = "#101112", "#0072b2", "#d55e00", "#767676"
_VARIABLES = {INK: "currentColor", MAIN: "var(--main)", LIMIT: "var(--limit)", SECOND: "var(--dim)"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, in the page's font
    "svg.hashsalt": "verifier",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "legend.frameon": False,
    **{f"{part}.color": INK for part in ("text", "xtick", "ytick")},
    **{f"axes.{part}": INK for part in ("edgecolor", "labelcolor")},
}
_SIZE = (3.6, 2.4)  # inches; shown no wider than a phone

MARKERS = {"o": "●", "s": "■", "D": "◆", "^": "▲", "v": "▼", "<": "◀", ">": "▶", "P": "✚"}
"""Markers of quantiles, in turn, and how a caption writes them."""

RATIO_LABEL = "difference / bound"
ATTAINED = 1e-3  # a ratio this little above 1 may be rounding, see `Comparisons.at_most`


@contextmanager
def small_axes(xlabel: str, ylabel: str, size: tuple[float, float] = _SIZE) -> Iterator[Axes]:
    """Axes of the style of all figures of a report, and of their `size` unless said otherwise."""
    with matplotlib.rc_context(STYLE):
        axes = Figure(figsize=size, layout="constrained").add_subplot()
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        yield axes


def svg_element(axes: Axes, name: str, alternative: str) -> str:
    """The figure as an `<svg>` element whose ids start with `name`; it is read as `alternative`.

    Without one it is decoration, and is not read.
    """
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True)
    text = stream.getvalue()
    box = re.search(r'viewBox="([^"]+)"', text)
    assert box is not None
    body = text[text.index(">", text.index("<svg")) + 1 :]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.S)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    label = html.escape(alternative, quote=True)
    read = f'role="img" aria-label="{label}"' if alternative else 'aria-hidden="true"'
    return f'<svg viewBox="{box[1]}" {read}>{body}'


def slack(name: str, measure: str, values: Sequence[float], counted: str, log: bool) -> str:
    """How far each draw stayed from refuting: a histogram of `values` with the limit at 1.

    `measure`, `counted`: the axes' labels. `log`: whether the measure's axis is logarithmic.
    """
    shown = np.asarray(values, dtype=float)
    with small_axes(measure, counted) as axes:
        if log:
            low = math.log10(LEAST_ERROR)
            logs = on_axis(shown)
            top = max(0.25, math.ceil(float(logs.max())))
            edges = np.arange(low, top + 0.25, 0.25)
            axes.hist(logs, edges.tolist(), color=MAIN)
            axes.set_xticks(*error_ticks(shown))
        else:
            edges = np.arange(0.0, 1.225, 0.05)
            edges[1:] += ATTAINED
            axes.hist(np.minimum(shown, 1.2), edges.tolist(), color=MAIN)
        axes.axvline(0.0 if log else 1.0, color=LIMIT, linestyle="--")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        beyond = sum(v > 1 for v in values)
        return svg_element(
            axes,
            name,
            f"Histogram of {measure} over {len(values)} {counted}, from {min(values):.2g} to "
            f"{max(values):.2g}; {beyond} beyond the dashed limit 1.",
        )


def label_powers(axis: Axis, values: np.ndarray[Any, Any]) -> None:
    """Labels a logarithmic axis in plain text, between the powers of ten too if it is short."""
    decades = math.log10(values.max() / values.min())
    axis.set_major_locator(LogLocator(subs=(1.0,) if decades >= 1.5 else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _label(value)))
    axis.set_minor_formatter(NullFormatter())


def _label(value: float) -> str:
    exponent = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10.0**exponent)
    if exponent == 0:
        return f"{digit}"
    return power(exponent) if digit == 1 else f"{digit} · {power(exponent)}"


def quantiles(name: str, lines: Sequence[tuple[str, Sequence[float], Sequence[float]]]) -> str:
    """Quantiles of |difference| / bound over draws, one line for each (title, levels, values)."""
    with small_axes("quantile over draws", RATIO_LABEL) as axes:
        for marker, (_, levels, values) in zip(cycle(MARKERS), lines, strict=False):
            axes.plot(
                range(len(levels)), values, marker=marker, color=MAIN, markersize=4, alpha=0.8
            )
        labels = ["largest" if level == 1 else f"{level:.0%}" for level in lines[0][1]]
        axes.set_xticks(range(len(labels)), labels)
        axes.axhline(1.0, color=LIMIT, linestyle="--")
        axes.set_ylim(bottom=0.0)
        largest = max(max(values) for _, _, values in lines)
        return svg_element(
            axes,
            name,
            f"Quantiles of the ratio to the bound in {len(lines)} series; the largest ratio is "
            f"{largest:.3g}, the dashed limit 1.",
        )


def rate(name: str, series: Mapping[str, Any]) -> str:
    """A power law: each replicate's values, their geometric mean, the fit and its interval.

    `series`: `sizes (J,)`, `values (R, J)`, `exponent`, `interval (2,)`, of None where infinite.
    """
    sizes = np.asarray(series["sizes"], dtype=float)
    values = np.asarray(series["values"], dtype=float).reshape(-1, len(sizes))
    exponent, (low, high) = series["exponent"], series["interval"]
    centre = np.log(sizes).mean()
    level = np.log(values).mean()

    def line(slope: float) -> np.ndarray[Any, Any]:
        return np.exp(level + slope * (np.log(sizes) - centre))

    xlabel, ylabel = series.get("xlabel", "width m"), series.get("ylabel", "error")
    with small_axes(xlabel, textwrap.fill(ylabel, 26)) as axes:
        if low is not None and high is not None:
            axes.fill_between(sizes, line(low), line(high), color=LIMIT, alpha=0.25, linewidth=0)
        axes.plot(sizes, values[:20].T, ".", color=SECOND, markersize=2, alpha=0.6)
        axes.plot(sizes, np.exp(np.log(values).mean(0)), "o", color=MAIN, markersize=4)
        axes.plot(sizes, line(exponent), "--", color=LIMIT)
        axes.set_xscale("log")
        axes.set_yscale("log")
        label_powers(axes.xaxis, sizes)
        label_powers(axes.yaxis, values)
        return svg_element(
            axes,
            name,
            f"{ylabel} against {xlabel}, both logarithmic: exponent {exponent:.3f} from "
            f"{len(values)} replicates at {len(sizes)} sizes.",
        )


def curves(name: str, times: Sequence[float], values: Mapping[str, Sequence[float]]) -> str:
    """`values` by name against the training `times`, which have a logarithmic axis."""
    styles = cycle((("o-", MAIN), ("x--", LIMIT), ("-", SECOND), (":", INK)))
    with small_axes("training time T", "cosine") as axes:
        for (label, curve), (style, colour) in zip(values.items(), styles, strict=False):
            axes.plot(times, curve, style, color=colour, label=label, markersize=4)
        axes.set_xscale("log")
        label_powers(axes.xaxis, np.asarray(times))
        axes.legend()
        ends = ", ".join(f"{label} {curve[-1]:.3f}" for label, curve in values.items())
        return svg_element(axes, name, f"Against training time; at the end {ends}.")


def phase(name: str, cells: Sequence[Mapping[str, Any]]) -> str:
    """Predicted against measured agreement, one point for each cell, with two standard errors.

    `cells`: each with `measured`, `standard error`, and `given the draws` or `averaged`, or both.
    """
    measured = [cell["measured"] for cell in cells]
    errors = [2 * (cell["standard error"] or 0.0) for cell in cells]
    kinds = (("given the draws", "o", MAIN), ("averaged", "D", LIMIT))
    with small_axes("predicted agreement", "measured agreement") as axes:
        axes.axline((0.5, 0.5), slope=1, color=SECOND, linewidth=0.8)
        distance = 0.0
        for label, marker, colour in kinds:
            pairs = [
                (c[label], m, e)
                for c, m, e in zip(cells, measured, errors, strict=True)
                if c.get(label) is not None
            ]
            if not pairs:
                continue
            x, y, e = zip(*pairs, strict=True)
            axes.errorbar(
                x,
                y,
                e,
                fmt=marker,
                color=colour,
                markersize=4,
                linewidth=0.8,
                label=label,
                markerfacecolor=colour if marker == "o" else "none",
            )
            distance = max(distance, *(abs(a - b) for a, b in zip(x, y, strict=True)))
        axes.legend(loc="upper left")
        return svg_element(
            axes,
            name,
            f"Measured against predicted agreement in {len(cells)} cells; the largest distance "
            f"of the two is {distance:.3f}.",
        )
