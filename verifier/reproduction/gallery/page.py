"""The gallery: what a reproduction found as plain data, and as one HTML page that loads nothing.

The page needs the data only, pictures included, and no JavaScript. Needs the extra `report`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verifier.evidence.environment import environment
from verifier.report.html import count, share
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import LEVEL, Sample
from verifier.reproduction.comparison.chaos import LEAST_SEEDS, SCATTER
from verifier.reproduction.comparison.published import Comparison, compare
from verifier.reproduction.comparison.summary import Summary, recipes_apart
from verifier.reproduction.comparison.wrong_values import LEARNT, compare_wrong_values
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.curves import (
    describe_panel,
    draw_panel,
    inline_png,
    inline_svg,
    reduction,
    save,
    title,
    write_whole,
)
from verifier.reproduction.gallery.maps import draw_explained, draw_map, map_shares
from verifier.reproduction.gallery.numbers import NUMBERS, as_csv, numbers
from verifier.reproduction.panels import AXES, SERIES, Panel

SCHEMA, VERSION = "perturbation-verifier gallery", 2
ILLUSTRATED = {
    "explained": ("E1",),
    "agreement": ("R5",),
    "cossim": ("R2", "R3", "R4"),
    "maps": ("R5",),
}
"""The statements that each kind of figure illustrates."""


def write(run: Reproduction, folder: Path) -> Path:
    """Write pictures, `gallery.json`, `summary.json`, `numbers.csv` and the page: its path."""
    content = gather(run, folder)
    for name, data in (("gallery", content), ("summary", content["summary"])):
        write_whole(folder / f"{name}.json", json.dumps(data, indent=1).encode())
    write_whole(folder / NUMBERS, as_csv(content["numbers"]).encode())
    write_whole(folder / "gallery.html", page(content).encode())
    return folder / "gallery.html"


def gather(run: Reproduction, folder: Path) -> dict[str, Any]:
    """What the page shows, as plain data; each picture is saved to `folder`/pictures too."""
    compared = {p.name: compare(p, run.of(p), run.obstacles.get(p.name, "")) for p in run.panels}
    apart = [r for p in run.panels if (r := recipes_apart(p, run.of(p))) is not None]
    summary = Summary(
        tuple(c for found in compared.values() for c in found),
        tuple(apart),
        compare_wrong_values(run.panels, run.of, compared),
        _readable(run, compared),
    )
    pictures = folder / "pictures"
    figures = [_explained(run, pictures)] if run.explained else []
    for figure in dict.fromkeys(p.figure for p in run.panels):
        figures.append(_curves(run, figure, compared, pictures))
    if run.map_results:
        figures.append(_maps(run, pictures))
    seeds = {len(r) for panel in run.panels for r in run.points(panel).values()}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "report": run.report,
        "rules": {
            "level": LEVEL,
            "near": comparison.NEAR,
            "scatter": SCATTER,
            "least_seeds": LEAST_SEEDS,
        },
        **_points(run, run.panels),
        "learnt": list(LEARNT),
        "seeds": [min(seeds), max(seeds)] if seeds else None,
        "summary": summary.to_json(),
        "reading_error": max((c.err for c in summary.comparisons if c.err), default=None),
        "figures": [f for f in figures if f["items"]],
        "numbers": numbers(run),
        "not_run": run.not_run(),
        "about": {**run.about, **environment()},
    }


def page(content: dict[str, Any]) -> str:
    """The gallery as HTML; `content` as `gather` made it, or read back from its JSON."""
    packages = ("verifier.reproduction.gallery", "verifier.report")  # the latter has the style
    templates = Environment(
        loader=ChoiceLoader([PackageLoader(package, ".") for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"count": count, "share": share, "value": _value, "picture": Markup}
    templates.globals |= {"series_names": SERIES}
    return templates.get_template("gallery.html.j2").render(content)


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _curves(
    run: Reproduction, figure: str, compared: Mapping[str, list[Comparison]], pictures: Path
) -> dict[str, Any]:
    panels = [p for p in run.panels if p.figure == figure]
    directions = figure == "cossim"
    items = []
    for panel in panels:
        if not run.points(panel):
            continue
        drawn = draw_panel(panel, run.of(panel), comparison.published_values(panel))
        save(drawn, pictures, panel.name)
        against = f"against {AXES[panel.x]}"
        heading = [title(panel), against] if directions else [against, f"{panel.loss} loss"]
        heading += [reduction(panel)] if panel.factor != 1 else []
        items.append(
            {
                "name": panel.name,
                "heading": ", ".join(heading),
                "picture": inline_svg(drawn, panel.name, describe_panel(panel, run.of(panel))),
                "caption": _caption(run, panel, compared[panel.name]),
            }
        )
    named = title(panels[0]).split(",")[0]
    return {
        "name": figure.replace("_", "-"),
        "title": "Perturbations and the predicted direction" if directions else named,
        "statements": ILLUSTRATED["cossim" if directions else "agreement"],
        "items": items,
        **_points(run, panels),
        "verdicts": Counter(c.verdict for p in panels for c in compared[p.name]),
    }


def _points(run: Reproduction, panels: Sequence[Panel]) -> dict[str, int]:
    """How many points at published size there are and were run, and how many of reduced size."""
    whole = [p for p in panels if p.factor == 1]
    return {
        "points": sum(len(p.xs) for p in whole),
        "run": sum(len(run.points(p)) for p in whole),
        "run_reduced": sum(len(run.points(p)) for p in panels if p.factor != 1),
    }


def _readable(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]]
) -> tuple[tuple[str, int, int], ...]:
    """By scenario: the published values that could be read, and those with a verdict here."""
    counts: dict[str, list[int]] = {}
    for panel in run.panels:
        values = comparison.published_values(panel).values()
        found = counts.setdefault(panel.settings[0].scenario, [0, 0])
        found[0] += sum(v.quality == "ok" for v in values)
        found[1] += sum(c.verdict != comparison.INCOMPARABLE for c in compared[panel.name])
    return tuple((name, readable, here) for name, (readable, here) in sorted(counts.items()))


def _caption(run: Reproduction, panel: Panel, compared: Sequence[Comparison]) -> str:
    """How much was run, how it compares, and how far off the theory's prediction is."""
    points = run.points(panel)
    seeds = sorted({len(results) for results in points.values()})
    many = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    said = [f"{len(points)} of {len(panel.xs)} points run, seeds: {many}."]
    verdicts = Counter(c.verdict for c in compared)
    if compared:
        told = [f"{verdicts[v]} {v}" for v in comparison.VERDICTS if verdicts[v]]
        said.append(f"Published values: {', '.join(told)}.")
        reasons = dict.fromkeys(c.reason for c in compared if c.reason)
        said += [f"Not comparable: {'; '.join(reasons)}."] if reasons else []
    elif panel.factor == 1:
        said.append("No published value was read here.")
    lost = sum(not any(run.measured for run in r.runs) for found in points.values() for r in found)
    said += [f"Every training diverged: {lost} times."] if lost else []
    gaps = {
        SERIES[s]: fmean(found)
        for s in panel.series
        if (found := [g for r in points.values() if (g := Sample.of(r, s).gap) is not None])
    }
    if gaps:
        listed = ", ".join(f"{name} {gap:.3f}" for name, gap in gaps.items())
        said.append(f"The theory is off, on average over points and seeds, by: {listed}.")
    return " ".join(said)


