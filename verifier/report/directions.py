"""R3 in one picture: from which direction what training adds to a gradient turns, and to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from verifier.report.corrections import OF_DIRECTION, angles
from verifier.report.plots import LIMIT, MAIN, label_powers, small_axes, svg_element

SIZE = (3.6, 1.7)
"""Inches: lower than other figures, as it stands among the first answers."""
HEADROOM = 1.1
"""So many times beyond the least and the largest angle the axis ends: no mark lies on its end."""
MIDDLE = (10, 90)
"""Percent of the draws that lie below a bar's ends."""
BESIDE = {"s": 0.96, "h": 1.04}
"""So many times its width is where a direction is drawn: two bars at one place hide each other."""
DRAWN = {"s": ("s--", LIMIT, "to s, published"), "h": ("o-", MAIN, "to h, corrected")}


def directions(statements: Sequence[Mapping[str, Any]]) -> str:
    """Both angles by width, medians and `MIDDLE`, as an SVG; empty where not measured."""
    found = angles(statements)
    if not found:
        return ""
    with small_axes("width m", "angle, radians", SIZE) as axes:
        ends, drawn = [], np.empty(0)
        for letter, (style, colour, label) in DRAWN.items():
            sizes, values = found[letter]
            low, middle, high = np.percentile(values, [MIDDLE[0], 50, MIDDLE[1]], axis=0)
            at = sizes * BESIDE[letter]
            axes.plot(at, middle, style, color=colour, label=label, markersize=4)
            axes.vlines(at, low, high, color=colour, linewidth=1)
            drawn = np.concatenate([drawn, low, high])
            ends.append(f"{middle[-1]:.2g} {label}")
        ends_y = (drawn.min() / HEADROOM, HEADROOM * drawn.max())
        axes.set(xscale="log", yscale="log", ylim=ends_y)
        label_powers(axes.xaxis, sizes)
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        told = f"Angles by width, medians; at width {sizes[-1]:.0f} {', '.join(ends)}."
        return svg_element(axes, f"{OF_DIRECTION}-directions", told)


def caption(statements: Sequence[Mapping[str, Any]]) -> str:
    """What the marks and bars of that picture are; empty where there is none."""
    draws = [len(values) for _, values in angles(statements).values()]
    bars = f"bars: the middle {MIDDLE[1] - MIDDLE[0]}%"
    return f"Marks: medians of {draws[0]} draws; {bars}." if draws else ""
