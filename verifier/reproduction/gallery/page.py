"""The gallery: what a reproduction found as plain data, and as one HTML page that loads nothing.

The page needs the data only, pictures included, and no JavaScript. Needs the extra `report`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verifier.errors import InputError
from verifier.evidence.environment import environment
from verifier.evidence.files import write_whole
from verifier.evidence.folders import docs_from, newest_report
from verifier.report.written import count, share
from verifier.reproduction.comparison import published as comparison
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.chaos import LEAST_SEEDS, SCATTER, seeds_of_deviations
from verifier.reproduction.comparison.published import Comparison, compare
from verifier.reproduction.comparison.summary import FAR, Summary, recipes_apart
from verifier.reproduction.comparison.wrong_values import LEARNT, compare_wrong_values
from verifier.reproduction.conclusion import (
    headline,
    how_sure,
    leaning,
    leans_in,
    weakness,
)
from verifier.reproduction.gallery.beside import beside_readme
from verifier.reproduction.gallery.by_draw import among_draws
from verifier.reproduction.gallery.captions import decimals, one_in, signed
from verifier.reproduction.gallery.claim import opening
from verifier.reproduction.gallery.collected import Reproduction
from verifier.reproduction.gallery.directions import of_directions
from verifier.reproduction.gallery.figures import of_curves, points_of_all, readable_of
from verifier.reproduction.gallery.foretold import of_foretold
from verifier.reproduction.gallery.glance import marks
from verifier.reproduction.gallery.heights import of_heights
from verifier.reproduction.gallery.illustrations import BEHIND, of_maps
from verifier.reproduction.gallery.lengths import of_lengths
from verifier.reproduction.gallery.misfits import misfits, sided
from verifier.reproduction.gallery.numbers import NUMBERS, as_csv, numbers
from verifier.reproduction.in_words import (
    above,
    extent,
    left_out,
    what_is_chaotic,
)
from verifier.reproduction.named import titles
from verifier.reproduction.one_draw import of_figures
from verifier.reproduction.panels import SERIES, Panel
from verifier.statements import REGISTRY

SCHEMA, VERSION = "perturbation-verifier gallery", 17


def write(run: Reproduction, folder: Path, show: Callable[[str], None] | None = None) -> Path:
    """Write pictures, `gallery.json`, `summary.json`, the numbers and the page: its path.

    `show`: takes a line that says what is being drawn.
    """
    content = gather(run, folder, show)
    parts = {"gallery": content, **{name: content[name] for name in ("summary", "numbers")}}
    for name, data in parts.items():
        write_whole(folder / f"{name}.json", json.dumps(data, indent=1).encode())
    write_whole(folder / NUMBERS, as_csv(content["numbers"]).encode())
    write_whole(folder / "gallery.html", page(content).encode())
    return folder / "gallery.html"


def relinked(folder: Path) -> dict[str, Any]:
    """What is in `folder`, its page written again with links to the newest report and the docs."""
    path = folder / "gallery.html"
    content: dict[str, Any] = json.loads((folder / "gallery.json").read_text(encoding="utf-8"))
    if content["version"] != VERSION:
        rule = f"is of version {content['version']}: `verifier reproduce` draws it again"
        raise InputError("gallery", folder, rule)
    report = newest_report(path)
    content |= {"report": report._asdict() if report else None, "docs": docs_from(path)}
    write_whole(folder / "gallery.json", json.dumps(content, indent=1).encode())
    write_whole(path, page(content).encode())
    return content


def gather(
    run: Reproduction, folder: Path, show: Callable[[str], None] | None = None
) -> dict[str, Any]:
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
    figures = opening(run, compared, pictures)
    kinds = list(dict.fromkeys(p.figure for p in run.panels))
    for k, figure in enumerate(kinds):
        if show is not None:
            show(f"drawing      {figure}, {k + 1} of {len(kinds)} figures")
        figures.append(of_curves(run, figure, compared, pictures))
    if run.map_results:
        figures.append(of_maps(run, pictures))
    every = numbers(run)
    seeds = {len(r) for panel in run.panels for r in run.points(panel).values()}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "report": run.report._asdict() if run.report else None,
        "docs": docs_from(folder / "gallery.html"),
        "rules": {
            "level": LEVEL,
            "near": comparison.NEAR,
            "scatter": SCATTER,
            "least_seeds": LEAST_SEEDS,
            "far": FAR,
            "judged_by": seeds_of_deviations(),
        },
        **points_of_all(run, run.panels),
        "learnt": list(LEARNT),
        "plain": {s: REGISTRY.statement(s).plain for told in BEHIND.values() for s in told},
        "seeds": [min(seeds), max(seeds)] if seeds else None,
        "summary": summary.to_json(),
        "reading_error": max((c.err for c in summary.comparisons if c.err), default=None),
        "figures": [f for f in figures if f["items"]],
        "foretold": of_foretold(every, pictures),
        "heights": of_heights(run, pictures),
        "lengths": of_lengths(run),
        "marks": marks(max(seeds, default=0)),
        "directions": of_directions(compared),
        "numbers": every,
        "not_run": run.not_run(),
        "about": dict(run.about),
        "drawn": environment(),  # kept trainings may be older, and of another machine
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
    templates.filters |= {
        "zip": zip,
        "count": count,
        "share": share,
        "value": decimals,
        "signed": signed,
        "one_in": one_in,
        "both": lambda n: "both" if n == 2 else f"all {count(n)}",
        "picture": Markup,
        "unbroken": lambda text: text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"),
    }
    found = of_figures(content)
    templates.globals |= {
        "series_names": SERIES,
        "above_ours": above,
        "extent": extent(content),
        "left_out": left_out(content),
        "headline": headline(content),
        "weakness": weakness(content["summary"]),
        "how_sure": how_sure(content["summary"]),
        "leaning": leaning(content),
        "leans_in": leans_in,
        "draws": {one.title: one for one in found},
        "most_off": max(
            content["summary"]["unjudged_of_g"].items(), key=lambda one: one[1][1], default=None
        ),
        "chaotic": what_is_chaotic(content),
        "misfits": misfits(content),
        "sided": sided,
        "among_draws": among_draws,
        "beside_readme": beside_readme(content),
        "titles": titles(content),
        "best_first": sorted(content["figures"], key=_of_g_at_the_end, reverse=True),
    }
    return templates.get_template("gallery.html.j2").render(content)


def _of_g_at_the_end(figure: dict[str, Any]) -> float:
    return float(figure["ends"]["of_g"][-1]) if figure["ends"] else 0.0


def _readable(
    run: Reproduction, compared: Mapping[str, Sequence[Comparison]]
) -> tuple[tuple[str, int, int], ...]:
    """By scenario: the published values that could be read, and those with a verdict here."""
    panels: dict[str, list[Panel]] = {}
    for panel in run.panels:
        panels.setdefault(panel.settings[0].scenario, []).append(panel)
    return tuple((name, *readable_of(panels[name], compared)) for name in sorted(panels))
