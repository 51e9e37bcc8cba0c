"""What stands below the picture of a panel, and how numbers are written there and in the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from verifier.report.html import number
from verifier.reproduction.comparison import from_settings
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.chaos import LEAST_SEEDS, seeds_of_deviations
from verifier.reproduction.comparison.published import Comparison
from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.panels import Panel

SHORT = {"standard": "f", "perturbation": "g", "agreement": "agreement", "cossim": "|cos|"}
"""Each series in a caption."""


def caption(run: Reproduction, panel: Panel, compared: Sequence[Comparison]) -> str:
    """How much was run, how it compares, and how far off the theory's prediction is."""
    points = run.points(panel)
    seeds = [str(n) for n in sorted({len(results) for results in points.values()})]
    many = " to ".join(dict.fromkeys((seeds[0], seeds[-1])))
    said = []
    if len(points) < len(panel.xs) or seeds != [str(run.seeds)]:
        word = "seed" if many == "1" else "seeds"
        said.append(f"{len(points)} of {len(panel.xs)} points, {many} {word}.")
    verdicts = Counter(c.verdict for c in compared)
    if compared:
        told = [f"{verdicts[v]} {v}" for v in comparison.VERDICTS if verdicts[v]]
        reasons = dict.fromkeys(c.reason for c in compared if c.reason)
        why = f" ({'; '.join(reasons)})" if reasons else ""
        said.append(f"Published: {', '.join(told)}{why}{_higher(of_g(compared))}.")
        if any(c.deviation and len(c.sample.values) < LEAST_SEEDS for c in compared):
            said.append(f"Means are of {many} seeds, whiskers of {seeds_of_deviations()}.")
    elif panel.factor == 1:
        said.append("No published value was read here.")
    lost = sum(not any(run.measured for run in r.runs) for found in points.values() for r in found)
    said += [f"Every training diverged: {lost} times."] if lost else []
    gaps = {
        SHORT[s]: fmean(found)
        for s in panel.series
        if (found := [g for r in points.values() if (g := Sample.of(r, s).gap) is not None])
    }
    if gaps:
        listed = ", ".join(f"{decimals(gap)} ({name})" for name, gap in gaps.items())
        said.append(f"Mean errors of the predictions: {listed}.")
    stated = from_settings.off(from_settings.forecasts(panel, run.of(panel)))
    if stated is not None:
        said.append(
            f"Mean error of P6, g from settings: {decimals(stated.stated)}, or "
            f"{decimals(stated.given)} given the targets."
        )
    return " ".join(said)


def _higher(g: dict[str, Any]) -> str:
    """At how many of its chaotic points the published g lies above our mean."""
    if not g["chaotic"]:
        return ""
    return f"; g above ours at {g['above']} of {g['chaotic']} chaotic points"


def decimals(value: float | None) -> str:
    """To three decimals; to two digits what would be 0.000."""
    if value is None:
        return "–"
    is_small = 0 < abs(value) < 5e-4
    return number(value, 2) if is_small else f"{value:z.3f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float | None) -> str:
    """To one decimal, with its sign."""
    return "–" if value is None else f"{value:+z.1f}".replace("-", "\N{MINUS SIGN}")
