"""What stands for a figure at a glance: one panel of it, each thing that is measured by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from matplotlib.patches import Patch

from verifier.report.plots import SECOND
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.by_draw import draws_of
from verifier.reproduction.gallery.captions import SHORT, describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import LEGEND, draw_panel
from verifier.reproduction.gallery.looks import MEASURES, OF_G, look
from verifier.reproduction.gallery.numbers import Row, of_panel
from verifier.reproduction.gallery.pictures import Sign, bare, inline_svg, legend_of, swatches
from verifier.reproduction.gallery.series import BAND, NOT_JUDGED, PALE
from verifier.reproduction.panels import Panel

MARKS: dict[str, Sign] = {
    "ours": look(SECOND, "o", "-"),
    "published": look(SECOND, "o", "", fillstyle="none"),
    NOT_JUDGED: look(SECOND, "o", "", fillstyle="none", alpha=PALE),
    "predicted": look(SECOND, "", "--"),
    "deviation of ten seeds": look(SECOND, "|", "", markersize=8),
    "each seed": look(SECOND, ".", ""),
    "not trained here": Patch(color=SECOND, alpha=BAND, lw=0),
}
"""What pictures at a glance are drawn with, whatever they measure."""


class Glance(NamedTuple):
    """A picture of each `measure`, with a sign for each series; `first`: what the first has."""

    pictures: list[dict[str, str]]
    legend: list[dict[str, Any]]


def marks(seeds: int) -> list[dict[str, str]]:
    """One legend for all pictures at a glance; `seeds`: of how many ours is the mean."""
    ours = "ours, mean of {seeds} seeds" if seeds > 1 else "our seed"
    return swatches(
        {ours.format(seeds=seeds) if k == "ours" else k: s for k, s in MARKS.items()}, "marks"
    )


def at_a_glance(run: Reproduction, panel: Panel, is_compared: bool) -> Glance:
    """A picture with few kinds of lines of each thing that the panel measures.

    Of the first alone unless `is_compared`, the figure with any published value; of a panel with
    further draws, which open the page, not that with the draws. No published values beside a panel
    that is not compared: of other data they would look like misses.
    """
    results, rows = run.of(panel), of_panel(panel, run.of(panel))
    read = {} if panel.name in run.obstacles else comparison.published_values(panel)
    measures = _by_measure(panel, rows)
    is_above = draws_of(run, panel) is not None
    unseen = [one for one in measures if not is_above or OF_G not in one[1]] or measures
    pictures: list[dict[str, str]] = []
    signs: dict[str, tuple[Sign, bool]] = {}
    for measure, series in unseen[: None if is_compared else 1]:
        part = replace(panel, series=series)
        of_seeds = _unjudged_seeds(run, part, rows)
        drawn = draw_panel(part, rows, read, of_seeds, at_a_glance=True)
        legend = legend_of(drawn)
        signs |= {s: (legend[LEGEND[s]], not pictures) for s in series}
        name = f"{panel.name}-{measure.strip('|')}-at-a-glance"
        picture = inline_svg(bare(drawn), name, describe_panel(part, results))
        pictures.append({"measure": measure, "picture": picture})
    found = swatches({SHORT[s]: sign for s, (sign, _) in signs.items()}, f"{panel.name}-legend")
    firsts = [is_first for _, is_first in signs.values()]
    return Glance(pictures, [f | {"first": first} for f, first in zip(found, firsts, strict=True)])


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
