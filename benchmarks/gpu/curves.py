"""The curves on docs/gpu.md, drawn from the numbers that are kept of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.gpu.captions import CLAIM, is_compared
from benchmarks.gpu.for_readme import NETWORKS, Row
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.curves import draw_panel
from verifier.reproduction.gallery.pictures import save
from verifier.reproduction.panels import published_panels

SUBSET = "-subset"
"""After the name of a panel that was trained on fewer images."""


def draw(pictures: Sequence[dict[str, Any]], rows: Sequence[Row], folder: Path) -> None:
    """Draw those of `pictures` that are panels; `rows`: the numbers of all panels."""
    for one in pictures:
        if figure := of_panel(one, rows):
            save(figure, folder, one["name"], ["png"])


def of_panel(one: dict[str, Any], rows: Sequence[Row]) -> Figure | None:
    """A panel with the published values that ours are compared with; None of a map.

    Of the claim both accuracies alone.
    """
    name = str(one["name"]).removeprefix(CLAIM)
    panel = published_panels().get(name.removesuffix(SUBSET))
    if panel is None:
        return None
    if one["name"] != name:
        panel = replace(panel, series=(*NETWORKS.values(),))
    read = published_values(panel) if is_compared(one) else {}
    return draw_panel(panel, [row for row in rows if row["panel"] == name], read)
