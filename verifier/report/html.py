"""The HTML report: one page that loads nothing, from the content of a run and nothing else.

Formulas become MathML, figures inline SVG and PNG, so that the page is complete offline. Its one
script filters and sorts; without it nothing is missing. Needs the extra `report`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verifier.report import pictures, plots
from verifier.report.backing import OF_BASIS, backing, unproved
from verifier.report.columns import BRIEFLY
from verifier.report.content import CHANCE, RATIO, ROUNDING, statements_of
from verifier.report.corrections import against, corrections
from verifier.report.coverage import counted, own, uncovered
from verifier.report.directions import caption, directions
from verifier.report.envelope import envelope, nearest
from verifier.report.error_axis import LARGEST_ERROR
from verifier.report.facts import EXACT, drawn, how_sure
from verifier.report.failures import tells
from verifier.report.finding import data_in_words
from verifier.report.formula import mathematics
from verifier.report.graph import SYMBOLS, graph
from verifier.report.misfit import EARLIER, Misfit, alike, in_items, titled
from verifier.report.refuted import is_own
from verifier.report.scatter import scatter
from verifier.report.symbolic import sourced, symbolic
from verifier.report.told import by_cause, command, function_of, sure_of
from verifier.report.untested import (
    each_reason,
    in_a_word,
    in_short,
    lacking,
    to_run_all,
    untested,
)
from verifier.report.verdicts import DEVIATES
from verifier.report.written import (
    count,
    number,
    powers,
    prose,
    share,
    sortable,
    span,
    two_sentences,
    with_symbols,
)
from verifier.statements.identities.e0k_kink import AT_ZERO

LEAST_SHOWN = 5
"""A histogram of fewer values says less than the list of them."""

CROSS = "Cross: a draw that fails"
_CAPTIONS = {
    ROUNDING: "Worst error of each draw in units of what rounding allows; beyond 1 it refutes.",
    CHANCE: "Error of each test in units of what chance allows; beyond 1 it refutes.",
    RATIO: "Tightness: the largest lhs/rhs in each draw; at 1 the bound is attained.",
}


def page(
    content: dict[str, Any],
    gallery: str | None = None,
    docs: str | None = None,
    misfits: Sequence[Misfit] = (),
    weak: str = "",
) -> str:
    """The report as HTML; `content` as `content.gather` made it, or read back from its JSON.

    `gallery`, `docs`: addresses of the reproduced figures and of the docs, as from the page;
    `misfits`: what does not fit in the paper's figures; `weak`: why that these fit says little.
    """
    environment = Environment(
        loader=PackageLoader("verifier.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "count": count, "share": share}
    environment.filters |= {"math": mathematics, "prose": prose, "sortable": sortable}
    environment.filters |= {"span": span, "powers": powers, "sourced": sourced}
    environment.filters |= {"in_words": data_in_words, "nearest": nearest, "in_a_word": in_a_word}
    environment.filters |= {"two_sentences": two_sentences, "function_of": function_of}
    environment.filters |= {"untested": in_short, "each_reason": each_reason}
    environment.filters |= {"unproved": unproved, "symbolic": symbolic, "sure_of": sure_of}
    environment.filters |= {"command": command}
    environment.tests |= {"telling": tells}
    environment.globals |= {"figures": figures, "symbols": SYMBOLS, "deviates": DEVIATES}
    named = {"exact": EXACT, "briefly": BRIEFLY, "at_zero": AT_ZERO}
    content = with_symbols(content)
    statements, example = statements_of(content), content["example"]
    return environment.get_template("page.html.j2").render(
        content | named,
        statements=statements,
        groups=by_cause(statements, {s["verdict"] for s in statements} - {DEVIATES}),
        is_own=is_own(content["run"]["about"]),
        uncovered=uncovered(content),
        counted=counted(content["coverage"]),
        drawn=drawn(statements),
        gallery=gallery,
        docs=docs,
        backed=backing(statements, OF_BASIS),
        misfits=alike(misfits),
        figures_told=[titled(weak), *in_items(misfits)],
        corrected=corrections(statements),
        against=against(statements),
        directions=Markup(directions(statements)) if corrections(statements) else "",
        of_directions=caption(statements),
        earlier=EARLIER,
        weak=weak,
        sure=how_sure(content),
        skipped=untested(statements),
        own=own(content["coverage"], statements),
        lacking=lacking(statements),
        to_run=to_run_all(content["run"]["about"]),
        graph=Markup(graph(content["chapters"])),
        envelope=Markup(envelope(statements)),
        explained=pictures.explained(example) if example else [],
        maps={n: Markup(svg) for n, svg in pictures.maps(example).items()} if example else {},
    )


def figures(statement: dict[str, Any]) -> list[dict[str, str]]:
    """The figures of one statement, each an `svg` and its `caption`; where it fails, first."""
    drawn = [
        {
            "svg": Markup(scatter(f"{statement['id']}-failures{i}", place)),
            "caption": f"The same, by {place['name']}." if i else _where(place),
        }
        for i, place in enumerate(filter(tells, statement["failures"]))
    ]
    slack = statement["slack"]
    measure = slack["measure"]
    if len(slack["values"]) >= LEAST_SHOWN and any(slack["values"]):
        counted = "tests" if measure == CHANCE else "draws"
        name = f"{statement['id']}-slack"
        values = [math.inf if v is None else v for v in slack["values"]]
        svg = plots.slack(name, measure, values, counted, log=measure == ROUNDING)
        ends = measure == ROUNDING and not drawn  # said of the first picture, it holds of all
        told = _CAPTIONS[measure] + (_ended(slack["values"]) if ends else "")
        drawn.append({"svg": Markup(svg), "caption": told})
    listed = statement["series"]
    ratios = [(_title(s), s["quantiles"], s["values"]) for s in listed if "quantiles" in s]
    if ratios:
        svg = plots.quantiles(f"{statement['id']}-quantiles", ratios)
        marks = cycle(plots.MARKERS.values())
        titles = "; ".join(f"{m} {title}" for m, (title, _, _) in zip(marks, ratios, strict=False))
        caption = (
            "How much of the bound the draws used. What holds with high probability may be "
            "exceeded by the largest. "
        )
        drawn.append({"svg": Markup(svg), "caption": f"{caption}{titles}."})
    for i, series in enumerate(s for s in listed if "quantiles" not in s):
        svg, caption = _series(f"{statement['id']}-series{i}", series)
        title = _title(series)
        drawn.append({"svg": Markup(svg), "caption": f"{title}: {caption}" if title else caption})
    return drawn


def _where(place: dict[str, Any]) -> str:
    told = _ended([error for _, error in place["points"]])
    marks = f" {CROSS if not told else f'{CROSS}, triangle: far beyond'}. Disc: one that holds."
    return "Where it fails: {fail} of {of} draws, by {name}.".format_map(place) + marks + told


def _ended(errors: list[float | None]) -> str:
    """That a picture shows no larger errors, where there are some."""
    beyond = any(error is None or error > LARGEST_ERROR for error in errors)
    return f" Errors beyond {number(LARGEST_ERROR)} are drawn at it." if beyond else ""


def _title(series: dict[str, Any]) -> str:
    experiment = f"experiment {series['experiment']}" if series["experiment"] else ""
    return ", ".join(part for part in (experiment, series["name"]) if part)


def _series(name: str, series: dict[str, Any]) -> tuple[str, str]:
    """Figure and caption of a phase diagram, of curves over time, or of a rate."""
    if "cells" in series:
        caption = "agreement in each cell, predicted and measured (two standard errors)."
        return plots.phase(name, series["cells"]), caption
    if "T" in series:
        curves = {k: v for k, v in series.items() if k != "T" and isinstance(v, list)}
        return plots.curves(name, series["T"], curves), "means over replicates and fresh points."
    low, high = series["interval"]
    interval = (
        "no finite interval"
        if low is None or high is None
        else (f"interval {number(low)} to {number(high)}")
    )
    dots = "Dots: replicates; circles: their geometric mean; band: the interval."
    return plots.rate(name, series), f"exponent {number(series['exponent'])}, {interval}. {dots}"
