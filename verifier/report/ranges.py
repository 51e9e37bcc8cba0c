"""On which sizes a statement was supported: the least and the greatest of each, from the evidence.

"Any number of samples" means no more than what was drawn; a reader sees how far that is from the
paper's own setting.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from verifier.evidence.evidence import Evidence
from verifier.model.recipe import Recipe
from verifier.report.coverage import configurations

Size = Callable[[Mapping[str, Any]], float]


def _time(c: Mapping[str, Any]) -> float:
    return Recipe(tuple(c["f_steps"]), momentum=c["momentum"]).time


SIZES: dict[str, Size] = {
    "samples N": lambda c: c["data"]["samples"],
    "dimensions d": lambda c: c["data"]["dimension"],
    "width m": lambda c: c["width"],
    "steps K": lambda c: len(c["f_steps"]),
    "momentum": lambda c: round(c["momentum"], 16),  # less is none: 1 - momentum rounds to 1
    "time of f": _time,
    "eps / sqrt d": lambda c: c["eps"] / math.sqrt(c["data"]["dimension"]),
    "points P": lambda c: c["fresh_points"],
}
"""By name, from a configuration as plain data; one of another kind may lack some."""


def ranges(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Of each size the least and greatest value at which a premise held and nothing was refuted."""
    met: dict[str, list[float]] = {name: [] for name in SIZES}
    for each in evidence:
        if each.holds and not each.is_vacuous:
            for configuration in configurations(each.configuration):
                for name, size in SIZES.items():
                    with suppress(KeyError):
                        met[name].append(float(size(configuration)))
    return [
        {"name": name, "least": min(values), "greatest": max(values)}
        for name, values in met.items()
        if values
    ]
