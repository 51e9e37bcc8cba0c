"""Where a refuted statement fails, drawn: each draw's error against its width, dimension, ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from verifier.report.error_axis import LARGEST_ERROR, error_ticks, on_axis
from verifier.report.failures import PRECISION
from verifier.report.plots import (
    LIMIT,
    MAIN,
    SECOND,
    label_powers,
    small_axes,
    svg_element,
)


def scatter(name: str, place: Mapping[str, Any]) -> str:
    """The SVG of one size; `place` as `failures.failures` has it."""
    sizes = np.asarray([p[0] for p in place["points"]], dtype=float)
    errors = np.asarray([np.inf if p[1] is None else p[1] for p in place["points"]], dtype=float)
    shown = on_axis(errors)
    fails, beyond = errors > 1, errors > LARGEST_ERROR
    with small_axes(place["name"], "difference / what is allowed") as axes:
        if place["name"] == PRECISION:
            sizes += np.arange(len(sizes)) % 21 - 10  # side by side, as there are two of them
            axes.set_xticks([32, 64], ["float32", "float64"])
            axes.set_xlim(16, 80)
        else:
            axes.set_xscale("log")
            label_powers(axes.xaxis, sizes)
        axes.plot(sizes[~fails], shown[~fails], "o", color=MAIN, markersize=2.5, alpha=0.6)
        seen = fails & ~beyond
        axes.plot(sizes[seen], shown[seen], "x", color=LIMIT, markersize=5)
        axes.plot(sizes[beyond], shown[beyond], "^", color=LIMIT, markersize=5)
        axes.axhline(0.0, color=SECOND, linestyle="--")
        axes.set_yticks(*error_ticks(errors))
        return svg_element(
            axes, name, f"Error by {place['name']}: {place['fail']} of {place['of']} draws fail."
        )
