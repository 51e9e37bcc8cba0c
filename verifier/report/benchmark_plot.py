"""The picture of a run of `benchmarks/`: ratios as bars, growth with each size as lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from verifier.report.plots import (
    INK,
    LIMIT,
    MAIN,
    SECOND,
    STYLE,
)

COLOURS = {"limit": LIMIT, "bandwidth": INK, "baseline": MAIN}
"""Contestants that the library is measured by, and their colours; others share one."""


Ratios = list[tuple[str, str, float]]
Growths = Mapping[str, tuple[dict[int, float], float]]


def draw(ratios: Ratios, growth: Growths, output: Path) -> None:
    """Write `picture`; raises `OSError` or `ValueError` where `output` is no writable picture."""
    with rc_context(STYLE):
        picture(ratios, growth).savefig(output, dpi=150)


def picture(ratios: Ratios, growth: Growths) -> Figure:
    """Bars of `ratios`, each a group, the other contestant and library/other; lines of `growth`.

    `growth`: by the name of a size its values' seconds, and the exponent fitted to them.
    """
    heights = [0.6 + 0.22 * len(ratios)] * bool(ratios) + [3.0] * bool(growth)
    figure = Figure(figsize=(9, sum(heights)), layout="constrained")
    panels = figure.subplots(len(heights), height_ratios=heights, squeeze=False)[:, 0]
    if ratios:
        _bars(panels[0], ratios)
    if growth:
        _lines(panels[-1], growth)
    return figure


def _bars(axes: Axes, ratios: Ratios) -> None:
    axes.barh(
        range(len(ratios)),
        [ratio - 1 for *_, ratio in ratios],
        left=1,
        color=[COLOURS.get(name, SECOND) for _, name, _ in ratios],
    )
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_yticks(
        range(len(ratios)), [f"{group}: /{name}" for group, name, _ in ratios], parse_math=False
    )
    axes.margins(y=0.01)
    axes.invert_yaxis()
    axes.set_xlabel("median of the library / median of the other; left of 1: faster")


def _lines(axes: Axes, growth: Growths) -> None:
    """Each size and its time as multiples of their first: all lines start in one point."""
    for size, (medians, exponent) in growth.items():
        first_size, first = next(iter(medians.items()))
        x = [value / first_size for value in medians]
        y = [seconds / first for seconds in medians.values()]
        axes.plot(x, y, marker="o", label=f"{size}, fitted exponent {exponent:.2f}")
    most = max(max(medians) / next(iter(medians)) for medians, _ in growth.values())
    axes.plot([1, most], [1, most], color=INK, linewidth=0.8, label="proportional")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda multiple, _: f"{multiple:g}"))
    axes.set_xlabel("size, as a multiple of the least")
    axes.set_ylabel("time of train")
    axes.legend()
