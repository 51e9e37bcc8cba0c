"""The curves on docs/gpu.md, drawn from the numbers that are kept of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.gpu import overview
from benchmarks.gpu.captions import CLAIM, is_compared
from benchmarks.gpu.for_readme import NETWORKS, Row
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.curves import draw_panel
from verifier.reproduction.gallery.pictures import save
from verifier.reproduction.panels import published_panels

SUBSET = "-subset"
"""After the name of a panel that was trained on fewer images."""
CLAIM_NAME = f"claim-{CLAIM}"
"""Of the picture of what is observed."""


def draw_all(pictures: Sequence[dict[str, Any]], rows: Sequence[Row], folder: Path) -> None:
    """Draw the overview, the claim, and those of `pictures` that are panels, from `rows`."""
    overview.draw(rows, folder)
    found = {CLAIM_NAME: of_claim(rows), **{one["name"]: of_panel(one, rows) for one in pictures}}
    for name, figure in found.items():
        if figure is not None:
            save(figure, folder, name, ["png"])


def of_claim(rows: Sequence[Row]) -> Figure | None:
    """Both accuracies in the panel of what is observed; None if it was not trained."""
    panel, own = published_panels()[CLAIM], [row for row in rows if row["panel"] == CLAIM]
    accuracies = replace(panel, series=(*NETWORKS.values(),))
    return draw_panel(accuracies, own, published_values(panel)) if own else None


def of_panel(one: dict[str, Any], rows: Sequence[Row]) -> Figure | None:
    """A panel with the published values that ours are compared with; None of a map.

    Without any the band would judge nothing, and is left out: of few seeds it may fill the picture.
    """
    name = str(one["name"])
    panel = published_panels().get(name.removesuffix(SUBSET))
    if panel is None:
        return None
    read = published_values(panel) if is_compared(one) else {}
    own = [
        row if read else row | {"low": None, "high": None} for row in rows if row["panel"] == name
    ]
    return draw_panel(panel, own, read)
