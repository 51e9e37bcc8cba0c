"""Our runs against the published values: inside one run's prediction band, near it, or off.

The published values are of one seed and have no error bars; the bands are of our seeds. Chaotic
points, whose seeds scatter too much for one run to say anything, are set against the theory.
"""

from __future__ import annotations

import csv
import functools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from scipy import stats

from verifier.experiments.panels import Panel, published_panels
from verifier.experiments.recipes import PUBLISHED
from verifier.experiments.results import PointResult

LEVEL = 0.95
NEAR = 0.03
"""A published value this far from our mean at most is near, band or no band."""
ROUNDING = 1e-9  # of decimal fractions in binary

SCATTER, LEAST_SEEDS = 0.03, 10
"""A point is chaotic if the standard deviation of so many seeds, or more, exceeds `SCATTER`."""

INSIDE, CLOSE, OFF, CHAOTIC, INCOMPARABLE = "inside", "near", "off", "chaotic", "not comparable"
VERDICTS = (INSIDE, CLOSE, OFF, CHAOTIC, INCOMPARABLE)

_FOLDER = resources.files("verifier.experiments") / "published"
Key = tuple[str, float, str]
"""A published value's place: panel, x, series."""


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


def points_of(
    panel: Panel, results: Sequence[PointResult], recipe: str
) -> dict[float, list[PointResult]]:
    """The results of this panel's points under one recipe, by x: one for each seed, in order.

    Points not run are absent. Results of other panels may be among `results`; a cosine panel takes
    those that trained no g, though a setting be another panel's too.
    """
    directions = "cossim" in panel.series
    wanted = dict(zip(panel.settings, panel.xs, strict=True))
    found: dict[float, dict[int, PointResult]] = {}
    for r in results:
        directed = all(run.rate_g == 0 for run in r.runs)
        if r.recipe == recipe and r.setting in wanted and directed == directions:
            found.setdefault(wanted[r.setting], {})[r.seed] = r
    return {x: [found[x][k] for k in sorted(found[x])] for x in panel.xs if x in found}


@dataclass(frozen=True)
class Sample:
    """One series at one point: a value for each seed that measured any, and the predicted mean."""

    values: tuple[float, ...]
    predicted: float | None

    @classmethod
    def of(cls, point: Sequence[PointResult], series: str) -> Sample:
        """Of the best values over learning rates, from the results of a point's seeds."""
        measured = [v for r in point if not math.isnan(v := r.best(series))]
        predicted = [v for r in point if not math.isnan(v := r.predicted(series))]
        return cls(tuple(measured), fmean(predicted) if predicted else None)

    @property
    def mean(self) -> float:
        """Over seeds; NaN without any."""
        return fmean(self.values) if self.values else math.nan

    @property
    def band(self) -> tuple[float, float] | None:
        """The prediction band of one further run."""
        return band(self.values)


def band(values: Sequence[float]) -> tuple[float, float] | None:
    """Where one further run falls with probability 0.95: mean ± t s sqrt(1 + 1/K).

    Of K values of a normal law with unknown mean and variance; None of fewer than two.
    """
    K = len(values)
    if K < 2:
        return None
    half = _quantile(K - 1) * stdev(values) * math.sqrt(1 + 1 / K)
    return fmean(values) - half, fmean(values) + half


@functools.cache
def _quantile(degrees: int) -> float:
    return float(stats.t.ppf((1 + LEVEL) / 2, degrees))


def chaotic(values: Sequence[float]) -> bool | None:
    """Whether seeds scatter by more than `SCATTER`; None with fewer than `LEAST_SEEDS` of them."""
    return stdev(values) > SCATTER if len(values) >= LEAST_SEEDS else None


def write_chaotic(path: Path, results: Sequence[PointResult]) -> None:
    """Judge every point with enough seeds, without a look at its published value, and write it.

    A list of {panel, x, series, deviation, seeds}, the stable points too: what is not listed was
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
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def read_chaotic() -> dict[Key, bool]:
    """The points judged by the packaged run, and whether each is chaotic; empty without a file."""
    path = _FOLDER / "chaotic.json"
    if not path.is_file():
        return {}
    points = json.loads(path.read_text("utf-8"))
    return {(p["panel"], p["x"], p["series"]): p["deviation"] > SCATTER for p in points}


@dataclass(frozen=True)
class Comparison:
    """One published value beside ours.

    `verdict`: of `VERDICTS`, with the `reason` where it is not comparable. `judged`: whether
    enough seeds said that the point is stable or chaotic. `gap`: |mean - predicted|, the theory's.
    """

    panel: str
    x: float
    series: str
    seeds: int
    mean: float | None
    band: tuple[float, float] | None
    published: float | None
    err: float | None
    verdict: str
    reason: str
    judged: bool
    predicted: float | None

    @property
    def gap(self) -> float | None:
        """|measured mean - predicted mean|; None where either is missing."""
        if self.mean is None or self.predicted is None:
            return None
        return abs(self.mean - self.predicted)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "gap": self.gap}


def compare(
    panel: Panel,
    results: Sequence[PointResult],
    obstacle: str = "",
    known: dict[Key, bool] | None = None,
) -> list[Comparison]:
    """Each published value of this panel at the points that `results` ran, with its verdict.

    `obstacle`: why nothing here may be compared, as that the data are a subset. `known`: which
    points are chaotic, by default as packaged; ten seeds or more in `results` say it themselves.
    """
    known = read_chaotic() if known is None else known
    published = published_values(panel)
    compared = []
    for x, point in points_of(panel, results, PUBLISHED.name).items():
        for series in panel.series:
            if (x, series) not in published:
                continue
            read, sample = published[x, series], Sample.of(point, series)
            own = chaotic(sample.values)
            judged = known.get((panel.name, x, series)) if own is None else own
            reason = obstacle or _reason(read, sample)
            compared.append(
                Comparison(
                    panel=panel.name,
                    x=x,
                    series=series,
                    seeds=len(sample.values),
                    mean=sample.mean if sample.values else None,
                    band=sample.band,
                    published=read.value,
                    err=read.err,
                    verdict=INCOMPARABLE if reason else _verdict(sample, read.value, judged),
                    reason=reason,
                    judged=judged is not None,
                    predicted=sample.predicted,
                )
            )
    return compared


def _reason(read: Published, sample: Sample) -> str:
    if read.quality != "ok":
        return f"the published value is {read.quality.replace('_', ' ')}"
    return "" if sample.values else "every training diverged"


def _verdict(sample: Sample, published: float | None, judged: bool | None) -> str:
    if judged:
        return CHAOTIC
    assert published is not None  # its quality is ok
    if sample.band is not None and sample.band[0] <= published <= sample.band[1]:
        return INSIDE
    return CLOSE if abs(published - sample.mean) <= NEAR + ROUNDING else OFF


def _number(text: str) -> float | None:
    return float(text) if text else None
