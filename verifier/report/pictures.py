"""What a perturbation is and what is learnt from it, in pictures: PNGs of pixels within the page.

Every picture is a few kilobytes of pixels, one for each number; its words are the page's own.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.image
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

GREY, SIGNED = "gray", "cividis"
"""Of samples, and of what has a sign: from dark to bright through a middle grey."""
SIDES = {-1.0: (213, 94, 0), 1.0: (0, 114, 178)}
"""Vermilion and blue, for the classes that a map shows, towards white where f is near 0."""
PALEST, STRONGEST = 0.16, 0.75
SIDE = 320
"""Of a map, in the SVG's own units."""

Grid = NDArray[Any]


def explained(example: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    """Of the first row of each class its four pictures: `name`, `source`, what is seen, `says`."""
    names = tuple(SAYS)
    told = []
    for row in _one_of_each(example):
        largest = _largest(row)
        label = f"class {row['label']:+d}".replace("-", "\N{MINUS SIGN}")
        pictures = []
        for name in names:
            pixels = _shaped(row[name])
            source = _png(pixels, GREY) if name == "sample" else _png(pixels, SIGNED, largest)
            pictures.append({"name": name, "source": source, "says": f"{SAYS[name]}, {label}"})
        told.append(pictures)
    return told


def figure(example: Mapping[str, Any]) -> Figure:
    """The same pictures as one that a phone can read: perturbation = sum + start."""
    rows = _one_of_each(example)
    drawn = Figure(figsize=(6.4, 1.5 * len(rows) + 0.75), dpi=150, layout="compressed")
    for places, row in zip(drawn.subplots(len(rows), len(HEADS), squeeze=False), rows, strict=True):
        largest = _largest(row)
        for place, name in zip(places, HEADS, strict=True):
            scale = {} if name == "sample" else {"vmin": -largest, "vmax": largest}
            colours = GREY if name == "sample" else SIGNED
            place.imshow(_shaped(row[name]), cmap=colours, **scale)
            place.set(xticks=[], yticks=[])
            if row is rows[0]:
                place.set_title(HEADS[name], fontsize=12)
        label = f"class {row['label']:+d}".replace("-", "\N{MINUS SIGN}")
        places[0].set_ylabel(f"a sample of\n{label}", fontsize=12)
    return drawn


def _one_of_each(example: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The first row of each class."""
    first = {row["label"]: row for row in reversed(example["rows"])}
    return [row for row in example["rows"] if row is first[row["label"]]]


def _largest(row: Mapping[str, Any]) -> float:
    """Of what has a sign: one scale for the three."""
    return max(float(np.abs(row[name]).max()) for name in HEADS if name != "sample")


HEADS = {
    "sample": "sample",
    "perturbation": "perturbation",
    "sum": "= weighted sum\nof samples",
    "start": "+ initial\nweights' part",
}

SAYS = {
    "sample": "a training sample",
    "perturbation": "what the attack adds to it",
    "sum": "the weighted sum of training samples",
    "start": "the part left from the initial weights",
}


def maps(example: Mapping[str, Any]) -> dict[str, str]:
    """What f and g decide on the plane of the class means: an SVG for each of the two."""
    plane = example["plane"]
    return {name: _map(plane, name) for name in ("f", "g")}


def _map(plane: Mapping[str, Any], name: str) -> str:
    values = np.asarray(plane[name], dtype=float)
    scale = SIDE / (plane["high"] - plane["low"])
    marks = []
    for (x, y), label in zip(plane["samples"], plane["labels"], strict=True):
        across, down = (x - plane["low"]) * scale, (plane["high"] - y) * scale
        marks.append(_mark(across, down, label))
    positive = float((values > 0).mean())
    says = (
        f"Decision map of {name}: class +1 on {positive:.0%} of the plane, with the "
        f"{len(marks)} clean samples"
    )
    return (
        f'<svg class="map" viewBox="0 0 {SIDE} {SIDE}" role="img" aria-label="{says}">'
        f'<image width="{SIDE}" height="{SIDE}" preserveAspectRatio="none" '
        f'href="{_png(_coloured(values[::-1]))}"/>{"".join(marks)}</svg>'
    )


def _mark(x: float, y: float, label: int) -> str:
    """A disc for class +1, a cross for class -1."""
    if label > 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="plus"/>'
    return f'<path d="M{x - 3.5:.1f} {y - 3.5:.1f}l7 7m0 -7l-7 7" class="minus"/>'


def _coloured(values: Grid) -> Grid:
    """(R, R) -> (R, R, 3): the colour of the sign, the paler the nearer to 0."""
    size = float(np.abs(values).max()) or 1.0
    depth = PALEST + (STRONGEST - PALEST) * np.sqrt(np.abs(values) / size)
    colours = np.where(values[..., None] > 0, SIDES[1.0], SIDES[-1.0]) / 255
    return np.asarray(1 - depth[..., None] * (1 - colours))


def _shaped(values: Sequence[float]) -> Grid:
    """As a square image where the numbers fill one, else as one line of pixels."""
    side = math.isqrt(len(values))
    square = side * side == len(values)
    return np.asarray(values, dtype=float).reshape((side, side) if square else (1, -1))


def _png(pixels: Grid, colours: str | None = None, largest: float | None = None) -> str:
    """The pixels as the address of a PNG that holds them itself; `largest`: of a scale about 0."""
    stream = io.BytesIO()
    least = None if largest is None else -largest
    matplotlib.image.imsave(stream, pixels, vmin=least, vmax=largest, cmap=colours, format="png")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
