"""Would the comparison notice? The same rule, applied to results that are wrong on purpose.

These are the comparison's negative controls. Nothing is trained for them: each puts other numbers
of the same run, or a constant, in the place of a stable point's. A comparison that matches them as
well as the true ones shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.reproduction.comparison.bands import Sample, points_of
from verifier.reproduction.comparison.published import (
    CLOSE,
    INSIDE,
    STABLE,
    Comparison,
    verdict_of,
)
from verifier.reproduction.panels import Panel
from verifier.reproduction.training.recipes import PUBLISHED, THEORY
from verifier.reproduction.training.results import PointResult

LEARNT = ("perturbation", "agreement")
"""The series that are about g: what the paper claims."""

Points = Mapping[float, Sequence[PointResult]]


@dataclass(frozen=True)
class WrongValues:
    """How often the rule matches wrong values, of `stable` points; `true`: how often right ones.

    All counts come twice: of g's series, and of the others.
    """

    name: str
    stable: tuple[int, int]
    matched: tuple[int, int]
    true: tuple[int, int]

    @property
    def shares(self) -> list[float | None]:
        """Of the wrong values that the rule judged, those that it matched; None of none."""
        pairs = zip(self.matched, self.stable, strict=True)
        return [matched / stable if stable else None for matched, stable in pairs]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "shares": self.shares}


def _ones(points: Points, theory: Points, x: float, series: str) -> Sample:
    return Sample((1.0,) * len(points[x]))


def _neighbour(points: Points, theory: Points, x: float, series: str) -> Sample | None:
    xs = [*points]
    if len(xs) < 2:
        return None
    i = xs.index(x)
    return Sample.of(points[xs[i + 1 if i + 1 < len(xs) else i - 1]], series)


def _exchanged(points: Points, theory: Points, x: float, series: str) -> Sample | None:
    other = {"perturbation": "agreement", "agreement": "perturbation"}.get(series)
    return None if other is None else Sample.of(points[x], other)


def _of_f(points: Points, theory: Points, x: float, series: str) -> Sample | None:
    return Sample.of(points[x], "standard") if series == "perturbation" else None


def _worst(points: Points, theory: Points, x: float, series: str) -> Sample:
    return Sample.of(points[x], series, PointResult.worst)


def _theory(points: Points, theory: Points, x: float, series: str) -> Sample | None:
    return Sample.of(theory[x], series) if x in theory else None


_KINDS: dict[str, Callable[[Points, Points, float, str], Sample | None]] = {
    "every value is 1": _ones,
    "the values of the next point": _neighbour,
    "accuracy of g and agreement exchanged": _exchanged,
    "accuracy of f for that of g": _of_f,
    "the worst learning rates for the best": _worst,
    "gradient descent for SGD with momentum and cuts": _theory,
}


def compare_wrong_values(
    panels: Sequence[Panel],
    results_of: Callable[[Panel], Sequence[PointResult]],
    compared: Mapping[str, Sequence[Comparison]],
) -> tuple[WrongValues, ...]:
    """Of each kind of wrong value, how often the rule matches it, over the stable points."""
    counts = {name: [[0, 0], [0, 0], [0, 0]] for name in _KINDS}
    for panel in panels:
        stable = [c for c in compared[panel.name] if c.verdict in STABLE]
        if not stable:
            continue
        results = results_of(panel)
        points, theory = (points_of(panel, results, r.name) for r in (PUBLISHED, THEORY))
        for c in stable:
            group = 0 if c.series in LEARNT else 1
            for name, wrong in _KINDS.items():
                sample = wrong(points, theory, c.x, c.series)
                if sample is None or not sample.values or c.published is None:
                    continue
                number, matched, true = counts[name]
                number[group] += 1
                matched[group] += verdict_of(sample, c.published) in (INSIDE, CLOSE)
                true[group] += c.verdict in (INSIDE, CLOSE)
    return tuple(
        WrongValues(name, (n[0], n[1]), (m[0], m[1]), (t[0], t[1]))
        for name, (n, m, t) in counts.items()
        if sum(n)
    )
