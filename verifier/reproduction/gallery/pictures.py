"""How every picture is drawn, saved and shown on a page. Sizes are for a phone: 3.6 inches wide."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from verifier.evidence.files import write_whole
from verifier.report import plots

WIDTH = 3.6
"""Of every picture, inches."""
PIXELS_PER_INCH = 200

STYLE: dict[Any, Any] = {
    **plots.STYLE,
    "lines.markersize": 4.0,
    "legend.fontsize": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
}


def untitled(figure: Figure) -> Figure:
    """The picture without the title that a page's heading says already."""
    figure.axes[0].set_title("", loc="left")
    return figure


def inline_svg(figure: Figure, name: str, alternative: str) -> str:
    """The picture as an `<svg>` element in the page's own colours; its ids start with `name`."""
    with matplotlib.rc_context(STYLE):
        return plots.svg_element(figure.axes[0], name, alternative)


def inline_png(figure: Figure, alternative: str) -> str:
    """The picture as an `<img>` element that holds its pixels, on white."""
    data = base64.b64encode(_bytes(figure, "png")).decode("ascii")
    width, height = (round(PIXELS_PER_INCH * inches) for inches in figure.get_size_inches())
    label = html.escape(alternative, quote=True)
    size = f'width="{width}" height="{height}"'
    return f'<img src="data:image/png;base64,{data}" {size} alt="{label}">'


def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write `name`.svg and `name`.png: the same bytes for the same figure, whole or not at all."""
    paths = folder / f"{name}.svg", folder / f"{name}.png"
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        write_whole(path, _bytes(figure, path.suffix[1:]))
    return paths


def _bytes(figure: Figure, kind: str) -> bytes:
    stream = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else {}
    with matplotlib.rc_context(STYLE):
        figure.savefig(
            stream, format=kind, dpi=PIXELS_PER_INCH, metadata=metadata, facecolor="white"
        )
    return stream.getvalue()
