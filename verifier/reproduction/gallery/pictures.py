"""How every picture is drawn, saved and shown on a page. Sizes are for a phone: 3.6 inches wide."""

from __future__ import annotations

import base64
import html
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerTuple
from PIL import Image

from verifier.evidence.files import write_whole
from verifier.report import plots

WIDTH = 3.6
"""Of every picture, inches."""
PIXELS_PER_INCH = 200
COLOURS = 256
"""Of a picture of pixels on a page, which should be small; maps and images have hardly more."""
LEGEND_LINE = 0.15
"""How much higher a line of the legend makes a picture, inches."""

STYLE: dict[Any, Any] = {
    **plots.STYLE,
    "lines.markersize": 4.0,
    "legend.fontsize": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
}


Sign = Artist | tuple[Artist, ...]
"""What stands beside a label; of several, one beside the other: one for each colour it has."""

_SIGNS: WeakKeyDictionary[Figure, dict[str, Sign]] = WeakKeyDictionary()
"""What each picture's legend was given: of several signs matplotlib would return the first."""
_GROWN: WeakKeyDictionary[Figure, float] = WeakKeyDictionary()
"""How much higher each picture's legend made it, inches."""
_BESIDE_EACH_OTHER: dict[Any, Any] = {tuple: HandlerTuple(ndivide=None, pad=0.4)}


def add_legend(figure: Figure, signs: Mapping[str, Sign]) -> None:
    """Put a legend below the picture, in two columns, and make the picture so much higher.

    In one column where two are wider than the picture, which would cut its labels.
    """
    columns = 2
    if _legend(figure, signs, columns).get_window_extent().width > figure.bbox.width:
        figure.legends[-1].remove()
        columns = 1
        _legend(figure, signs, columns)
    _SIGNS[figure] = dict(signs)
    _GROWN[figure] = LEGEND_LINE * math.ceil(len(signs) / columns)
    figure.set_figheight(figure.get_figheight() + _GROWN[figure])


def _legend(figure: Figure, signs: Mapping[str, Sign], columns: int) -> Legend:
    handles: list[Any] = [*signs.values()]  # a tuple is one, too, which its stubs do not know
    return figure.legend(
        handles,
        [*signs],
        loc="outside lower center",
        ncols=columns,
        handlelength=2.5,
        columnspacing=1,
        handler_map=_BESIDE_EACH_OTHER,
    )


def legend_of(figure: Figure) -> dict[str, Sign]:
    """What stands beside each label of the picture's legend."""
    return dict(_SIGNS[figure])


def merged(legends: Iterable[Mapping[str, Sign]]) -> dict[str, Sign]:
    """One legend for several pictures: beside each label every sign that one of them has."""
    found: dict[str, dict[Any, Artist]] = {}
    for legend in legends:
        for label, sign in legend.items():
            for one in sign if isinstance(sign, tuple) else (sign,):
                found.setdefault(label, {}).setdefault(_look_of(one), one)
    several = {label: (*signs.values(),) for label, signs in found.items()}
    return {label: signs[0] if len(signs) == 1 else signs for label, signs in several.items()}


def _look_of(sign: Artist) -> tuple[Any, ...]:
    """What tells one sign from another."""
    known = sign.properties()
    return tuple(str(known.get(name)) for name in ("color", "facecolor", "marker", "linestyle"))


def bare(figure: Figure) -> Figure:
    """The picture without title and legend: on a page these stand above it, once."""
    figure.axes[0].set_title("", loc="left")
    for legend in list(figure.legends):
        legend.remove()
    figure.set_figheight(figure.get_figheight() - _GROWN.pop(figure, 0.0))
    return figure


def swatches(legend: Mapping[str, Sign], name: str) -> list[dict[str, str]]:
    """Each `label` of a legend, and the `sign` that stands beside it as an `<svg>` element."""
    found = []
    for k, (label, handle) in enumerate(legend.items()):
        with matplotlib.rc_context(STYLE):
            length = max(4.0, 1.5 * len(handle)) if isinstance(handle, tuple) else 4.0
            figure = Figure(figsize=(0.06 + 0.11 * length, 0.16))
            axes = figure.add_axes((0, 0, 1, 1))
            axes.set_axis_off()
            axes.legend(
                [handle],
                [""],
                loc="center",
                borderpad=0,
                handletextpad=0,
                handlelength=length,
                handler_map=_BESIDE_EACH_OTHER,
            )
            sign = shortened(plots.svg_element(axes, f"{name}-{k}", ""))
            found.append({"label": label, "sign": sign})
    return found


def inline_svg(figure: Figure, name: str, alternative: str) -> str:
    """The picture as an `<svg>` element in the page's own colours; its ids start with `name`."""
    with matplotlib.rc_context(STYLE):
        return shortened(plots.svg_element(figure.axes[0], name, alternative))


def shortened(svg: str) -> str:
    """The same picture in fewer characters: a page of many should be small.

    Without the fonts' names, since the page has its own; without ids that nothing refers to, turns
    by nothing and decimals that nobody sees; and with the style of equal markers written once.

    >>> shortened('<g id="a"><path d="M 1.23456 2" transform="rotate(-0 3 4)"/></g>')
    '<g><path d="M 1.23 2"/></g>'
    """
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r" font-family: [^;\"]*;?", "", svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(r' (?:d|x|y|style)="[^"]*"', lambda found: _rounded(found[0]), svg)
    return re.sub(r"<g([^>]*)>\n((?:<use [^>]*/>\n)+)</g>", _styled_once, svg)


def _rounded(numbers: str) -> str:
    return re.sub(r"(?<=\d\.)(\d\d)\d+", r"\1", numbers).replace(": ", ":").replace("; ", ";")


def _styled_once(group: re.Match[str]) -> str:
    """A group of markers, with their style if it is one for all."""
    styles = set(re.findall(r' style="[^"]*"', group[2]))
    if len(styles) != 1 or group[2].count("style=") != group[2].count("<use"):
        return group[0]
    (style,) = styles
    return f"<g{group[1]}{style}>\n{group[2].replace(style, '')}</g>"


def inline_png(figure: Figure, alternative: str) -> str:
    """The picture as an `<img>` element that holds its pixels, on white."""
    few, stream = Image.open(io.BytesIO(_bytes(figure, "png"))).convert("RGB"), io.BytesIO()
    few.quantize(COLOURS).save(stream, "png", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    width, height = few.size
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
