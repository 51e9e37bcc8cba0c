"""What a reproduction found, in numbers: how it compares by series, and the recipes apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    CLOSE,
    INCOMPARABLE,
    INSIDE,
    NEAR,
    OFF,
    STABLE,
    UNJUDGED,
    Comparison,
    verdict_of,
)
from verifier.reproduction.comparison.wrong_values import LEARNT, WrongValues
from verifier.reproduction.panels import SERIES, Panel
from verifier.reproduction.training.recipes import PUBLISHED, THEORY
from verifier.reproduction.training.results import PointResult

FAR = 2.0
"""Standard deviations."""


@dataclass(frozen=True)
class RecipeDifference:
    """How far apart the two recipes are in one panel, over its `values`: points times series.

    `mean`, `largest` (at `x` of `series`): of |difference of the means|, both at the first of the
    learning rates. `selection`: what the choice of the best rates adds to the published recipe.
    """

    panel: str
    values: int
    mean: float
    largest: float
    x: float
    series: str
    selection: float


def recipes_apart(panel: Panel, results: Sequence[PointResult]) -> RecipeDifference | None:
    """The recipes' difference over a panel; None if no point ran both."""
    published, theory = (points_of(panel, results, r.name) for r in (PUBLISHED, THEORY))
    apart, gained = [], []
    for x in published.keys() & theory.keys():
        for series in panel.series:
            ours = Sample.of(published[x], series, PointResult.first)
            plain = Sample.of(theory[x], series, PointResult.first)
            if ours.values and plain.values:
                apart.append((abs(ours.mean - plain.mean), x, series))
                gained.append(Sample.of(published[x], series).mean - ours.mean)
    if not apart:
        return None
    mean = fmean(difference for difference, _, _ in apart)
    return RecipeDifference(panel.name, len(apart), mean, *max(apart), fmean(gained))


def of_g(compared: Sequence[Comparison]) -> dict[str, Any]:
    """Of g's series, what the paper's claim is about: the stable, those that fit, the chaotic.

    Of the chaotic ones, `above`, `below`: at how many the published value is above our mean, and
    below it; `higher`: the mean of published minus ours, None without any; `outside`: how many lie
    outside our band; `far`: how many are farther than `FAR` deviations of ten seeds from our mean.
    """
    own = [c for c in compared if c.series in LEARNT]
    counts = Counter(c.verdict for c in own)
    chaotic = [c for c in own if c.verdict == CHAOTIC]
    apart = [c.apart for c in chaotic if c.apart is not None]
    return {
        "stable": sum(counts[v] for v in STABLE),
        "matched": counts[INSIDE] + counts[CLOSE],
        "chaotic": counts[CHAOTIC],
        "above": sum(a < 0 for a in apart),
        "below": sum(a > 0 for a in apart),
        "higher": -fmean(apart) if apart else None,
        "outside": sum(c.is_outside for c in chaotic),
        "far": sum(abs(c.deviations_apart or 0.0) > FAR for c in chaotic),
    }


def unjudged(compared: Sequence[Comparison]) -> dict[str, tuple[int, int]]:
    """By panel, how many published values of g no ten seeds have judged, and how many are off.

    Off by the rule of stable ones: so that what does not fit is said of these, too.
    """
    found: dict[str, tuple[int, int]] = {}
    for c in compared:
        if c.series in LEARNT and c.verdict == UNJUDGED and c.published is not None:
            n, off = found.get(c.panel, (0, 0))
            found[c.panel] = (n + 1, off + (verdict_of(c.sample, c.published) == OFF))
    return found


def missed(compared: Sequence[Comparison]) -> list[dict[str, Any]]:
    """By series, at how many stable values our mean is farther than `NEAR` from the prediction.

    Stable ones: by the deviation of ten seeds, whatever was published; `farthest`: the one that is
    farthest from it, in whichever direction.
    """
    found = []
    for series in SERIES:
        stable = [
            (abs(c.sample.mean - c.sample.predicted), c)
            for c in compared
            if c.series == series and c.sample.values and c.sample.predicted is not None
            if c.deviation is not None and c.deviation <= SCATTER
        ]
        if stable:
            _, farthest = max(stable, key=lambda pair: pair[0])
            far = sum(gap > NEAR for gap, _ in stable)
            found.append(
                {
                    "series": series,
                    "stable": len(stable),
                    "far": far,
                    "farthest": farthest.to_json(),
                }
            )
    return found


@dataclass(frozen=True)
class Summary:
    """All comparisons of a run, what the same rule says of wrong results, and the recipes.

    `readable`: how many published values there are to compare with, by scenario, of all panels that
    were asked for, run or not.
    """

    comparisons: tuple[Comparison, ...]
    recipes: tuple[RecipeDifference, ...] = ()
    wrong_values: tuple[WrongValues, ...] = ()
    readable: tuple[tuple[str, int, int], ...] = ()

    def having(self, *verdicts: str) -> list[Comparison]:
        """The comparisons with one of these verdicts."""
        return [c for c in self.comparisons if c.verdict in verdicts]

    @property
    def share(self) -> float | None:
        """Of the stable points compared, those inside or near; None if none was compared."""
        stable = self.having(*STABLE)
        return len(self.having(INSIDE, CLOSE)) / len(stable) if stable else None

    def of_series(self, series: str) -> dict[str, Any]:
        """Counts and distances of one series' stable points.

        `within`: our mean is within `NEAR` of the published value, whatever the band; `wide`: the
        band reaches farther than that; `apart`, `signed`: mean distance and mean of ours minus
        published; `half_width`: the median band's.
        """
        own = [c for c in self.comparisons if c.series == series]
        counts = Counter(c.verdict for c in own)
        stable = [c for c in own if c.verdict in STABLE]
        apart = [c.apart for c in stable if c.apart is not None]
        widths = [w for c in stable if (w := c.half_width) is not None]
        return {
            "series": series,
            "stable": len(stable),
            **{verdict: counts[verdict] for verdict in (*STABLE, CHAOTIC, UNJUDGED)},
            "within": sum(abs(a) <= NEAR for a in apart),
            "wide": sum(w > NEAR for w in widths),
            "apart": fmean(map(abs, apart)) if apart else None,
            "signed": fmean(apart) if apart else None,
            "half_width": median(widths) if widths else None,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data: counts, the matched share, every miss and every chaotic point."""
        stable, chaotic = self.having(*STABLE), self.having(CHAOTIC)
        above = sum(c.apart < 0 for c in chaotic if c.apart is not None)
        by_series = [self.of_series(s) for s in SERIES]
        return {
            "stable": len(stable),
            "unjudged": len(self.having(UNJUDGED)),
            "inside": len(self.having(INSIDE)),
            "near": len(self.having(CLOSE)),
            "matched": len(self.having(INSIDE, CLOSE)),
            "share": self.share,
            "g": of_g(self.comparisons),
            "unjudged_of_g": unjudged(self.comparisons),
            "predicted": missed(self.comparisons),
            "series": [s for s in by_series if any(s[v] for v in (*STABLE, CHAOTIC, UNJUDGED))],
            "readable": [
                {"scenario": name, "readable": readable, "compared": compared}
                for name, readable, compared in self.readable
            ],
            "controls": [wrong.to_json() for wrong in self.wrong_values],
            "misses": [c.to_json() for c in self.having(OFF)],
            "chaotic": [c.to_json() for c in chaotic],
            "chaotic_published_above": above,
            "not_comparable": dict(Counter(c.reason for c in self.having(INCOMPARABLE))),
            "recipes": [vars(r) for r in self.recipes],
        }
