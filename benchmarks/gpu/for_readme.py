"""Three pictures for README, from the numbers that are kept of a run on a GPU.

They are read at 270 pixels: large type, letters at the curves, few words.
"""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from verifier.report.plots import MAIN, SECOND
from verifier.reproduction.comparison.chaos import seeds_of_deviations
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.looks import LOOKS
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, save
from verifier.reproduction.panels import AXES, published_panels
from verifier.reproduction.training.recipes import PUBLISHED

SIZE, PANEL = "fmnist-a-eps", "shifted-gauss-a-d"
"""The panels of the first two pictures: that of README's first sentence, and one that fits less."""
NETWORKS = {"f": "standard", "g": "perturbation"}
"""Whose accuracy is drawn, by the letter at its curve."""

CHANCE = 0.5
"""The accuracy of a network that has learnt nothing."""
OUTLIER = 0.1
"""How far from its prediction a point lies that is counted as far off."""

MARKER = LOOKS[NETWORKS["g"]][1]
"""In the legend, which is of both networks."""
ROOM = 0.3
"""Below the curves, for the legend, as a share of their height."""
TYPE = 12.0
"""Points; all words have this size."""
LOOK: dict[Any, Any] = {
    **STYLE,
    "font.size": TYPE,
    "legend.fontsize": TYPE,
    "axes.labelsize": TYPE,
    "xtick.labelsize": TYPE,
    "ytick.labelsize": TYPE,
}
COUNTED = ("x", "mean", "low", "high", "deviation", "predicted", "published", "P6")
"""Columns of numbers."""
Row = dict[str, Any]


def read(path: Path) -> list[Row]:
    """The rows of the published recipe in a gallery's numbers; None where there is no number."""
    with gzip.open(path, "rt", encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if row["recipe"] == PUBLISHED.name]
    return [row | {k: float(row[k]) if row[k] else None for k in COUNTED} for row in rows]


def caption(shown: dict[str, Any]) -> str:
    """What the pictures' own legends leave out. `shown`: of the run that made them."""
    seeds = " to ".join(dict.fromkeys(map(str, shown["seeds"])))
    scatter = f"whiskers: standard deviation of {seeds_of_deviations()}"
    at_zero = "At ε = 0 g learns from zeros: what it gets right is by chance."
    return f"*Means of {seeds} seeds here; {scatter}. {at_zero}*"


def in_scenario_a(title: str) -> str:
    """A figure's title without its scenario: on README g learns from perturbations alone, (a)."""
    return title.removesuffix(" (a)")


def _named(panel: str) -> str:
    return in_scenario_a(title(published_panels()[panel]))


def chance_within(row: Row) -> tuple[float, float] | None:
    """The interval of a mean, from the band of one more run, if it has chance in it."""
    seeds = int(row["seeds"])
    if row["low"] is None or seeds < 2:
        return None
    half = (row["high"] - row["low"]) / 2 / math.sqrt(seeds + 1)
    low, high = row["mean"] - half, row["mean"] + half
    return (low, high) if low < CHANCE < high else None


def farthest(rows: list[Row]) -> str:
    """The figure whose published accuracy of g is farthest from ours on average; of whole ones."""
    off: dict[str, list[float]] = {}
    for row in rows:
        is_g = row["series"] == NETWORKS["g"] and row["panel"] in published_panels()
        if is_g and row["published"] is not None:
            off.setdefault(row["figure"], []).append(abs(row["mean"] - row["published"]))
    return max(off, key=lambda figure: fmean(off[figure]), default="")


def side(rows: list[Row], panel: str) -> str:
    """On which side of our means a panel's published accuracies of g lie, and how many of all."""
    g = [row for row in _of(rows, panel, NETWORKS["g"]) if row["published"] is not None]
    above = sum(row["published"] > row["mean"] for row in g)
    below = sum(row["published"] < row["mean"] for row in g)
    where, count = max(("above", above), ("below", below), key=lambda found: found[1])
    return f"{where} ours at {count} of {len(g)}"


def pairs(rows: list[Row], panel: str = "", series: str = "agreement") -> list[tuple[float, float]]:
    """One quantity, predicted and trained, at each point that has both.

    Of all panels, or of the one that is named.
    """
    wanted = [row for row in rows if row["panel"] == panel or not panel]
    return [(row["predicted"], row["mean"]) for row in _both(wanted, series)]