def _maps(run: Reproduction, pictures: Path) -> dict[str, Any]:
    items = []
    for drawn in run.maps:
        if drawn.name not in run.map_results:
            continue
        result = run.map_results[drawn.name]
        figure = draw_map(drawn, result)
        save(figure, pictures, drawn.name)
        agree, *told = map_shares(result)
        both, differ = ("all (there is none)" if t is None else f"{t:.1%}" for t in told)
        caption = (
            f"f and g agree on {agree:.1%} of the plane. The signs of f̂ and ĝ say so on {both} of "
            f"that part, and rightly the contrary on {differ} of the rest. Seed {result.seed}."
        )
        heading = ", ".join(part for part in (title(drawn), reduction(drawn)) if part)
        items.append(
            {
                "name": drawn.name,
                "heading": heading,
                "picture": inline_png(figure, f"Plane of the class means, {heading}: {caption}"),
                "caption": caption,
            }
        )
    return _unmeasured("maps", "Where f and g agree", items)


def _explained(run: Reproduction, pictures: Path) -> dict[str, Any]:
    items = []
    for explained in run.explained:
        figure = draw_explained(explained)
        name = f"explained-{explained.task}"
        save(figure, pictures, name)
        low, high = explained.cosines.min(), explained.cosines.max()
        caption = (
            "Each row: an image, what the attack adds to move it towards class +1, and the "
            "weighted sum of training samples that the theory predicts for it. Bright adds, dark "
            f"removes. Cosine of the two: {low:.3f} to {high:.3f}. Seed {explained.seed}."
        )
        picture = inline_png(figure, f"{len(explained.images)} rows of three images. {caption}")
        heading = explained.task.replace("mnist", "MNIST").replace("fashion", "Fashion")
        items.append({"name": name, "heading": heading, "picture": picture, "caption": caption})
    return _unmeasured("explained", "A perturbation is a sum of training samples", items)


def _unmeasured(name: str, heading: str, items: list[dict[str, str]]) -> dict[str, Any]:
    """A figure that nothing published is compared with."""
    plain = {"name": name, "title": heading, "statements": ILLUSTRATED[name], "items": items}
    return {**plain, "points": 0, "run": 0, "run_reduced": 0, "verdicts": {}}
