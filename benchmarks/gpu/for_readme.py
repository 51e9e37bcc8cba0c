"""Three pictures for README, from the numbers that are kept of a run on a GPU.

They are read at 270 pixels: large type, letters at the curves, few words.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from verifier.report.plots import INK, MAIN, SECOND
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

OUTLIER = 0.1
"""How far from its prediction a point of the second picture lies that the caption speaks of."""

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


def captions(shown: dict[str, Any], rows: list[Row]) -> list[str]:
    """What the pictures show, and what stands out in them. `shown`: of the run that made them."""
    seeds = " to ".join(dict.fromkeys(map(str, shown["seeds"])))
    return [
        "**Accuracy** of f, and of g from perturbations alone. Published g lies above ours at "
        f"{_above(rows, SIZE)}; at {_above(rows, PANEL)}, the figure farthest from ours on "
        f"average. Means of {seeds} seeds; whiskers, cut at 1: the standard deviation of "
        f"{seeds_of_deviations()}."
        f"{_dip(rows)}",
        "**Agreement:** how often f and g agree, trained, and predicted from the same draws; "
        f"dotted: {NEAR} off.{_outliers(rows)}",
    ]


def in_scenario_a(title: str) -> str:
    """A figure's title without its scenario: on README g learns from perturbations alone, (a)."""
    return title.removesuffix(" (a)")


def _above(rows: list[Row], name: str) -> str:
    """At how many points of a panel published g is above ours, as its picture says."""
    above, points = higher(rows, name)
    return f"{above} of {points} points in *{in_scenario_a(title(published_panels()[name]))}*"


def _dip(rows: list[Row]) -> str:
    """Of the first picture: where g is below both neighbours, if it is so predicted as well."""
    g = _of(rows, PANEL, NETWORKS["g"])
    dips = [
        row
        for before, row, after in zip(g, g[1:], g[2:], strict=False)
        if all(row[k] < min(before[k], after[k]) for k in ("mean", "predicted"))
    ]
    if not dips:
        return ""
    deepest = min(dips, key=lambda row: row["mean"] - row["published"])
    where = f"{AXES[published_panels()[PANEL].x].split()[-1]} = {deepest['x']:g}"
    return f" The dip at {where} comes from our draws: predicted from them, g dips too."


def _outliers(rows: list[Row]) -> str:
    """Of the second picture: of which figure most of the points are that are far off."""
    far = [row["figure"] for row in _both(rows) if outlying([(row["predicted"], row["mean"])])]
    if not far:
        return ""
    titles = {p.figure: title(p) for p in published_panels().values() if p.loss == "identity"}
    ((most, count),) = Counter(far).most_common(1)
    return (
        f" Of the {len(far)} points more than {OUTLIER} off, {count} are of "
        f"*{in_scenario_a(titles[most])}*."
    )


def farthest(rows: list[Row]) -> str:
    """The figure whose published accuracy of g is farthest from ours on average; of whole ones."""
    off: dict[str, list[float]] = {}
    for row in rows:
        is_g = row["series"] == NETWORKS["g"] and row["panel"] in published_panels()
        if is_g and row["published"] is not None:
            off.setdefault(row["figure"], []).append(abs(row["mean"] - row["published"]))
    return max(off, key=lambda figure: fmean(off[figure]), default="")


def higher(rows: list[Row], panel: str) -> tuple[int, int]:
    """At how many of a panel's points the published accuracy of g is above our mean, of all."""
    g = [row for row in _of(rows, panel, NETWORKS["g"]) if row["published"] is not None]
    return sum(row["published"] > row["mean"] for row in g), len(g)


def pairs(rows: list[Row], panel: str = "") -> list[tuple[float, float]]:
    """How often f and g agree, predicted and trained, at each point that has both.

    Of all panels, or of the one that is named.
    """
    wanted = [row for row in rows if row["panel"] == panel or not panel]
    return [(row["predicted"], row["mean"]) for row in _both(wanted)]


def _both(rows: list[Row]) -> list[Row]:
    """Those of agreement that are trained and predicted."""
    of_it = [row for row in rows if row["series"] == "agreement"]
    return [row for row in of_it if None not in (row["predicted"], row["mean"])]


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
        figure = Figure(figsize=(WIDTH, 3.5), layout="constrained")
        axes = figure.add_subplot()
        for letter, series in NETWORKS.items():
            _draw_network(axes, letter, _of(rows, name, series), *LOOKS[series])
        axes.set(xlabel=AXES[panel.x], ylabel="accuracy")
        axes.locator_params(axis="x", nbins=5)
        axes.set_ylim(top=min(axes.get_ylim()[1], 1.04))
        worst = ": farthest" if panel.figure == farthest(rows) else ""
        figure.suptitle(f"{in_scenario_a(title(panel))}{worst}", size=TYPE)
        above, points = higher(rows, name)
        said = f"published g\nabove ours:\n{above} of {points}"
        axes.text(0.98, 0.03, said, transform=axes.transAxes, ha="right")
        handles = [
            Line2D([], [], color=INK, marker="s", label="trained"),
            Line2D([], [], color=INK, marker="s", ls="", fillstyle="none", ms=7, label="published"),
            Line2D([], [], color=INK, ls="--", label="predicted"),
            Line2D([], [], color=INK, marker="|", ls="", ms=14, label="scatter over seeds"),
        ]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=2,
            columnspacing=0.9,
            handlelength=1.3,
            handletextpad=0.4,
            borderpad=0,
        )
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
        (10, 4 if letter == "f" else -6),
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
        figure = Figure(figsize=(WIDTH, 3.5), layout="constrained")
        figure.suptitle("How often f and g agree", size=TYPE)
        axes = figure.add_subplot(aspect="equal")
        for off, line in ((-NEAR, ":"), (0.0, "-"), (NEAR, ":")):
            axes.axline((0.5, 0.5 + off), slope=1, color=SECOND, lw=1, ls=line)
        axes.plot(*zip(*both, strict=True), "o", color=MAIN, ms=5, alpha=0.35, mew=0)
        axes.set(xlabel="predicted", ylabel="trained")
        said = f"{near(both)} of {len(both)}\nwithin {NEAR}"
        axes.text(0.04, 0.97, said, transform=axes.transAxes, va="top")
    return figure
