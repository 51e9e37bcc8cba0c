"""What stands for a figure at a glance: one panel of it, each thing that is measured by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.by_draw import draws_of
from verifier.reproduction.gallery.captions import describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel
from verifier.reproduction.gallery.looks import MEASURES, OF_G
from verifier.reproduction.gallery.numbers import Row, of_panel
from verifier.reproduction.gallery.pictures import bare, inline_svg, legend_of
from verifier.reproduction.gallery.series import EACH_DRAW, NOT_JUDGED
from verifier.reproduction.panels import Panel

KEY = {
    "predicted": "dashed: predicted",
    "published": "open: published",
    NOT_JUDGED: "pale: published, not judged",
    "deviation": "upright: deviation of ten seeds",
    "each seed": "dots: each seed",
    EACH_DRAW: "thin: each of ten further draws",
    "not trained here": "shaded: not trained",
}
"""What signs are called above a small picture."""


def at_a_glance(run: Reproduction, panel: Panel, is_compared: bool) -> list[dict[str, Any]]:
    """A picture with few kinds of lines of each thing that the panel measures, with its key.

    Of the first alone unless `is_compared`, the figure with any published value. No published
    values beside a panel that is not: of other data they would look like misses.
    """
    results, rows, more = run.of(panel), of_panel(panel, run.of(panel)), draws_of(run, panel)
    read = {} if panel.name in run.obstacles else comparison.published_values(panel)
    pictures = []
    for measure, series in _by_measure(panel, rows)[: None if is_compared else 1]:
        part = replace(panel, series=series)
        of_seeds = _unjudged_seeds(run, part, rows)
        draws = more.of_g if more and OF_G in series else ()
        drawn = draw_panel(part, rows, read, of_seeds, draws, at_a_glance=True)
        labels = [label.partition(" of ")[0] for label in legend_of(drawn)]
        key = [told for label, told in KEY.items() if label in labels]
        name = f"{panel.name}-{measure.strip('|')}-at-a-glance"
        picture = inline_svg(bare(drawn), name, describe_panel(part, results))
        drawn_of = OF_G if draws else ""
        told = {"series": series, "drawn": drawn_of, "key": key, "picture": picture}
        pictures.append({"measure": measure, **told})
    return pictures


def _unjudged_seeds(
    run: Reproduction, panel: Panel, rows: Sequence[Row]
) -> dict[str, list[tuple[float, float]]]:
    """Of each series every seed's value, by x, where no ten seeds say how far they scatter."""
    known = {(r["series"], r["x"]) for r in rows if r["deviation"] is not None}
    return {
        series: [
            (x, value)
            for x, point in run.points(panel).items()
            if (series, x) not in known
            for value in Sample.of(point, series).values
        ]
        for series in panel.series
    }


def _change_of_cosine(run: Reproduction, panel: Panel) -> float:
    """How much our |cos| changes over a panel; 0 of another."""
    if "cossim" not in panel.series:
        return 0.0
    means = [Sample.of(point, "cossim").mean for point in run.points(panel).values()]
    return max(means) - min(means)


def _by_measure(panel: Panel, rows: Sequence[Row]) -> list[tuple[str, tuple[str, ...]]]:
    """The panel's series by what they measure; last what is known of f alone, or hardly changes."""
    found: dict[str, tuple[str, ...]] = {}
    for series in panel.series:
        measure = MEASURES[series]
        found[measure] = (*found.get(measure, ()), series)

    def is_flat(series: tuple[str, ...]) -> bool:
        means = [r["mean"] for r in rows if r["series"] == series[-1] and r["mean"] is not None]
        return max(means, default=0.0) - min(means, default=0.0) <= comparison.NEAR

    return sorted(found.items(), key=lambda one: (one[1] == ("standard",), is_flat(one[1])))


def lead_of(run: Reproduction, shown: Sequence[Panel], above: Collection[str] = ()) -> Panel | None:
    """The first panel all of whose points were run and not reduced; else that with most points.

    Rather none of those that open the page, by name `above` or with further draws: what is seen
    there is not to be seen again; nor one that nothing published is compared with. Of those of
    directions the one over which |cos| changes most: where it hardly does, the axis enlarges what
    seeds scatter.
    """

    def weight(panel: Panel) -> tuple[bool, bool, float]:
        points = len(run.points(panel))
        is_whole = panel.factor == 1 and points == len(panel.xs)
        is_seen = panel.name in above or draws_of(run, panel) is not None
        is_new = not is_seen and panel.name not in run.obstacles
        return is_whole, is_new, _change_of_cosine(run, panel) if is_whole else points

    return max(shown, key=weight) if shown else None
