"""What was predicted of g beside what was trained, at every point that has both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.looks import OF_G, PURPLE
from verifier.reproduction.gallery.numbers import Row
from verifier.reproduction.gallery.pictures import STYLE, inline_png, save
from verifier.reproduction.training.recipes import PUBLISHED

SERIES = {OF_G: "Accuracy of g", "agreement": "Agreement of f and g"}
"""What of g is predicted."""
COLOURS = ("#d55e00", "#0072b2", "#009e73", PURPLE)
"""Of the figures with most predictions far off, that with most first; all others are grey."""
SIZE = 2.9
"""Of a picture, inches."""
DOTTED = f"between the dotted lines at most {NEAR} off"


def pairs(rows: Sequence[Row], series: str) -> list[tuple[str, float, float]]:
    """Figure, predicted and trained, at each point of the published recipe that has both."""
    of_it = [r for r in rows if (r["series"], r["recipe"]) == (series, PUBLISHED.name)]
    found = [(r["figure"], r["predicted"], r["mean"]) for r in of_it]
    return [one for one in found if None not in one]


def of_foretold(rows: Sequence[Row], pictures: Path) -> dict[str, Any] | None:
    """A picture of each series, saved to a folder too, and the colour of each figure that has one.

    None where nothing has both a prediction and a training.
    """
    colours, drawn = colours_of(rows), []
    for series, heading in SERIES.items():
        if found := pairs(rows, series):
            figure = draw(found, colours)
            save(figure, pictures, f"foretold-{series}")
            said = f"{heading} at {len(found)} points, trained against predicted; {DOTTED}."
            drawn.append({"heading": heading, "picture": inline_png(figure, said)})
    if not drawn:
        return None
    named = {figure.replace("_", "-"): colour for figure, colour in colours.items()}
    caption = f"The figures with most misses have colours, others are grey; {DOTTED}."
    return {"pictures": drawn, "caption": caption, "colours": named, **_sizes(rows)}


def _sizes(rows: Sequence[Row]) -> dict[str, Any]:
    """How far predictions are off: the median, what nine of ten stay within, and the farthest."""
    both = [
        (abs(row["mean"] - row["predicted"]), row)
        for row in rows
        if row["series"] in SERIES and row["recipe"] == PUBLISHED.name
        if None not in (row["mean"], row["predicted"])
    ]
    gaps = [gap for gap, _ in both]
    _, farthest = max(both, key=lambda one: one[0])
    half, most = np.quantile(gaps, (0.5, 0.9))
    return {"half": float(half), "most": float(most), "farthest": farthest}


def colours_of(rows: Sequence[Row]) -> dict[str, str]:
    """By figure, most predictions far off first: as many as there are colours."""
    every = [one for series in SERIES for one in pairs(rows, series)]
    far = Counter(figure for figure, predicted, mean in every if abs(mean - predicted) > NEAR)
    return dict(zip([figure for figure, _ in far.most_common()], COLOURS, strict=False))


def draw(found: Sequence[tuple[str, float, float]], colours: Mapping[str, str]) -> Figure:
    """Trained values over predicted ones; dotted: where the two are `NEAR` apart."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(SIZE, SIZE), layout="constrained")
        axes = figure.add_subplot(aspect="equal")
        for off, dashes in ((-NEAR, ":"), (0.0, "-"), (NEAR, ":")):
            axes.axline((0.5, 0.5 + off), slope=1, color=SECOND, linewidth=1, linestyle=dashes)
        for name in sorted({one[0] for one in found}, key=lambda name: (name in colours, name)):
            xs, ys = zip(*[one[1:] for one in found if one[0] == name], strict=True)
            colour = colours.get(name, SECOND)
            axes.plot(xs, ys, "o", color=colour, ms=3.5, alpha=0.5, mew=0, label=name)
        axes.set(xlabel="predicted", ylabel="trained", xlim=(0, 1.02), ylim=(0, 1.02))
    return figure
