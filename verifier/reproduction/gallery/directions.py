"""Where perturbations point: in which panels |cos| is far from what the theory predicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.reproduction.comparison.published import Comparison
from verifier.reproduction.comparison.summary import missed

SERIES = "cossim"


def of_directions(compared: Mapping[str, Sequence[Comparison]]) -> list[dict[str, Any]]:
    """The panels with stable |cos| of ours that are far from the theory's line, most first."""
    found = [{"panel": name, "far": far(every)} for name, every in compared.items()]
    return sorted((one for one in found if one["far"]), key=lambda one: -one["far"])


def far(compared: Sequence[Comparison]) -> int:
    """How many stable |cos| of ours are far from the theory's line."""
    return sum(series["far"] for series in missed(compared) if series["series"] == SERIES)
