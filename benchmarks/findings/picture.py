"""The picture of `docs/findings.md`: effects and controls, in units of each one's threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.findings.finding import Finding, Found, Mean
from benchmarks.findings.themes import THEMES
from benchmarks.gpu.for_readme import LOOK
from verifier.report.plots import LIMIT, MAIN, SECOND
from verifier.reproduction.gallery.pictures import WIDTH, save

PICTURE = "pictures/findings.png"
"""From the page."""
TYPE = 8
"""In points: the longest title beside as wide an axis."""

RANGE = (-0.75, 2.5)
"""Of the axis: most lie near 1, the threshold, and would not be told apart on a longer one."""

KEY = (
    ("o", MAIN, MAIN, "effect"),
    ("s", LIMIT, LIMIT, "control"),
    ("o", MAIN, "white", "hollow: does not stand"),
)
"""The legend: marker, colour, filling, words."""


def draw(findings: Sequence[Finding], found: Mapping[str, Found], docs: Path) -> None:
    """Draw it below `docs`."""
    path = docs / PICTURE
    save(picture(findings, found), path.parent, path.stem, [path.suffix[1:]])


def picture(findings: Sequence[Finding], found: Mapping[str, Found]) -> Figure:
    """A line for each by its title: those that stand come first, by theme, parted by thin lines."""
    lines = sorted(findings, key=lambda one: not found[one.name].stands(one.threshold))
    with matplotlib.rc_context({**LOOK, "font.size": TYPE}):
        figure = Figure(figsize=(WIDTH, 0.15 * len(lines) + 0.85), layout="constrained")
        axes = figure.add_subplot(xlabel="value / threshold", xlim=RANGE)
        axes.axvline(1, color=SECOND, linestyle=":")
        at = (1 - RANGE[0]) / (RANGE[1] - RANGE[0])
        axes.set_title("threshold", size=TYPE, color=SECOND, x=at)
        stand = sum(found[one.name].stands(one.threshold) for one in lines)
        axes.axhline(stand - 0.5, color=SECOND, linewidth=0.6)
        for line, (above, below) in enumerate(pairwise(lines[:stand])):
            if _theme(above) != _theme(below):
                axes.axhline(line + 0.5, color=SECOND, linewidth=0.2)
        for line, one in enumerate(lines):
            here = found[one.name]
            for mean, colour, marker in ((here.control, LIMIT, "s"), (here.effect, MAIN, "o")):
                middle, low, high = _scaled(mean, one.threshold)
                if middle > RANGE[1]:
                    _farther(axes, middle, line)
                    continue
                axes.errorbar(
                    middle,
                    line,
                    xerr=[[middle - low], [high - middle]],
                    color=colour,
                    marker=marker,
                    markersize=4,
                    markerfacecolor=colour if here.stands(one.threshold) else "white",
                )
        for marker, colour, face, name in KEY:
            axes.plot([], [], marker, color=colour, markerfacecolor=face, markersize=4, label=name)
        figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=TYPE)
        axes.set_yticks(range(len(lines)), [one.title for one in lines])
        axes.tick_params(labelsize=TYPE)
        axes.xaxis.label.set_size(TYPE)
        axes.set_ylim(len(lines) - 0.5, -0.5)
    return figure


def _theme(finding: Finding) -> str:
    return next((title for title, names in THEMES.items() if finding.name in names), "")


def _farther(axes: Axes, value: float, line: int) -> None:
    """An arrow at the end of the axis, with its number, for what lies beyond it."""
    end = RANGE[1] - 0.1
    axes.plot(end, line, ">", color=MAIN, markersize=4)
    axes.text(end - 0.1, line, f"{value:.1f}", size=TYPE, ha="right", va="center", color=MAIN)


def _scaled(mean: Mean, threshold: float) -> tuple[float, float, float]:
    return mean.mean / threshold, mean.low / threshold, mean.high / threshold
