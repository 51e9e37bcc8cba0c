"""What was predicted of g beside what was trained: every point that has both, in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.captions import SHORT
from verifier.reproduction.gallery.looks import LOOKS, OF_G
from verifier.reproduction.gallery.numbers import Row
from verifier.reproduction.gallery.pictures import STYLE, WIDTH, inline_png, save
from verifier.reproduction.training.recipes import PUBLISHED

NAME = "foretold"
SERIES = (OF_G, "agreement")
"""What of g is predicted."""


def pairs(rows: Sequence[Row], series: str) -> list[tuple[float, float]]:
    """Predicted and trained, at each point of the published recipe that has both."""
    of_it = [r for r in rows if (r["series"], r["recipe"]) == (series, PUBLISHED.name)]
    both = [(r["predicted"], r["mean"]) for r in of_it]
    return [pair for pair in both if None not in pair]


def of_foretold(rows: Sequence[Row], pictures: Path) -> dict[str, Any] | None:
    """The picture with its caption, saved to a folder too; None where nothing has both."""
    if not any(pairs(rows, series) for series in SERIES):
        return None
    figure = draw(rows)
    save(figure, pictures, NAME)
    caption = (
        f"Predicted against trained: accuracy of g (squares), agreement of f and g (triangles); "
        f"between the dotted lines at most {NEAR} off."
    )
    return {"picture": inline_png(figure, caption), "caption": caption}


def draw(rows: Sequence[Row]) -> Figure:
    """Trained values of g over predicted ones; dotted: where the two are `NEAR` apart."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
        axes = figure.add_subplot(aspect="equal")
        for off, dashes in ((-NEAR, ":"), (0.0, "-"), (NEAR, ":")):
            axes.axline((0.5, 0.5 + off), slope=1, color=SECOND, linewidth=1, linestyle=dashes)
        for series in SERIES:
            colour, marker = LOOKS[series]
            found = pairs(rows, series)
            if found:
                xs, ys = zip(*found, strict=True)
                axes.plot(xs, ys, marker, color=colour, ms=3.5, alpha=0.45, mew=0, label=series)
        axes.set(xlabel=f"predicted ({', '.join(SHORT[s] for s in SERIES)})", ylabel="trained")
    return figure
