"""How each series looks in the plots: its colour, marker and weight.

Colours are Okabe and Ito's; series differ in weight and marker too, and what a line means in its
dashes, so that a picture can be read in grey. The claim is about g, which stands before the others.
"""

from __future__ import annotations

from typing import Any, Literal

from matplotlib.lines import Line2D

from verifier.report.plots import LIMIT, MAIN, SECOND
from verifier.reproduction.panels import Panel

PURPLE = "#cc79a7"
LOOKS: dict[str, tuple[str, str]] = {
    "standard": (MAIN, "o"),
    "perturbation": (LIMIT, "s"),
    "agreement": (SECOND, "^"),
    "cossim": (PURPLE, "D"),
}
"""Colour and marker of each series."""
BEHIND_G = ("standard", "agreement")
"""Series drawn thinner, paler and below others: agreement is so near g that it would hide it."""
READ = {"agreement": "x"}
"""Marker of published values that would hide those of g, which they are near."""
OF_G = "perturbation"
"""The one series whose band is drawn where it is: two would hide all else."""
BESIDE = {"perturbation": -1.6, "agreement": 1.6}
"""Points by which a series' whiskers stand aside: those of g would hide each other."""
CHANCE = 0.5
"""The accuracy of a network that has learnt nothing: both classes are as large."""
MEASURES = {
    "standard": "accuracy",
    "perturbation": "accuracy",
    "agreement": "agreement",
    "cossim": "|cos|",
}
"""What a series is measured as, on the axis."""


def is_behind(series: str, panel: Panel) -> bool:
    """Whether others of the panel are to be seen before this one."""
    return series in BEHIND_G and len(panel.series) > 1


def weight_of(series: str, panel: Panel) -> dict[str, Any]:
    """How thick, opaque and far in front a series' lines are."""
    if is_behind(series, panel):
        return {"linewidth": 0.9, "alpha": 0.7, "zorder": 2.0, "markersize": 2.5}
    return {"linewidth": 1.8, "alpha": 1.0, "zorder": 3.0, "markersize": 4.0}


def look(
    colour: str,
    marker: str,
    dashes: Literal["-", "--", "-.", ":", ""],
    **weight: Any,
) -> Line2D:
    """How something looks in the plot, to stand beside its label."""
    line = Line2D([], [], color=colour, marker=marker, linestyle=dashes)
    line.set(**weight)
    return line
