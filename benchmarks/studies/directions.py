"""Perturbations beside the published direction in the paper's figure: is it width, or time?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from verifier.reproduction.panels import PointSetting, published_panels
from verifier.reproduction.training.clean_network import DIRECTIONS, Ask, CleanNetwork
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult

PANEL = "cossim-fashion-mnist-epochs-f"
"""In it |cos| is farthest from the theory's line."""
WIDTHS, EPOCHS = (100, 400, 1600), (25, 50, 100)
"""So far apart that T, the width and T/sqrt(m) order them differently."""
SEEDS = range(100, 104)


def setting(width: int, epochs: int) -> PointSetting:
    """The panel's at another width and time, by the larger of its learning rates."""
    first = published_panels()[PANEL].settings[0]
    return replace(first, m=width, epochs_f=epochs, rates_f=first.rates_f[:1])


def rows(
    widths: Sequence[int] = WIDTHS, epochs: Sequence[int] = EPOCHS, seeds: Sequence[int] = SEEDS
) -> list[dict[str, Any]]:
    """By width and epochs: the effective time, and of each seed |cos|, trained and predicted."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for width in widths:
        asks = [Ask(DIRECTIONS, setting(width, count)) for count in epochs]
        for seed in seeds:
            for ask, result in CleanNetwork(asks, PUBLISHED.name, seed).results():
                point = PointResult.from_json(result)
                count = ask.setting.epochs_f
                empty = {"width": width, "epochs": count, "trained": [], "predicted": []}
                row = found.setdefault((width, count), empty)
                row["time"] = point.runs[0].time_f
                row["trained"].append(point.best("cossim"))
                row["predicted"].append(point.predicted("cossim"))
    return [found[key] for key in sorted(found)]
