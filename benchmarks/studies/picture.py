"""The panel of the study of other attacks: what g learns, attack by attack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from benchmarks.findings.finding import Mean
from verifier.report.plots import INK, MAIN, STYLE

LOOKS = {
    "accuracy": ("o", MAIN, "as attacked"),
    "control": ("s", INK, "every second target wrong"),
}
"""Marker, colour and name of each of a row's series."""


def draw_attacks(rows: Sequence[dict[str, Any]]) -> Figure:
    """Accuracy of g with its interval and that of the control, a line for each attack."""
    places = range(len(rows))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.6, 3.0), layout="constrained")
        axes = figure.add_subplot()
        for name, (marker, colour, label) in LOOKS.items():
            found = [Mean.of(row[name]) for row in rows]
            means, reach = [m.mean for m in found], [m.high - m.mean for m in found]
            axes.errorbar(means, places, xerr=reach, fmt=marker, color=colour, ms=4, label=label)
        axes.set_yticks(places, [row["attack"] for row in rows])
        axes.invert_yaxis()
        axes.axvline(0.5, color=INK, linewidth=0.6, linestyle=":")
        axes.set_xlabel("accuracy of g at fresh points")
        figure.legend(loc="outside lower center", ncols=2)
    return figure
