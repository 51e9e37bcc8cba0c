"""Where a refuted statement fails, drawn: each draw's error against its width, dimension, ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from verifier.report.failures import PRECISION
from verifier.report.plots import (
    LEAST_ERROR,
    LIMIT,
    MAIN,
    SECOND,
    label_powers,
    small_axes,
    svg_element,
)

LARGEST_ERROR = 1e6  # what is beyond shares a line


def scatter(name: str, place: Mapping[str, Any]) -> str:
    """The SVG of one size; `place` as `failures.failures` has it."""
    sizes = np.asarray([p[0] for p in place["points"]], dtype=float)
    errors = [LARGEST_ERROR if p[1] is None else p[1] for p in place["points"]]
    shown = np.clip(np.asarray(errors), LEAST_ERROR, LARGEST_ERROR)
    fails = shown > 1
    with small_axes(place["name"], "error / what is allowed") as axes:
        if place["name"] == PRECISION:
            sizes += np.arange(len(sizes)) % 21 - 10  # side by side, as there are two of them
            axes.set_xticks([32, 64], ["float32", "float64"])
            axes.set_xlim(16, 80)
        else:
            axes.set_xscale("log")
            label_powers(axes.xaxis, sizes)
        axes.plot(sizes[~fails], shown[~fails], "o", color=MAIN, markersize=2.5, alpha=0.6)
        axes.plot(sizes[fails], shown[fails], "x", color=LIMIT, markersize=5)
        axes.axhline(1.0, color=SECOND, linestyle="--")
        axes.set_yscale("log")
        label_powers(axes.yaxis, np.append(shown, 1.0))
        return svg_element(
            axes, name, f"Error by {place['name']}: {place['fail']} of {place['of']} draws fail."
        )
