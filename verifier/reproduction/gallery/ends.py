"""What g gets at the ends of a panel: without perturbations, at its first point and at its last."""

from __future__ import annotations

from typing import Any

from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.captions import at
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.panels import Panel


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
    """The accuracy of g at the first point of a panel and at the last, means over seeds.

    `rise`: in how many seeds it is higher at the last; `beyond`: where the published values end, if
    that is farther on; `is_reduced`: whether the panel is smaller or has fewer images.
    """
    samples = {x: Sample.of(point, OF_G) for x, point in run.points(lead).items()}
    found = [(x, s) for x, s in samples.items() if s.values]
    if not found:
        return None
    (_, first), (last_x, last) = found[0], found[-1]
    read = comparison.published_values(lead).items()
    end = max((x for (x, series), p in read if series == OF_G and p.quality == "ok"), default=0.0)
    return {
        "last": at(lead, last_x),
        "of_g": [first.mean, last.mean],
        "rise": sum(b > a for a, b in zip(first.values, last.values, strict=False)),
        "seeds": len(last.values),
        "beyond": f"{end:g}" if end > last_x else "",
        "is_reduced": lead.factor != 1 or lead.name in run.obstacles,
    }
