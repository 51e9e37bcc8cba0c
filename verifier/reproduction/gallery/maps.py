"""Two pictures of the plane and of images: where f and g agree, and what a perturbation is."""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from verifier.report.plots import INK, LIMIT, MAIN
from verifier.reproduction.gallery.curves import reduction, title
from verifier.reproduction.gallery.looks import PURPLE
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, add_legend
from verifier.reproduction.panels import AgreementMap
from verifier.reproduction.training.results import Array, Explained, MapResult

AGREE, DISAGREE = "#b5d3e8", "#ffffff"
MOST_SAMPLES = 400
SIDE = 28  # pixels of an image
HEIGHT = 3.5
BELOW = 5.0
"""Width of a line that is seen below another one."""
"""Of a map without its legend, inches."""


def draw_map(drawn: AgreementMap, result: MapResult) -> Figure:
    """Where f and g agree on the plane of the class means, and where the theory says they do.

    Shaded: equal signs of f and g. Lines: the zeros of f_hat and g_hat, between which the theory
    expects the signs to differ, and of the published g_hat. Markers: the training samples of both
    classes, projected.
    """
    low, high = drawn.limits
    with matplotlib.rc_context({**STYLE, "axes.spines.top": True, "axes.spines.right": True}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="compressed")
        axes = figure.add_subplot()
        axes.imshow(
            result.agree.astype(bool),
            cmap=ListedColormap([DISAGREE, AGREE]),
            vmin=0,
            vmax=1,
            origin="lower",
            extent=(low, high, low, high),
            interpolation="nearest",
        )
        _draw_samples(axes, result.projected, result.labels)
        ticks = np.linspace(low, high, result.agree.shape[0])
        lines = (
            (result.published_g_hat, "-", PURPLE, BELOW, "paper's ĝ", 0.8),
            (result.f_hat, "-", INK, 1.8, "f̂", 0.2),
            (result.g_hat, "--", LIMIT, 1.8, "ĝ", 0.2),
        )
        for values, dashes, colour, width, name, along in lines:
            if values.min() < 0 < values.max():
                drawn_line = axes.contour(
                    ticks, ticks, values, [0.0], colors=colour, linestyles=dashes, linewidths=width
                )
                _name_line(axes, drawn_line, name, along)
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.set_xlabel("along the mean of class +1")
        axes.set_ylabel("along the mean of class −1")
        headings = [title(drawn), *([reduction(drawn)] if drawn.factor != 1 else [])]
        axes.set_title("\n".join(headings), loc="left")
        add_legend(
            figure,
            {
                "f and g agree": _shade(AGREE),
                "they differ": _shade(DISAGREE),
                "f̂": Line2D([], [], color=INK, ls="-"),
                "ĝ": Line2D([], [], color=LIMIT, ls="--"),
                "paper's ĝ": Line2D([], [], color=PURPLE, ls="-", lw=BELOW),
                "samples, +1": Line2D([], [], color=MAIN, ls="", marker="o", ms=3),
                "samples, −1": Line2D([], [], color=INK, ls="", marker="x", ms=4),
            },
        )
    return figure


def _name_line(axes: Axes, contour: QuadContourSet, name: str, along: float) -> None:
    """Its name on the line, at this share of its length."""
    points = max(contour.allsegs[0], key=len)
    axes.annotate(
        name,
        points[round(along * (len(points) - 1))],
        ha="center",
        va="center",
        fontsize=11,
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none"},
        zorder=5,
    )


def _shade(colour: str) -> Patch:
    return Patch(facecolor=colour, edgecolor=INK, linewidth=0.5)


def _draw_samples(axes: Axes, projected: Array, labels: Array) -> None:
    """At most `MOST_SAMPLES` of them, evenly spaced in their order."""
    chosen = np.unique(np.linspace(0, len(labels) - 1, MOST_SAMPLES).round().astype(int))
    for sign, marker, colour, size in ((1, "o", MAIN, 2.0), (-1, "x", INK, 3.0)):
        x, y = projected[chosen[labels[chosen] == sign]].T
        axes.plot(x, y, marker, color=colour, ms=size, mew=0.6, alpha=0.7)


def map_shares(
    result: MapResult, g_hat: Array | None = None
) -> tuple[float, float | None, float | None]:
    """The share of the plane where f and g agree; of it, and of the rest, where theory says so.

    Theory goes by the signs of f_hat and g_hat, by default the result's. None of an empty part.
    """
    agree = result.agree.astype(bool)
    g_hat = result.g_hat if g_hat is None else g_hat
    right = agree == (np.sign(result.f_hat) == np.sign(g_hat))
    both, differ = right[agree], right[~agree]
    told = [float(part.mean()) if part.size else None for part in (both, differ)]
    return float(agree.mean()), told[0], told[1]


def one_of_each(explained: Explained) -> Explained:
    """The first image of each class, with what belongs to it."""
    _, first = np.unique(explained.labels, return_index=True)
    rows = np.sort(first)
    names = ("images", "perturbations", "sums", "labels", "cosines")
    return replace(explained, **{name: getattr(explained, name)[rows] for name in names})


def draw_explained(explained: Explained) -> Figure:
    """A perturbation is a weighted sum of training samples: image, perturbation and sum in a row.

    The latter two, of unit length, share a scale that is symmetric about 0. Its colours run from
    blue to yellow through a middle grey, so that the sign can be read in grey too.
    """
    rows = len(explained.images)
    headings = ("image", "perturbation", "weighted sum of\ntraining samples")
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.08 * rows + 0.45), layout="constrained")
        grid = figure.subplots(rows, 3, squeeze=False)
        for i, line in enumerate(grid):
            pair = explained.perturbations[i], explained.sums[i]
            largest = float(max(np.abs(values).max() for values in pair))
            line[0].imshow(explained.images[i].reshape(SIDE, SIDE), cmap="gray")
            for axes, values in zip(line[1:], pair, strict=True):
                axes.imshow(values.reshape(SIDE, SIDE), cmap="cividis", vmin=-largest, vmax=largest)
            label = "+1" if explained.labels[i] > 0 else "−1"
            line[0].set_ylabel(f"class {label}")
            line[2].set_ylabel(f"cos {explained.cosines[i]:.3f}")
            line[2].yaxis.set_label_position("right")
            for axes in line:
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
        for axes, heading in zip(grid[0], headings, strict=True):
            axes.set_title(heading, fontweight="normal")
    return figure
