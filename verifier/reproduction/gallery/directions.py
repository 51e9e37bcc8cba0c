"""Where perturbations point, trained beside predicted: the panels in which most do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from verifier.reproduction.comparison.published import Comparison, published_values
from verifier.reproduction.comparison.summary import missed
from verifier.reproduction.gallery.captions import describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel, title
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.pictures import bare, inline_svg, legend_of, swatches
from verifier.reproduction.panels import AXES, Panel

SERIES = "cossim"
MOST = 2
"""As many stand beside each other."""


def of_directions(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]]
) -> list[dict[str, Any]]:
    """The panels most of whose stable |cos| are far from the theory's line, at most two."""
    panels = sorted(run.panels, key=lambda p: -far(compared[p.name]))[:MOST]
    return [
        _drawn(run, panel, far(compared[panel.name]))
        for panel in panels
        if far(compared[panel.name])
    ]


def _drawn(run: Reproduction, panel: Panel, off: int) -> dict[str, Any]:
    part, results = replace(panel, series=(SERIES,)), run.of(panel)
    figure = draw_panel(part, of_panel(part, results), published_values(panel), at_a_glance=True)
    name = f"directions-{panel.name}"
    legend = swatches(legend_of(figure), f"{name}-legend")
    picture = inline_svg(bare(figure), name, describe_panel(part, results))
    heading = f"{title(panel)}, by {AXES[panel.x]}"
    drawn = {"legend": legend, "picture": picture}
    return {"panel": panel.name, "far": off, "heading": heading, **drawn}


def far(compared: Sequence[Comparison]) -> int:
    """How many stable |cos| of ours are far from the theory's line."""
    return sum(series["far"] for series in missed(compared) if series["series"] == SERIES)
