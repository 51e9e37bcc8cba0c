"""Where perturbations point, trained beside predicted: the panel in which most do not fit."""

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


def of_directions(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]]
) -> dict[str, Any] | None:
    """The panel most of whose stable |cos| are far from the theory's line; None where none is."""
    panel = max(run.panels, key=lambda p: far(compared[p.name]), default=None)
    return _drawn(run, panel) if panel and far(compared[panel.name]) else None


def _drawn(run: Reproduction, panel: Panel) -> dict[str, Any]:
    part, results = replace(panel, series=(SERIES,)), run.of(panel)
    figure = draw_panel(part, of_panel(part, results), published_values(panel), at_a_glance=True)
    legend = swatches(legend_of(figure), "directions-legend")
    picture = inline_svg(bare(figure), "directions", describe_panel(part, results))
    heading = f"{title(panel)}, by {AXES[panel.x]}"
    return {"panel": panel.name, "heading": heading, "legend": legend, "picture": picture}


def far(compared: Sequence[Comparison]) -> int:
    """How many stable |cos| of ours are far from the theory's line."""
    return sum(series["far"] for series in missed(compared) if series["series"] == SERIES)
