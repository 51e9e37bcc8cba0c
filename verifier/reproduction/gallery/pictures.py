"""How every picture is drawn, saved and shown on a page. Sizes are for a phone: 3.6 inches wide."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from verifier.evidence.files import write_whole
from verifier.report import plots

WIDTH = 3.6
"""Of every picture, inches."""
PIXELS_PER_INCH = 200
LEGEND_LINE = 0.15
"""How much higher a line of the legend makes a picture, inches."""

STYLE: dict[Any, Any] = {
    **plots.STYLE,
    "lines.markersize": 4.0,
    "legend.fontsize": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
}


def add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put a legend below the picture, in two columns, and make the picture so much higher."""
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    _grow(figure, len(handles))


def legend_of(figure: Figure) -> dict[str, Artist]:
    """What stands beside each label of the picture's legend."""
    (legend,) = figure.legends
    pairs = zip(legend.get_texts(), legend.legend_handles, strict=True)
    return {text.get_text(): handle for text, handle in pairs if handle is not None}


def bare(figure: Figure) -> Figure:
    """The picture without title and legend: on a page these stand above it, once."""
    figure.axes[0].set_title("", loc="left")
    for legend in list(figure.legends):
        legend.remove()
        _grow(figure, -len(legend.get_texts()))
    return figure


def _grow(figure: Figure, labels: int) -> None:
    lines = math.copysign(math.ceil(abs(labels) / 2), labels)
    figure.set_figheight(figure.get_figheight() + LEGEND_LINE * lines)


def swatches(legend: Mapping[str, Artist], name: str) -> list[dict[str, str]]:
    """Each `label` of a legend, and the `sign` that stands beside it as an `<svg>` element."""
    found = []
    for k, (label, handle) in enumerate(legend.items()):
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=(0.42, 0.16))
            axes = figure.add_axes((0, 0, 1, 1))
            axes.set_axis_off()
            axes.legend([handle], [""], loc="center", borderpad=0, handletextpad=0, handlelength=3)
            found.append({"label": label, "sign": plots.svg_element(axes, f"{name}-{k}", "")})
    return found


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


def save(
    figure: Figure, folder: Path, name: str, kinds: Sequence[str] = ("svg", "png")
) -> list[Path]:
    """Write `name` in each of `kinds`: the same bytes for the same figure, whole or not at all."""
    paths = [folder / f"{name}.{kind}" for kind in kinds]
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
