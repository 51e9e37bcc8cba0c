"""R3 in one picture: from which direction what training adds to a gradient turns, and to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.report.corrections import OF_DIRECTION, angles
from verifier.report.plots import LIMIT, MAIN, label_powers, small_axes, svg_element

SIZE = (3.6, 1.7)
"""Inches: lower than other figures, as it stands among the first answers."""
HEADROOM = 1.1
"""So far above the largest angle the axis ends: no marker lies on its end."""
DRAWN = {"s": ("s--", LIMIT, "to s, published"), "h": ("o-", MAIN, "to h, corrected")}


def directions(statements: Sequence[Mapping[str, Any]]) -> str:
    """Medians of both angles by width, as an SVG; empty where these were not measured."""
    found = angles(statements)
    if not found:
        return ""
    with small_axes("width m", "angle, radians", SIZE) as axes:
        ends = []
        for letter, (style, colour, label) in DRAWN.items():
            sizes, middle = found[letter]
            axes.plot(sizes, middle, style, color=colour, label=label, markersize=4)
            ends.append(f"{middle[-1]:.2g} {label}")
        axes.set(xscale="log", ylim=(0.0, HEADROOM * max(m.max() for _, m in found.values())))
        label_powers(axes.xaxis, sizes)
        axes.legend(loc="lower left")
        told = f"Angles by width, medians; at width {sizes[-1]:.0f} {', '.join(ends)}."
        return svg_element(axes, f"{OF_DIRECTION}-directions", told)
