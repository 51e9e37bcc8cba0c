"""The paper's figures of curves: each with its panels, one of which stands for it at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.published import (
    CHAOTIC,
    INCOMPARABLE,
    UNJUDGED,
    Comparison,
)
from verifier.reproduction.comparison.summary import of_g, unjudged
from verifier.reproduction.comparison.wrong_values import LEARNT
from verifier.reproduction.gallery.by_draw import among_draws, draws_of
from verifier.reproduction.gallery.captions import (
    SHORT,
    at,
    caption,
    decimals,
    describe_panel,
    details,
    fits,
)
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import draw_panel, reduction, title
from verifier.reproduction.gallery.ends import at_zero, ends
from verifier.reproduction.gallery.glance import Glance, at_a_glance, lead_of
from verifier.reproduction.gallery.illustrations import BEHIND, DIRECTIONS, SCENARIOS, item, reach
from verifier.reproduction.gallery.looks import OF_G
from verifier.reproduction.gallery.numbers import of_panel
from verifier.reproduction.gallery.pictures import (
    Sign,
    bare,
    inline_svg,
    legend_of,
    merged,
    save,
    swatches,
)
from verifier.reproduction.panels import AXES, Panel, published_panels


def of_curves(
    run: Reproduction,
    figure: str,
    compared: Mapping[str, list[Comparison]],
    pictures: Path,
) -> dict[str, Any]:
    """What the page shows of a figure; its pictures are saved to a folder too."""
    panels = [p for p in run.panels if p.figure == figure]
    shown = [panel for panel in panels if run.points(panel)]
    kind = "cossim" if figure == "cossim" else "agreement"
    drawn = [_item(run, panel, compared[panel.name], pictures) for panel in shown]
    legend = merged(signs for signs, _ in drawn)
    lead = lead_of(run, shown, compared)
    glance = at_a_glance(run, lead) if lead else Glance("", [])
    further = draws_of(run, lead) if lead else None
    among = among_draws(further) if further else ""
    settings = [
        s for p in shown for x, s in zip(p.xs, p.settings, strict=True) if x in run.points(p)
    ]
    named = title(panels[0]).split(",")[0]
    own = [c for p in panels for c in compared[p.name]]
    is_cossim = kind == "cossim"
    return {
        "name": figure.replace("_", "-"),
        "scenario": f"-{figure[-1]}" if figure[-2:] in ("_a", "_b") else "",
        "title": "Perturbations and the predicted direction" if is_cossim else named,
        "about": DIRECTIONS if is_cossim else SCENARIOS[panels[0].settings[0].scenario],
        "statements": BEHIND[kind],
        "reach": reach(kind, settings),
        "items": [found for _, found in drawn],
        "lead": lead.name if lead else "",
        "glance": glance._asdict(),
        "legend": swatches(legend, f"{figure}-legend"),
        **points_of_all(run, panels),
        "g": of_g(own),
        "verdicts": (verdicts := Counter(c.verdict for c in own)),
        "fits": fits(verdicts),
        "off_g": _predicted_g(run, shown),
        "off_most": _most_off(run, lead) if lead else "",
        "farthest": (among or _farthest(lead, compared[lead.name])) if lead else "",
        "at_zero": at_zero(run, lead) if lead else "",
        "ends": ends(run, lead) if lead else None,
        "unjudged": verdicts[UNJUDGED],
        "unjudged_g": _unjudged_of_g(own),
        "readable": readable_of(panels, compared),
        "obstacle": next((why for p in panels if (why := run.obstacles.get(p.name))), ""),
    }


def _item(
    run: Reproduction, panel: Panel, compared: Sequence[Comparison], pictures: Path
) -> tuple[dict[str, Sign], dict[str, Any]]:
    """A panel's legend, and its picture with what stands around it."""
    results, by = run.of(panel), AXES[panel.x]
    drawn = draw_panel(panel, of_panel(panel, results), comparison.published_values(panel))
    save(drawn, pictures, panel.name)
    legend = legend_of(drawn)
    heading = [title(panel), f"by {by}"] if panel.figure == "cossim" else [by, f"{panel.loss} loss"]
    heading += [reduction(panel)] if panel.factor != 1 else []
    picture = inline_svg(bare(drawn), panel.name, describe_panel(panel, results))
    told, more = caption(run, panel, compared), details(run, panel, compared)
    return legend, item(
        panel.name, ", ".join(heading), picture, told, more, reduced=panel.factor != 1
    )


