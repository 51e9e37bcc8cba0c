"""A panel in words, what stands below its picture, and how numbers are written on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from verifier.report.written import number
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.chaos import LEAST_SEEDS, seeds_of_deviations
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    CLOSE,
    INCOMPARABLE,
    INSIDE,
    STABLE,
    UNJUDGED,
    Comparison,
)
from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.panels import AXES, SERIES, Panel
from verifier.reproduction.training.recipes import PUBLISHED, THEORY
from verifier.reproduction.training.results import PointResult

SHORT = {"standard": "f", "perturbation": "g", "agreement": "agreement", "cossim": "|cos|"}
"""Each series in a caption."""


def caption(run: Reproduction, panel: Panel, compared: Sequence[Comparison]) -> str:
    """How much was run where it is not all, and how many published values fit or are chaotic."""
    points = run.points(panel)
    said = []
    if len(points) < len(panel.xs) or _seeds(points) != str(run.seeds):
        word = "seed" if _seeds(points) == "1" else "seeds"
        said.append(f"{len(points)} of {len(panel.xs)} points, {_seeds(points)} {word}.")
    if compared:
        counts = Counter(c.verdict for c in compared)
        told = [f"{found[0]} of {found[1]} stable values fit"] if (found := fits(counts)) else []
        told += [f"{counts[v]} {v}" for v in (CHAOTIC, UNJUDGED, INCOMPARABLE) if counts[v]]
        reasons = dict.fromkeys(c.reason for c in compared if c.reason)
        why = f" ({'; '.join(reasons)})" if reasons else ""
        said.append(f"Published: {', '.join(told)}{why}{_higher(of_g(compared))}.")
    elif panel.factor == 1:
        said.append("No published value was read here.")
    return " ".join(said)


def describe_panel(panel: Panel, results: Sequence[PointResult]) -> str:
    """The picture in words: what is drawn, and each series at the first and the last x run."""
    points = points_of(panel, results, PUBLISHED.name) or points_of(panel, results, THEORY.name)
    ends = sorted({min(points), max(points)}) if points else []
    said = []
    for series in panel.series:
        means = [f"{Sample.of(points[x], series).mean:.3f} at {x:g}" for x in ends]
        said.append(f"{SERIES[series]} {', '.join(means)}")
    return f"{title(panel)}, against {AXES[panel.x]}: {'; '.join(said)}."


def fits(verdicts: Mapping[str, int]) -> tuple[int, int] | None:
    """How many stable values fit, of how many; None of none."""
    stable = sum(verdicts.get(v, 0) for v in STABLE)
    return (verdicts.get(INSIDE, 0) + verdicts.get(CLOSE, 0), stable) if stable else None


def details(run: Reproduction, panel: Panel, compared: Sequence[Comparison]) -> dict[str, Any]:
    """What is folded below a caption, a `summary` and its `lines`: which values are outside our
    band, whose seeds means and whiskers are of, and how far off the theory's predictions are.
    """
    points = run.points(panel)
    judged = [c for c in compared if c.verdict != INCOMPARABLE]
    outside = [c for c in judged if c.is_outside]
    counted = f"{len(outside)} of {len(judged)} published values outside the band" if judged else ""
    lines = [
        f"Outside: {SHORT[c.series]} at {c.x:g}, ours {decimals(c.sample.mean)}, published "
        f"{decimals(c.published)} ({c.verdict})."
        for c in outside
    ]
    if any(c.deviation and len(c.sample.values) < LEAST_SEEDS for c in compared):
        lines.append(f"Means are of {_seeds(points)} seeds, whiskers of {seeds_of_deviations()}.")
    lost = sum(not any(run.measured for run in r.runs) for found in points.values() for r in found)
    lines += [f"Every training diverged: {lost} times."] if lost else []
    gaps = {
        SHORT[s]: fmean(found)
        for s in panel.series
        if (found := [g for r in points.values() if (g := Sample.of(r, s).gap) is not None])
    }
    if gaps:
        listed = ", ".join(f"{decimals(gap)} ({name})" for name, gap in gaps.items())
        lines.append(f"Mean errors of the predictions: {listed}.")
    stated = from_settings.off(from_settings.forecasts(panel, run.of(panel)))
    if stated is not None:
        lines.append(
            f"Mean error of P6, g from settings: {decimals(stated.stated)}, or "
            f"{decimals(stated.given)} given the targets."
        )
    return {"summary": counted or "Errors of the predictions", "lines": lines}


def _seeds(points: Mapping[float, Sequence[PointResult]]) -> str:
    """How many seeds the points have: `3`, or `3 to 10`."""
    counts = {len(results) for results in points.values()}
    return " to ".join(dict.fromkeys((str(min(counts)), str(max(counts)))))


def _higher(g: dict[str, Any]) -> str:
    """At how many of its chaotic points the published g lies above our mean."""
    if not g["chaotic"]:
        return ""
    return f"; g above ours at {g['above']} of {g['chaotic']} chaotic points"


def at(panel: Panel, x: float) -> str:
    """Where on its axis, in short.

    >>> from verifier.reproduction.panels import published_panels
    >>> at(published_panels()["fmnist-a-epochs-g"], 100.0)
    '100 epochs of g'
    """
    name = AXES[panel.x]
    symbol = name.rpartition(" ")[2]
    return f"{x:g} {name}" if panel.x.startswith("epochs") else f"{symbol} = {x:g}"


def decimals(value: float | None) -> str:
    """To three decimals; to two digits what would be 0.000."""
    if value is None:
        return "–"
    is_small = 0 < abs(value) < 5e-4
    return number(value, 2) if is_small else f"{value:z.3f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float | None) -> str:
    """To one decimal, with its sign."""
    return "–" if value is None else f"{value:+z.1f}".replace("-", "\N{MINUS SIGN}")


def one_in(part: float) -> str:
    """A share as one of so many; a small one that nothing had, as none.

    >>> one_in(0.17), one_in(0.0)
    ('1 in 6', 'none')
    """
    return f"1 in {round(1 / part)}" if part else "none"
