"""Which points are chaotic: their seeds scatter so much that one run, as published, says little.

Settled by a packaged run of ten seeds (`docs/update_chaotic.py`), never with a published value.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from statistics import stdev
from typing import Any

from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.panels import published_panels
from verifier.reproduction.runner.deciding import code_version
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult

SCATTER, LEAST_SEEDS = 0.03, 10
"""A point is chaotic if the standard deviation of so many seeds, or more, exceeds `SCATTER`."""

_FOLDER = resources.files("verifier.reproduction") / "published"
Key = tuple[str, float, str]
"""A published value's place: panel, x, series."""


def deviation(values: Sequence[float], known: float | None = None) -> float | None:
    """The standard deviation of seeds; with fewer than `LEAST_SEEDS` of them, what is `known`."""
    return stdev(values) if len(values) >= LEAST_SEEDS else known


def write_chaotic(path: Path, results: Sequence[PointResult], code: str) -> None:
    """Judge every point with enough seeds, without a look at its published value, and write it.

    `code`: the version that made the results. Stable points are listed too: what is not listed was
    not judged.
    """
    judged = [
        {"panel": panel.name, "x": x, "series": s, "deviation": stdev(values), "seeds": len(values)}
        for panel in published_panels().values()
        for x, point in points_of(panel, results, PUBLISHED.name).items()
        for s in panel.series
        if len(values := Sample.of(point, s).values) >= LEAST_SEEDS
    ]
    lines = ",\n".join(json.dumps(point) for point in judged)
    path.write_text(f'{{"code": "{code}", "points": [\n{lines}\n]}}\n', encoding="utf-8")


def read_deviations() -> dict[Key, float]:
    """Of each point judged by the packaged run, how far its seeds scatter; empty without a file."""
    points = _packaged().get("points", [])
    return {(p["panel"], p["x"], p["series"]): p["deviation"] for p in points}


def chaotic_code() -> str:
    """The version of the code that judged them; "" without a file."""
    return str(_packaged().get("code", ""))


def seeds_of_deviations() -> str:
    """Which seeds said how far a point scatters: how many, and by which code; "" without a file."""
    if not chaotic_code():
        return ""
    code = "this code" if chaotic_code() == code_version() else "an earlier version of this code"
    return f"{LEAST_SEEDS} other seeds, trained with {code}"


def _packaged() -> dict[str, Any]:
    path = _FOLDER / "chaotic.json"
    packaged: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return packaged
