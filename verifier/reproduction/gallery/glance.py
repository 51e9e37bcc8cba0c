"""What stands for a figure at a glance: one panel of it, each thing that is measured by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.gallery.by_draw import draws_of
from verifier.reproduction.gallery.captions import SHORT, describe_panel
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel
from verifier.reproduction.gallery.looks import MEASURES, OF_G
from verifier.reproduction.gallery.numbers import Row, of_panel
from verifier.reproduction.gallery.pictures import Sign, bare, inline_svg, legend_of, merged
from verifier.reproduction.gallery.series import EACH_DRAW, NOT_JUDGED
from verifier.reproduction.panels import SERIES, Panel

IN_SHORT = {
    **{SERIES[series]: short for series, short in SHORT.items()},
    "|cos|, to the direction": SHORT["cossim"],
}
"""What a sign is called in the legend of all figures: in full it stands above a figure's panels."""
ORDER = (*SHORT.values(), "published", NOT_JUDGED, "predicted")
"""Of the labels of that legend; others last."""
KEY = {
    "predicted": "dashed: predicted",
    "published": "open: published",
    NOT_JUDGED: "pale: published, not judged",
    "deviation": "upright: deviation of ten seeds",
    "each seed": "dots: each seed",
    EACH_DRAW: "thin: g in further draws, thick: their median",
    "not trained here": "shaded: not trained",
}
"""What signs are called above one small picture."""


def at_a_glance(
    run: Reproduction, panel: Panel, is_compared: bool
) -> tuple[dict[str, Sign], list[dict[str, Any]]]:
    """The legend, and a picture with few kinds of lines of each thing that the panel measures.

    Of the first alone unless `is_compared`, the figure with any published value. No published
    values beside a panel that is not: of other data they would look like misses.
    """
    results, rows, more = run.of(panel), of_panel(panel, run.of(panel)), draws_of(run, panel)
    read = {} if panel.name in run.obstacles else comparison.published_values(panel)
    legends, pictures = [], []
    for measure, series in _by_measure(panel, rows)[: None if is_compared else 1]:
        part = replace(panel, series=series)
        of_seeds = _unjudged_seeds(run, part, rows)
        draws = more.of_g if more and OF_G in series else ()
        drawn = draw_panel(part, rows, read, of_seeds, draws, at_a_glance=True)
        labels = [label.partition(" of ")[0] for label in legend_of(drawn)]
        key = [told for label, told in KEY.items() if label in labels]
        legends.append({IN_SHORT.get(name, name): sign for name, sign in legend_of(drawn).items()})
        name = f"{panel.name}-{measure.strip('|')}-at-a-glance"
        picture = inline_svg(bare(drawn), name, describe_panel(part, results))
        pictures.append({"measure": measure, "series": series, "key": key, "picture": picture})
    return merged(legends), pictures


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


def legend_of_all(legends: Sequence[Mapping[str, Sign]]) -> dict[str, Sign]:
    """One legend for all figures at a glance, ours first."""
    found = merged(legends)
    place = {label: k for k, label in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda one: place.get(one[0], len(place))))


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
