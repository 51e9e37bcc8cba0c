"""What stands below the picture of a panel, and how numbers are written there and in the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from verifier.report.html import number
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import Comparison
from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.in_words import above
from verifier.reproduction.panels import SERIES, Panel


def caption(run: Reproduction, panel: Panel, compared: Sequence[Comparison]) -> str:
    """How much was run, how it compares, and how far off the theory's prediction is."""
    points = run.points(panel)
    seeds = sorted({len(results) for results in points.values()})
    many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    said = [f"{len(points)} of {len(panel.xs)} points run, seeds: {many}."]
    verdicts = Counter(c.verdict for c in compared)
    if compared:
        told = [f"{verdicts[v]} {v}" for v in comparison.VERDICTS if verdicts[v]]
        said.append(f"Published values: {', '.join(told)}.")
        reasons = dict.fromkeys(c.reason for c in compared if c.reason)
        said += [f"Not comparable: {'; '.join(reasons)}."] if reasons else []
        said += [higher] if (higher := above(of_g(compared))) else []
    elif panel.factor == 1:
        said.append("No published value was read here.")
    lost = sum(not any(run.measured for run in r.runs) for found in points.values() for r in found)
    said += [f"Every training diverged: {lost} times."] if lost else []
    gaps = {
        SERIES[s]: fmean(found)
        for s in panel.series
        if (found := [g for r in points.values() if (g := Sample.of(r, s).gap) is not None])
    }
    if gaps:
        listed = ", ".join(f"{name} {decimals(gap)}" for name, gap in gaps.items())
        said.append(f"The theory is off, on average over points and seeds, by: {listed}.")
    stated = from_settings.off(from_settings.forecasts(panel, run.of(panel)))
    if stated is not None:
        said.append(
            f"P6, accuracy of g from the settings alone, is off by {decimals(stated.stated)}; "
            f"given the mean of each seed's targets, by {decimals(stated.given)}."
        )
    return " ".join(said)


def decimals(value: float | None) -> str:
    """To three decimals; to two digits what would be 0.000."""
    if value is None:
        return "–"
    is_small = 0 < abs(value) < 5e-4
    return number(value, 2) if is_small else f"{value:z.3f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float | None) -> str:
    """To one decimal, with its sign."""
    return "–" if value is None else f"{value:+z.1f}".replace("-", "\N{MINUS SIGN}")
