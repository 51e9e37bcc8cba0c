"""The numbers behind every curve: ours with its band, the theory's, and what was published."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.bands import points_of as points_under
from verifier.reproduction.comparison.chaos import deviation, read_deviations
from verifier.reproduction.comparison.published import Published, published_values
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.panels import AXES, Panel
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES
from verifier.reproduction.training.results import PointResult

NUMBERS = "numbers.csv"
COLUMNS = (
    "panel",
    "figure",
    "against",
    "x",
    "series",
    "recipe",
    "seeds",
    "mean",
    "low",
    "high",
    "deviation",
    "predicted",
    "published",
    "reading_error",
    "P6",
    "P6_given_targets",
)
"""`low` to `high`: where one further run falls with probability 0.95. `deviation`: of ten seeds or
more. `predicted`: the theory's mean. `published`: read off the figure within `reading_error`; it
and P6, the mean over seeds of the accuracy of g from the settings alone, and given their targets,
are beside the published recipe."""


Row = dict[str, Any]
"""One point of one series under one recipe, by column; None where there is no number."""


def numbers(run: Reproduction) -> list[Row]:
    """A row for each point, series and recipe that was run."""
    return [row for panel in run.panels for row in of_panel(panel, run.of(panel))]


def of_panel(panel: Panel, results: Sequence[PointResult]) -> list[Row]:
    """The rows of one panel: all that its picture is drawn from."""
    return list(_rows(panel, results))


def _rows(panel: Panel, results: Sequence[PointResult]) -> Iterator[Row]:
    read, scatter = published_values(panel), read_deviations()
    forecasts = from_settings.forecasts(panel, results)
    for recipe in SCHEDULES:
        for x, point in points_under(panel, results, recipe).items():
            for series in panel.series:
                sample = Sample.of(point, series)
                low, high = sample.band or (None, None)
                known = read.get((x, series)) if recipe == PUBLISHED.name else None
                value, error = _read(known)
                mean = None if math.isnan(sample.mean) else sample.mean
                ten = scatter.get((panel.name, x, series)) if recipe == PUBLISHED.name else None
                where = (panel.name, panel.figure, AXES[panel.x], x, series, recipe)
                ours = (
                    len(sample.values),
                    mean,
                    low,
                    high,
                    deviation(sample.values, ten),
                    sample.predicted,
                )
                is_forecast = recipe == PUBLISHED.name and series == from_settings.SERIES
                P6 = _means(forecasts.get(x, []) if is_forecast else [])
                yield dict(zip(COLUMNS, (*where, *ours, value, error, *P6), strict=True))


def _means(seeds: list[from_settings.Forecast]) -> tuple[float | None, float | None]:
    """P6 and P6 given the targets, on average over seeds."""
    if not seeds:
        return None, None
    return fmean(f.stated for f in seeds), fmean(f.given for f in seeds)


def _read(known: Published | None) -> tuple[float | None, float | None]:
    """A published value and the half-width of its reading, where it was visible."""
    if known is None or known.quality != "ok":
        return None, None
    return known.value, known.err


def as_csv(rows: list[Row]) -> str:
    """The rows as comma-separated values, under their names; empty where there is no number."""
    text = io.StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    lines.writeheader()
    lines.writerows(rows)
    return text.getvalue()