def _both(rows: list[Row], series: str = "agreement") -> list[Row]:
    """Those of a series that are trained and predicted."""
    of_it = [row for row in rows if row["series"] == series]
    return [row for row in of_it if None not in (row["predicted"], row["mean"])]


def off(rows: list[Row], series: str = "agreement") -> str:
    """At how many points of all a prediction is not near."""
    both = pairs(rows, series=series)
    return f"{len(both) - near(both)} of {len(both)}"


def near(found: list[tuple[float, float]]) -> int:
    """At how many the two are within `NEAR`."""
    return sum(abs(ours - theory) <= NEAR for theory, ours in found)


def outlying(found: list[tuple[float, float]]) -> int:
    """At how many the two are more than `OUTLIER` apart."""
    return sum(abs(ours - theory) > OUTLIER for theory, ours in found)


def _of(rows: list[Row], panel: str, series: str) -> list[Row]:
    return [row for row in rows if (row["panel"], row["series"]) == (panel, series)]


def draw(rows: list[Row], folder: Path) -> None:
    """Draw them."""
    drawn = {
        "accuracy-by-eps": accuracy(rows, SIZE),
        "accuracy-by-d": accuracy(rows, PANEL),
        "predicted": predicted(rows),
    }
    for name, figure in drawn.items():
        save(figure, folder, name, ["png"])


def accuracy(rows: list[Row], name: str) -> Figure:
    """Accuracy of f and of g in one panel: trained, published and predicted.

    Whiskers are the standard deviation of ten seeds or more; no accuracy is above 1.
    """
    panel = published_panels()[name]
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
        axes = figure.add_subplot()
        for letter, series in NETWORKS.items():
            _draw_network(axes, letter, _of(rows, name, series), *LOOKS[series])
        axes.set(xlabel=AXES[panel.x], ylabel="accuracy")
        axes.locator_params(axis="x", nbins=5)
        low, high = axes.get_ylim()
        axes.set_ylim(low - ROOM * (high - low), min(high, 1.04))
        signs = {"here": f"{MARKER}-", "published": MARKER, "predicted": "--"}
        for label, sign in signs.items():
            fill = "none" if label == "published" else "full"
            axes.plot([], [], sign, color="black", fillstyle=fill, label=label)
        axes.legend(loc="lower right", frameon=False, handlelength=1.6, labelspacing=0.2)
        figure.suptitle(f"{_named(name)}:\npublished g {side(rows, name)}", size=TYPE)
    return figure


def _draw_network(axes: Axes, letter: str, rows: list[Row], colour: str, marker: str) -> None:
    xs = [row["x"] for row in rows]
    means = [row["mean"] for row in rows]
    whiskers = [row["deviation"] or 0 for row in rows]
    up = [min(w, 1 - mean) for w, mean in zip(whiskers, means, strict=True)]
    axes.errorbar(
        xs, means, (whiskers, up), fmt=f"{marker}-", color=colour, ms=5, lw=1.8, elinewidth=1
    )
    axes.plot(xs, [row["published"] for row in rows], marker, color=colour, fillstyle="none", ms=8)
    axes.plot(xs, [row["predicted"] for row in rows], "--", color=colour, lw=1.5)
    axes.annotate(
        letter,
        (xs[-1], means[-1]),
        (10, 6 if letter == "f" else -8),
        textcoords="offset points",
        color=colour,
        size=TYPE + 3,
        weight="bold",
        va="center",
    )


def predicted(rows: list[Row]) -> Figure:
    """How often f and g agree: trained against predicted."""
    both = pairs(rows)
    with matplotlib.rc_context(LOOK):
        figure = Figure(figsize=(WIDTH, 3.3), layout="constrained")
        told = f"{near(both)} of {len(both)} predictions within {NEAR}"
        figure.suptitle(f"How often f and g agree:\n{told}", size=TYPE)
        axes = figure.add_subplot(aspect="equal")
        for off, line, label in ((-NEAR, ":", ""), (0, "-", ""), (NEAR, ":", f"{NEAR} off")):
            axes.axline((0.5, 0.5 + off), slope=1, color=SECOND, lw=1, ls=line, label=label)
        axes.plot(*zip(*both, strict=True), "o", color=MAIN, ms=5, alpha=0.35, mew=0)
        axes.set(xlabel="predicted", ylabel="trained here")
        axes.legend(loc="upper left", frameon=False, handlelength=1.6, borderaxespad=0)
    return figure
