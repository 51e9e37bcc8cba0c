"""What the gallery opens with: the paper's claim in one picture, and why it can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    UNJUDGED,
    Comparison,
    published_values,
)
from verifier.reproduction.comparison.summary import of_g
from verifier.reproduction.conclusion import leans_in
from verifier.reproduction.gallery.by_draw import (
    beside,
    by_chance,
    draws_of,
    learnt,
)
from verifier.reproduction.gallery.captions import decimals, describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel, reduction, title
from verifier.reproduction.gallery.illustrations import item, of_explained, unmeasured
from verifier.reproduction.gallery.looks import CHANCE, OF_G
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.pictures import Sign, bare, inline_svg, legend_of, merged, save
from verifier.reproduction.panels import AXES, SERIES, Panel
from verifier.reproduction.training.recipes import PUBLISHED

LOOK = (
    "It sees no clean sample: each input is what an attack on f towards a random label adds, and "
    f"this label is its target. Yet it tells f's classes apart (chance: {CHANCE:.0%}) at the last "
    "point of a panel"
)
"""What is claimed, before the draws in which it was seen."""
OURS = {SERIES["standard"]: "f, {}", SERIES[OF_G]: "g, {}"}
"""Labels of the legend, with what is averaged."""


def opening(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]], pictures: Path
) -> list[dict[str, Any]]:
    """The figures that stand first, as far as there is something to draw."""
    found = [
        of_claim(run, compared, pictures),
        of_explained(run, pictures) if run.explained else None,
    ]
    return [figure for figure in found if figure]


def of_claim(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]], pictures: Path
) -> dict[str, Any] | None:
    """The claim in a picture: of the panels over the perturbations' size, the one in which most
    published values of g stand beside ours, then the one with most points, then the one in which g
    does best by its worst seed. None if there is none with g trained on perturbations alone. Where
    the published g lies to one side of ours in its figure, and to the other in another, beside it
    that figure's panel with most such values.
    """
    sized = [p for p in run.panels if p.x == "eps" and p.settings[0].scenario == "a"]
    drawable = [p for p in sized if len(_of_g(run, p)) > 1]
    if not drawable:
        return None
    chosen = max(drawable, key=lambda panel: _weight(run, panel))
    accuracies = _of_g(run, chosen)
    low, high = min(accuracies), max(accuracies)
    rule = (
        "This panel: of those over ε with perturbations alone, the one with most published values "
        "of g beside ours, then most points, then the best g."
    )
    shown = [(chosen, rule)]
    if other := _to_the_other_side(run, chosen, compared):
        told = "This panel: of those whose published g lies to the other side, the one with most."
        shown.append((other, told))

    def comparable(panel: Panel) -> Sequence[Comparison]:
        return () if panel.name in run.obstacles else compared[panel.name]

    drawn = [_item(run, panel, comparable(panel), why, pictures) for panel, why in shown]
    learns = accuracies[high].mean > accuracies[low].mean
    named = f"g {'learns from' if learns else 'trained on'} perturbations alone"
    items, legend = [found for _, found in drawn], merged(signs for signs, _ in drawn)
    usual = [found for panel, _ in shown if (found := _usual(run, panel, compared[panel.name]))]
    holds = [_learnt(run, panel) for panel, _ in shown]
    plain = unmeasured("claim", named, LOOK, items, legend)
    return {**plain, "learns": learns, "holds": holds, "by_chance": usual}


def _usual(
    run: Reproduction, panel: Panel, compared: Sequence[Comparison]
) -> dict[str, Any] | None:
    """How usual what was found of a panel's published g would be of one of our own draws."""
    beyond = sum(c.is_outside for c in compared if c.series == OF_G)
    return by_chance(run, panel, _pairs(panel, _of_g(run, panel)), beyond)


def _learnt(run: Reproduction, panel: Panel) -> dict[str, Any]:
    """In how many draws g learns at a panel's last x, and how well."""
    return learnt(run, panel, _of_g(run, panel))


