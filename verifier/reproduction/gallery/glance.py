"""What stands for a figure at a glance: one panel of it, and one thing that it measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import stdev
from typing import NamedTuple

from matplotlib.patches import Patch

from verifier.report.plots import SECOND
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import Comparison
from verifier.reproduction.gallery.by_draw import draws_of
from verifier.reproduction.gallery.captions import SHORT, describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import LEGEND, draw_panel
from verifier.reproduction.gallery.directions import far
from verifier.reproduction.gallery.looks import LOOKS, MEASURES, OF_G, look
from verifier.reproduction.gallery.numbers import Row, of_panel
from verifier.reproduction.gallery.pictures import Sign, bare, inline_svg, legend_of, swatches
from verifier.reproduction.gallery.series import BAND, DEVIATION
from verifier.reproduction.panels import Panel
from verifier.reproduction.training.recipes import PUBLISHED

MARKS: dict[str, Sign] = {
    **{SHORT[s]: look(*LOOKS[s], "-") for s in ("standard", OF_G)},
    "ours": look(SECOND, "s", "-"),
    "published": look(SECOND, "s", "", fillstyle="none"),
    "predicted": look(SECOND, "", "--"),
    DEVIATION: look(SECOND, "|", "", markersize=8),
    "chance": look(SECOND, "", "-", linewidth=0.6),
    "not trained here": Patch(color=SECOND, alpha=BAND, lw=0),
}
"""What pictures at a glance are drawn with, whatever they measure."""


class Glance(NamedTuple):
    """A picture, empty without one, and a sign for each of its series.

    Of |cos|, which stands by itself, for all that is drawn.
    """

    picture: str
    legend: list[dict[str, str]]


def marks(seeds: int) -> list[dict[str, str]]:
    """One legend for all pictures at a glance; `seeds`: of how many ours is the mean."""
    ours = "ours, mean of {seeds} seeds" if seeds > 1 else "our seed"
    return swatches(
        {ours.format(seeds=seeds) if k == "ours" else k: s for k, s in MARKS.items()}, "marks"
    )


def at_a_glance(run: Reproduction, panel: Panel) -> Glance:
    """A picture with few kinds of lines of the first thing that the panel measures of more than f.

    No published values beside a panel that is not compared: of other data they would look like
    misses.
    """
    results, rows = run.of(panel), _scattered(run, panel)
    read = {} if panel.name in run.obstacles else comparison.published_values(panel)
    measure, series = _first_measure(panel)
    part = replace(panel, series=series)
    drawn = draw_panel(part, rows, read, at_a_glance=True)
    own = {LEGEND[s]: SHORT[s] for s in series}
    found = legend_of(drawn)
    signs = {own.get(k, k): s for k, s in found.items() if k in own or measure == "|cos|"}
    name = f"{panel.name}-{measure.strip('|')}-at-a-glance"
    picture = inline_svg(bare(drawn), name, describe_panel(part, results))
    return Glance(picture, swatches(signs, f"{panel.name}-legend"))


def _scattered(run: Reproduction, panel: Panel) -> list[Row]:
    """The panel's numbers; where no ten seeds were run apart, the deviation is of our own seeds."""
    points = run.points(panel)
    return [
        {**row, "deviation": _deviation(Sample.of(points[row["x"]], row["series"]).values)}
        if row["deviation"] is None and row["recipe"] == PUBLISHED.name
        else row
        for row in of_panel(panel, run.of(panel))
    ]


def _deviation(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None


def _first_measure(panel: Panel) -> tuple[str, tuple[str, ...]]:
    """What the panel measures first, with its series; rather not what is of f alone."""
    found: dict[str, tuple[str, ...]] = {}
    for series in panel.series:
        found[MEASURES[series]] = (*found.get(MEASURES[series], ()), series)
    return min(found.items(), key=lambda one: one[1] == ("standard",))


def lead_of(
    run: Reproduction, shown: Sequence[Panel], compared: Mapping[str, Sequence[Comparison]]
) -> Panel | None:
    """The first panel all of whose points were run and not reduced; else that with most points.

    Rather none with further draws, which open the page; nor one that nothing published is compared
    with. Of those of directions the one with most |cos| far from their prediction.
    """

    def weight(panel: Panel) -> tuple[bool, bool, int]:
        points = len(run.points(panel))
        is_whole = panel.factor == 1 and points == len(panel.xs)
        is_new = draws_of(run, panel) is None and panel.name not in run.obstacles
        return is_whole, is_new, far(compared[panel.name]) if is_whole else points

    return max(shown, key=weight) if shown else None
