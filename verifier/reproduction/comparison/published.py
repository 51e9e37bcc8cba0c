"""Our runs against the published values: inside one run's prediction band, near it, or off.

The published values are of one seed and have no error bars; the bands are of our seeds. Chaotic
points, whose seeds scatter too much for one run to say anything, are set against the theory; what
too few seeds have judged is counted apart.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.chaos import SCATTER, Key, deviation, read_deviations
from verifier.reproduction.panels import Panel
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult

NEAR = 0.03
"""A published value this far from our mean at most is near, band or no band."""
ROUNDING = 1e-9  # of decimal fractions in binary

INSIDE, CLOSE, OFF = "inside", "near", "off"
STABLE = (INSIDE, CLOSE, OFF)
CHAOTIC, UNJUDGED, INCOMPARABLE = "chaotic", "unjudged", "not comparable"
VERDICTS = (*STABLE, CHAOTIC, UNJUDGED, INCOMPARABLE)

_FOLDER = resources.files("verifier.reproduction") / "published"


@dataclass(frozen=True)
class Published:
    """One value read off a figure: None where it was not visible; `err`: half-width of reading."""

    value: float | None
    err: float | None
    quality: str


def published_values(panel: Panel) -> dict[tuple[float, str], Published]:
    """What was read off this panel, by x and series; nothing for a panel of reduced size."""
    if panel.factor != 1:
        return {}
    place = (panel.figure, str(panel.row), str(panel.col), panel.loss)
    with (_FOLDER / "values.csv").open(encoding="utf-8") as lines:
        return {
            (float(row["x"]), row["series"]): Published(
                _number(row["y"]), _number(row["err"]), row["quality"]
            )
            for row in csv.DictReader(lines)
            if (row["figure"], row["row"], row["col"], row["loss"]) == place
        }


@dataclass(frozen=True)
class Comparison:
    """One published value beside ours. `verdict`: of `VERDICTS`, with the `reason` of the last.

    `deviation`: the standard deviation of ten seeds or more; None where fewer were run.
    """

    panel: str
    x: float
    series: str
    sample: Sample
    published: float | None
    err: float | None
    verdict: str
    reason: str = ""
    deviation: float | None = None

    @property
    def apart(self) -> float | None:
        """Our mean minus the published value; None where either is missing."""
        if self.published is None or not self.sample.values:
            return None
        return self.sample.mean - self.published

    @property
    def deviations_apart(self) -> float | None:
        """How far the published value is above our mean, in units of `deviation`."""
        if self.apart is None or not self.deviation:
            return None
        return -self.apart / self.deviation

    @property
    def is_outside(self) -> bool:
        """Whether the published value is outside the band; of one seed there is none."""
        limits, read = self.sample.band, self.published
        return not (limits is None or read is None or limits[0] <= read <= limits[1])

    @property
    def half_width(self) -> float | None:
        """Of the band; None of fewer than two seeds."""
        limits = self.sample.band
        return None if limits is None else (limits[1] - limits[0]) / 2

    def to_json(self) -> dict[str, Any]:
        """Plain data. `below`: how many of our seeds are below the published value."""
        values, published = self.sample.values, self.published
        return {
            "panel": self.panel,
            "x": self.x,
            "series": self.series,
            "verdict": self.verdict,
            "reason": self.reason,
            "published": published,
            "err": self.err,
            "seeds": len(values),
            "mean": self.sample.mean if values else None,
            "band": self.sample.band,
            "apart": self.apart,
            "is_outside": self.is_outside,
            "below": None if published is None else sum(v < published for v in values),
            "predicted": self.sample.predicted,
            "gap": self.sample.gap,
            "deviation": self.deviation,
            "deviations_apart": self.deviations_apart,
        }


def compare(
    panel: Panel,
    results: Sequence[PointResult],
    obstacle: str = "",
    known: dict[Key, float] | None = None,
) -> list[Comparison]:
    """Each published value of this panel at the points that `results` ran, with its verdict.

    `obstacle`: why nothing here may be compared, as that the data are a subset. `known`: how far
    seeds scatter, by default as packaged; ten seeds or more in `results` say it themselves.
    """
    known = read_deviations() if known is None else known
    published = published_values(panel)
    compared = []
    for x, point in points_of(panel, results, PUBLISHED.name).items():
        for series in panel.series:
            if (x, series) not in published:
                continue
            read = published[x, series]
            sample = Sample.of(point, series)
            scatter = deviation(sample.values, known.get((panel.name, x, series)))
            reason = obstacle or _reason(read, sample)
            verdict = INCOMPARABLE
            if not reason and read.value is not None:
                verdict = UNJUDGED if scatter is None else CHAOTIC
                is_stable = scatter is not None and scatter <= SCATTER
                verdict = verdict_of(sample, read.value) if is_stable else verdict
            compared.append(
                Comparison(
                    panel.name,
                    x,
                    series,
                    sample,
                    read.value,
                    read.err,
                    verdict,
                    reason,
                    deviation=None if obstacle else scatter,
                )
            )
    return compared


def _reason(read: Published, sample: Sample) -> str:
    if read.quality != "ok":
        return f"the published value is {read.quality.replace('_', ' ')}"
    return "" if sample.values else "every training diverged"


def verdict_of(sample: Sample, published: float) -> str:
    """The verdict on a stable point: one of `STABLE`."""
    if sample.band is not None and sample.band[0] <= published <= sample.band[1]:
        return INSIDE
    return CLOSE if abs(published - sample.mean) <= NEAR + ROUNDING else OFF


def _number(text: str) -> float | None:
    return float(text) if text else None