def _farthest(panel: Panel, compared: Sequence[Comparison]) -> str:
    """Which published value of the panel is farthest from ours, and whether that was judged.

    Of g's accuracy, which is claimed, or else of its agreement or of |cos|; empty if none is
    farther than what is near.
    """
    every = [
        (c.series == OF_G, abs(c.apart), c)
        for c in compared
        if c.verdict != INCOMPARABLE and c.series != "standard" and c.apart is not None
    ]
    far = [one for one in every if one[1] > comparison.NEAR]
    if not far:
        return ""
    _, _, c = max(far, key=lambda one: one[:2])
    judged = {CHAOTIC: "seeds scatter there", UNJUDGED: "too few seeds to judge"}
    values = f"{decimals(c.published)}, ours {decimals(c.sample.mean)}"
    of_it = [one for _, _, one in every if one.series == c.series]
    return (
        f"Published {SHORT[c.series]} is more than {comparison.NEAR} from ours at "
        f"{sum(abs(one.apart or 0.0) > comparison.NEAR for one in of_it)} of {len(of_it)} points, "
        f"farthest at {at(panel, c.x)}: {values} ({judged.get(c.verdict, c.verdict)})."
    )


def _unjudged_of_g(compared: Sequence[Comparison]) -> dict[str, Any]:
    """Of g's published values that no ten seeds judge: how many there are, and how many look `off`.

    `apart`: how many are far above our mean, and below it; `covered`: how much of the axis, from 0
    to 1, our bands cover on average, None without any.
    """
    own = [c for c in compared if c.series in LEARNT and c.verdict == UNJUDGED]
    counts = [*unjudged(own).values()]
    gaps = [-c.apart for c in own if c.apart is not None]
    bands = [c.sample.band for c in own if c.sample.band]
    widths = [min(high, 1.0) - max(low, 0.0) for low, high in bands]
    return {
        "of": sum(values for values, _ in counts),
        "off": sum(off for _, off in counts),
        "apart": [sum(g > comparison.NEAR for g in gaps), sum(g < -comparison.NEAR for g in gaps)],
        "covered": fmean(widths) if widths else None,
    }


def _predicted_g(run: Reproduction, panels: Sequence[Panel]) -> dict[str, Any]:
    """Of g's accuracies and agreements that have a prediction: how many are far from it, and all.

    At every point that was trained, whether anything published is beside it or not.
    """
    apart = {
        name: [abs(s.mean - predicted) for p in panels for _, s, predicted in _both(run, p, series)]
        for name, series in (("accuracy", OF_G), ("agreement", "agreement"))
    }
    far = {name: sum(gap > comparison.NEAR for gap in gaps) for name, gaps in apart.items()}
    found = {"far": sum(far.values()), "of": sum(map(len, apart.values()))}
    return found | {name: [far[name], len(gaps)] for name, gaps in apart.items()}


def _both(run: Reproduction, panel: Panel, series: str) -> list[tuple[float, Sample, float]]:
    """x, what was trained and what was predicted, at the points of a panel that have both."""
    if series not in panel.series:
        return []
    samples = {x: Sample.of(point, series) for x, point in run.points(panel).items()}
    return [(x, s, s.predicted) for x, s in samples.items() if s.values and s.predicted is not None]


def _most_off(run: Reproduction, panel: Panel) -> str:
    """Where a panel's accuracy of g is farthest from its prediction, if it is far."""
    found = [(x, s.mean, predicted) for x, s, predicted in _both(run, panel, OF_G)]
    far = [one for one in found if abs(one[1] - one[2]) > comparison.NEAR]
    if not far:
        return ""
    x, ours, predicted = max(far, key=lambda one: abs(one[1] - one[2]))
    values = f"predicted {decimals(predicted)}, trained {decimals(ours)}"
    return f"Predicted g is farthest off at {at(panel, x)}: {values}."


def points_of_all(run: Reproduction, panels: Sequence[Panel]) -> dict[str, int]:
    """How many points at published size there are and were run, and how many smaller ones.

    There are all that the paper has, of a panel that was thinned or reduced too. A panel that is
    not compared has fewer images than the published one.
    """
    places = {(p.figure, p.row, p.col) for p in panels}
    published = [p for p in published_panels().values() if (p.figure, p.row, p.col) in places]
    every = sum(len(run.points(p)) for p in panels)
    whole = [p for p in panels if p.factor == 1 and p.name not in run.obstacles]
    return {
        "points": sum(len(p.xs) for p in published),
        "run": (at_size := sum(len(run.points(p)) for p in whole)),
        "run_reduced": every - at_size,
    }


def readable_of(
    panels: Sequence[Panel], compared: Mapping[str, Sequence[Comparison]]
) -> tuple[int, int]:
    """Of these panels' published values, those that could be read, and those with a verdict."""
    values = [v for p in panels for v in comparison.published_values(p).values()]
    judged = [c.verdict != comparison.INCOMPARABLE for p in panels for c in compared[p.name]]
    return sum(v.quality == "ok" for v in values), sum(judged)