def _item(
    run: Reproduction, chosen: Panel, compared: Sequence[Comparison], rule: str, pictures: Path
) -> tuple[dict[str, Sign], dict[str, Any]]:
    """The legend, and the accuracies of a panel with what stands around them."""
    panel = replace(chosen, series=("standard", OF_G))
    results = [r for r in run.of(panel) if r.recipe == PUBLISHED.name]
    found = draws_of(run, chosen)
    read, draws = published_values(chosen), found.of_g if found else ()
    seeds = {
        series: [(x, v) for x, r in run.points(panel).items() for v in Sample.of(r, series).values]
        for series in panel.series
    }
    drawn = draw_panel(panel, of_panel(panel, results), read, seeds, draws)
    name = f"claim-{chosen.name}"
    save(drawn, pictures, name)
    counted, of = _learnt(run, chosen), filter(None, (f"by {AXES[chosen.x]}", reduction(chosen)))
    heading = (
        f"in {counted['learnt']} of {counted['of']} {counted['kind']}s g learns: "
        f"{', '.join([title(chosen), *of])}"
    )
    more = [line for line in (_outside(_farthest_outside(compared), AXES[chosen.x]), rule) if line]
    averaged = "one seed" if run.seeds == 1 else f"mean of {run.seeds} seeds"
    named = {label: said.format(averaged) for label, said in OURS.items()}
    legend = {named.get(label, label): sign for label, sign in legend_of(drawn).items()}
    picture = inline_svg(bare(drawn), name, describe_panel(panel, results))
    details = {"summary": "More on this panel", "lines": more}
    return legend, item(name, heading, picture, _beside(run, chosen), details)


def _to_the_other_side(
    run: Reproduction, chosen: Panel, compared: Mapping[str, Sequence[Comparison]]
) -> Panel | None:
    """Of a figure whose published g leans the other way than in `chosen`'s, its fullest panel."""

    def side(figure: str) -> int:
        g = of_g([c for p in run.panels if p.figure == figure for c in compared[p.name]])
        return leans_in({"g": g}) * (1 if 2 * g["above"] > g["chaotic"] else -1)

    def chaotic(panel: Panel) -> int:
        return int(of_g(compared[panel.name])["chaotic"])

    wanted = -side(chosen.figure)
    panels = [p for p in run.panels if wanted and side(p.figure) == wanted and chaotic(p)]
    return max(panels, key=chaotic, default=None)


def _weight(run: Reproduction, panel: Panel) -> tuple[int, int, float]:
    """How much a panel shows: values beside published ones, points, and g's best worst seed."""
    of_g = _of_g(run, panel)
    beside = 0 if panel.name in run.obstacles else len(_pairs(panel, of_g))
    return beside, len(of_g), max(min(sample.values) for sample in of_g.values())


def _beside(run: Reproduction, panel: Panel) -> str:
    """On which side of ours the published g lies, or why nothing published is beside it."""
    if panel.name in run.obstacles:
        return f"No published value is compared: {run.obstacles[panel.name]}."
    ours = _of_g(run, panel)
    apart = [abs(s.mean - s.predicted) for s in ours.values() if s.predicted is not None]
    is_drawn = apart and draws_of(run, panel) is None
    predicted = f"Predicted g is off by up to {max(apart):.2f}." if is_drawn else ""
    said = beside(run, panel, _pairs(panel, ours))
    return " ".join(filter(None, [said, predicted])) if said else ""


def _farthest_outside(compared: Sequence[Comparison]) -> Comparison | None:
    """Where the published g is farthest beyond all our seeds; None if it is nowhere."""
    found = [
        (_beyond(c.sample, c.published), c)
        for c in compared
        if c.series == OF_G and c.published is not None and c.sample.values
    ]
    gap, farthest = max(found, key=lambda pair: pair[0], default=(0.0, None))
    return farthest if gap > 0 else None


def _beyond(ours: Sample, published: float) -> float:
    """How far a published value is from the nearest of our seeds, if it is beyond all of them."""
    return max(published - max(ours.values), min(ours.values) - published)


def _outside(c: Comparison | None, by: str) -> str:
    """How far ours differs where it does most, and whether that was judged."""
    if c is None or c.published is None:
        return ""
    reach = "at most" if c.published > max(c.sample.values) else "at least"
    end = (max if reach == "at most" else min)(c.sample.values)
    number = len(c.sample.values)
    seeds = f"our {number} seeds reach" if number > 1 else "our one seed reaches"
    judged = {
        CHAOTIC: f"It is not judged: seeds scatter there (standard deviation of ten: "
        f"{decimals(c.deviation)}).",
        UNJUDGED: "It is not judged: ten seeds were never run there.",
    }.get(c.verdict, f"It is judged: {c.verdict}.")
    return (
        f"At {by} = {c.x:g} the published g is {decimals(c.published)}; "
        f"{seeds} {reach} {decimals(end)}. {judged}"
    )


def _pairs(panel: Panel, of_g: Mapping[float, Sample]) -> dict[float, tuple[float, float]]:
    """The published values of g, each with our mean, by x."""
    read = published_values(panel)
    return {
        x: (value, ours.mean)
        for x, ours in of_g.items()
        if (x, OF_G) in read and (value := read[x, OF_G].value) is not None
    }


def _of_g(run: Reproduction, panel: Panel) -> dict[float, Sample]:
    """The accuracies of g, by x; not where every training diverged."""
    samples = {x: Sample.of(point, OF_G) for x, point in run.points(panel).items()}
    return {x: sample for x, sample in samples.items() if sample.values}
