"""R3 in one picture: from which direction what training adds to a gradient turns, and to which."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from verifier.report.plots import LIMIT, MAIN, label_powers, small_axes, svg_element
from verifier.statements.limits.experiments import CORRELATED

OF = "R3"
"""The statement that has both angles."""
POINTS = CORRELATED[0].configurations[0].fresh_points
"""A run keeps the root of the sum of squares over so many; drawn is their mean's."""
SIZE = (3.6, 1.7)
"""Inches: lower than other figures, as it stands among the first answers."""
DRAWN = (("s", "s--", LIMIT, "to s, published"), ("h", "o-", MAIN, "to h, corrected"))


def directions(statements: Sequence[Mapping[str, Any]]) -> str:
    """Medians of both angles by width, as an SVG; empty where these were not measured."""
    measured = [one for s in statements if s["id"] == OF for one in s["series"]]
    angles = {
        letter: one for one in measured for letter in "hs" if one["name"].endswith(f", {letter})")
    }
    if len(angles) < len(DRAWN):
        return ""
    with small_axes("width m", "angle, radians", SIZE) as axes:
        ends = []
        for letter, style, colour, label in DRAWN:
            sizes = np.asarray(angles[letter]["sizes"], dtype=float)
            middle = np.median(angles[letter]["values"], axis=0) / math.sqrt(POINTS)
            axes.plot(sizes, middle, style, color=colour, label=label, markersize=4)
            ends.append(f"{middle[-1]:.2g} {label}")
        axes.set(xscale="log", ylim=0.0)
        label_powers(axes.xaxis, sizes)
        axes.legend(loc="lower left")
        told = f"Angles by width, medians; at width {sizes[-1]:.0f} {', '.join(ends)}."
        return svg_element(axes, f"{OF}-directions", told)
