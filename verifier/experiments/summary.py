"""What a run of experiments found, in numbers: matched share, misses, and the two recipes apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from verifier.experiments.comparison import (
    CHAOTIC,
    CLOSE,
    INCOMPARABLE,
    INSIDE,
    OFF,
    Comparison,
    Sample,
    points_of,
)
from verifier.experiments.panels import Panel
from verifier.experiments.recipes import PUBLISHED, THEORY
from verifier.experiments.results import PointResult


@dataclass(frozen=True)
class RecipeDifference:
    """How far the means of the two recipes are apart in one panel, over its `values`.

    `values`: points times series that both recipes ran. The `largest` is at `x` of `series`.
    """

    panel: str
    values: int
    mean: float
    largest: float
    x: float
    series: str


def recipes_apart(panel: Panel, results: Sequence[PointResult]) -> RecipeDifference | None:
    """|published-recipe mean - theory-recipe mean| over a panel; None if no point ran both."""
    published, theory = (points_of(panel, results, r.name) for r in (PUBLISHED, THEORY))
    apart = [
        (abs(ours.mean - plain.mean), x, series)
        for x in published.keys() & theory.keys()
        for series in panel.series
        if (ours := Sample.of(published[x], series)).values
        and (plain := Sample.of(theory[x], series)).values
    ]
    if not apart:
        return None
    largest, x, series = max(apart)
    mean = fmean(difference for difference, _, _ in apart)
    return RecipeDifference(panel.name, len(apart), mean, largest, x, series)


@dataclass(frozen=True)
class Summary:
    """All comparisons of a run, and the recipes' differences."""

    comparisons: tuple[Comparison, ...]
    recipes: tuple[RecipeDifference, ...]

    def having(self, *verdicts: str) -> list[Comparison]:
        """The comparisons with one of these verdicts."""
        return [c for c in self.comparisons if c.verdict in verdicts]

    @property
    def share(self) -> float | None:
        """Of the stable points compared, those inside or near; None if none was compared."""
        stable = self.having(INSIDE, CLOSE, OFF)
        return len(self.having(INSIDE, CLOSE)) / len(stable) if stable else None

    def to_json(self) -> dict[str, Any]:
        """Plain data: counts, the matched share, every miss and every chaotic point.

        `unjudged`: stable for want of seeds enough to tell.
        """
        stable = self.having(INSIDE, CLOSE, OFF)
        return {
            "stable": len(stable),
            "unjudged": sum(not c.judged for c in stable),
            "inside": len(self.having(INSIDE)),
            "near": len(self.having(CLOSE)),
            "matched": len(self.having(INSIDE, CLOSE)),
            "share": self.share,
            "misses": [c.to_json() for c in self.having(OFF)],
            "chaotic": [c.to_json() for c in self.having(CHAOTIC)],
            "not_comparable": dict(Counter(c.reason for c in self.having(INCOMPARABLE))),
            "recipes": [vars(r) for r in self.recipes],
        }
