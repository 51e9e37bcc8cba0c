"""What the gallery opens with: the paper's claim in one picture, and why it can hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import describe_panel, draw_panel, reduction, title
from verifier.reproduction.gallery.illustrations import item, of_explained, unmeasured
from verifier.reproduction.gallery.pictures import bare, inline_svg, legend_of, save
from verifier.reproduction.panels import AXES, Panel
from verifier.reproduction.training.recipes import PUBLISHED

OF_G = "perturbation"
"""The series of the accuracy of g."""


def opening(run: Reproduction, pictures: Path) -> list[dict[str, Any]]:
    """The figures that stand first, as far as there is something to draw."""
    found = [of_claim(run, pictures), of_explained(run, pictures) if run.explained else None]
    return [figure for figure in found if figure]


def of_claim(run: Reproduction, pictures: Path) -> dict[str, Any] | None:
    """The claim in one picture: of the panels over the perturbations' size, the one in which g does
    best, by its worst seed. None if there is none with g trained on perturbations alone.
    """
    sized = [p for p in run.panels if p.x == "eps" and p.settings[0].scenario == "a"]
    drawable = [p for p in sized if len(_of_g(run, p)) > 1]
    if not drawable:
        return None
    best = max(drawable, key=lambda p: max(min(g.values) for g in _of_g(run, p).values()))
    panel = replace(best, series=("standard", OF_G))
    results = [r for r in run.of(panel) if r.recipe == PUBLISHED.name]
    drawn = draw_panel(panel, results, published_values(best))
    name = f"claim-{best.name}"
    save(drawn, pictures, name)
    of_g, points = _of_g(run, best), run.points(best)
    low, high = min(of_g), max(of_g)
    nothing = ", where there is nothing to learn from," if low == 0 else ""
    look = (
        "Look at the filled squares. g has seen no clean sample and no true label, only "
        "perturbations under labels drawn at random. Of the samples that f was trained on it gets "
        f"{of_g[low].mean:.1%} right at ε = {low:g}{nothing} and {of_g[high].mean:.1%} at "
        f"ε = {high:g}; f itself {Sample.of(points[high], 'standard').mean:.1%}."
    )
    parts = (title(best), f"by {AXES[best.x]}", reduction(best))
    heading = ", ".join(part for part in parts if part)
    chosen = "Of the panels over ε with perturbations alone, the one where g does best."
    caption = f"{chosen}{_beside(run, best)}"
    legend = legend_of(drawn)
    picture = inline_svg(bare(drawn), name, describe_panel(panel, results))
    items = [item(name, heading, picture, caption)]
    return unmeasured("claim", "The claim in one picture", look, items, legend)


def _beside(run: Reproduction, panel: Panel) -> str:
    """On which side of ours the published g lies, or why nothing published is beside it."""
    if panel.name in run.obstacles:
        return f" No published value is compared: {run.obstacles[panel.name]}."
    read = published_values(panel)
    pairs = [
        (value, ours.mean)
        for x, ours in _of_g(run, panel).items()
        if (x, OF_G) in read and (value := read[x, OF_G].value) is not None
    ]
    if not pairs:
        return ""
    higher = sum(published > ours for published, ours in pairs)
    return f" The published g, open squares, is above ours at {higher} of {len(pairs)} points."


def _of_g(run: Reproduction, panel: Panel) -> dict[float, Sample]:
    """The accuracies of g, by x; not where every training diverged."""
    samples = {x: Sample.of(point, OF_G) for x, point in run.points(panel).items()}
    return {x: sample for x, sample in samples.items() if sample.values}
