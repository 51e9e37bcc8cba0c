"""What g gets at the ends of a panel: without perturbations, at its first point and at its last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.captions import at
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.panels import Panel
from verifier.reproduction.training.results import PointResult


def at_zero(run: Reproduction, lead: Panel) -> str:
    """What g gets from samples under random labels, where their perturbations are of size 0."""
    point = run.points(lead).get(0.0)
    if lead.x != "eps" or lead.settings[0].scenario != "b" or not point:
        return ""
    ours = Sample.of(point, OF_G)
    if not ours.values or ours.predicted is None:
        return ""
    return (
        "at ε = 0 g learns the samples under random labels, which by chance fit the classes more "
        f"or less: it gets {ours.mean:.0%} on average, predicted {ours.predicted:.0%}."
    )


def ends(run: Reproduction, lead: Panel) -> dict[str, Any] | None:
    """The accuracy of g at the first point of a panel and at the last, means over the same seeds.

    `seeds`: how many have both; `rise`: in how many of these it is higher at the last, `is_better`:
    whether in all; `beyond`: where the published values end, if that is farther on, and what the
    last is; `is_reduced`: whether the panel is smaller or has fewer images.
    """
    points = {x: _by_seed(point) for x, point in run.points(lead).items()}
    found = [(x, of_g) for x, of_g in points.items() if of_g]
    if not found:
        return None
    (first_x, first), (last_x, last) = found[0], found[-1]
    both = first.keys() & last.keys()
    if not both:
        return None
    published = comparison.published_values(lead).items()
    read = {x: p.value for (x, series), p in published if series == OF_G and p.quality == "ok"}
    end, there = max(read.items(), default=(0.0, None))
    rise = sum(last[seed] > first[seed] for seed in both)
    return {
        "first": at(lead, first_x),
        "last": at(lead, last_x),
        "of_g": [fmean(one[seed] for seed in both) for one in (first, last)],
        "rise": rise,
        "seeds": len(both),
        "is_better": rise == len(both),
        "beyond": f"{end:g}: {there:.0%}" if there is not None and end > last_x else "",
        "is_reduced": lead.factor != 1 or lead.name in run.obstacles,
    }


def _by_seed(point: Sequence[PointResult]) -> dict[int, float]:
    """The accuracies of g at a point, by seed; not of a seed whose training diverged."""
    return {r.seed: value for r in point if not math.isnan(value := r.best(OF_G))}
