"""How high g lies on average over a panel: each of our draws, and the published one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure

from verifier.report.plots import SECOND
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.by_draw import draws_of
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.looks import CHANCE, LOOKS, OF_G, look
from verifier.reproduction.gallery.pictures import STYLE, inline_svg, save, swatches

SIZE = (3.6, 1.5)
"""Of the picture, inches."""
ASIDE = (0.0, 0.16, -0.16)
"""By how much equal marks stand beside each other, in rows: three draws may all be near chance."""
COLOUR, OPEN = LOOKS[OF_G]


class Heights(NamedTuple):
    """Of a panel the mean accuracy of g over its published points: ours by draw, and theirs."""

    title: str
    ours: tuple[float, ...]
    published: float


def heights(run: Reproduction) -> list[Heights]:
    """Of each panel with further draws of ours that something published stands beside."""
    found = []
    for panel in run.panels:
        more = draws_of(run, panel)
        read = {x: p.value for (x, series), p in published_values(panel).items() if series == OF_G}
        ours = [
            (theirs, values)
            for x, values in (more.of_g if more else ())
            if (theirs := read.get(x)) is not None
        ]
        if ours:
            by_draw = tuple(map(fmean, zip(*(values for _, values in ours), strict=True)))
            found.append(Heights(title(panel), by_draw, fmean(theirs for theirs, _ in ours)))
    return found


def of_heights(run: Reproduction, pictures: Path) -> dict[str, Any] | None:
    """Their picture and its legend; None without further draws."""
    found = heights(run)
    if not found:
        return None
    drawn = draw(found)
    save(drawn, pictures, "heights")
    said = "; ".join(
        f"{one.title}: ours {min(one.ours):.2f} to {max(one.ours):.2f}, published "
        f"{one.published:.2f}"
        for one in found
    )
    signs = {
        "our draws": look(COLOUR, "o", "", alpha=0.6),
        "published": look(COLOUR, OPEN, "", fillstyle="none", markersize=7),
        "chance": look(SECOND, "", "-", linewidth=0.6),
    }
    picture = inline_svg(drawn, "heights", f"Mean accuracy of g over the panel. {said}.")
    return {"picture": picture, "legend": swatches(signs, "heights-legend")}


def draw(found: Sequence[Heights]) -> Figure:
    """A row for each panel: a dot for each of our draws, a square for the published one."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        for row, one in enumerate(found):
            ranked = sorted(one.ours)
            places = [row + ASIDE[k % len(ASIDE)] for k in range(len(ranked))]
            axes.plot(ranked, places, "o", color=COLOUR, alpha=0.6, label="draws")
            axes.plot(
                [one.published],
                [row],
                OPEN,
                color=COLOUR,
                fillstyle="none",
                ms=9,
                label="published",
            )
        axes.axvline(CHANCE, color=SECOND, linewidth=0.6, label="chance")
        named = [textwrap.fill(one.title, 16) for one in found]
        axes.set_yticks(range(len(found)), named)
        axes.set(xlabel="accuracy of g, mean over the panel", ylim=(len(found) - 0.5, -0.5))
        axes.set_xlim(min(CHANCE, *(min(one.ours) for one in found)) - 0.03, 1.0)
    return figure
