"""The HTML report: one page that loads nothing, from the content of a run and nothing else.

Formulas become MathML, figures inline SVG and PNG, so that the page is complete offline. Its one
script filters and sorts; without it nothing is missing. Needs the extra `report`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from verifier.report import pictures, plots
from verifier.report.backing import OF_BASIS, backing, unproved
from verifier.report.columns import BRIEFLY
from verifier.report.content import CHANCE, RATIO, ROUNDING, statements_of
from verifier.report.coverage import counted, uncovered
from verifier.report.envelope import envelope, nearest
from verifier.report.error_axis import LARGEST_ERROR
from verifier.report.facts import EXACT, drawn, is_smaller
from verifier.report.failures import PRECISION, varies
from verifier.report.finding import data_in_words
from verifier.report.formula import mathematics
from verifier.report.graph import SYMBOLS, graph
from verifier.report.misfit import AGAINST, Misfit, alike
from verifier.report.refuted import is_own
from verifier.report.scatter import scatter
from verifier.report.symbolic import sourced, symbolic
from verifier.report.told import by_cause, function_of
from verifier.report.untested import in_a_word, in_short, lacking, to_run_all, untested
from verifier.report.verdicts import DEVIATES
from verifier.statements.identities.e0k_kink import AT_ZERO

LEAST_SHOWN = 5
"""A histogram of fewer values says less than the list of them."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
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
) -> str:
    """The report as HTML; `content` as `content.gather` made it, or read back from its JSON.

    `gallery`, `docs`: addresses of the reproduced figures and of the docs, as from the page;
    `misfits`: what does not fit in the paper's figures.
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
    environment.filters |= {"untested": in_short, "unproved": unproved, "symbolic": symbolic}
    environment.tests |= {"varies": varies, "smaller": is_smaller}
    environment.globals |= {"figures": figures, "symbols": SYMBOLS, "deviates": DEVIATES}
    named = {"exact": EXACT, "briefly": BRIEFLY, "against": AGAINST, "at_zero": AT_ZERO}
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
        skipped=untested(statements),
        lacking=lacking(statements),
        to_run=to_run_all(content["run"]["about"]),
        graph=Markup(graph(content["chapters"])),
        envelope=Markup(envelope(statements)),
        explained=pictures.explained(example) if example else [],
        maps={n: Markup(svg) for n, svg in pictures.maps(example).items()} if example else {},
    )


def with_symbols(content: Any) -> Any:
    r"""The same content with the gradient's sign in place of its name; LaTeX stays as it is.

    >>> with_symbols({"what": "|nabla f|", "latex": r"\nabla f", "values": [1.0]})
    {'what': '|∇f|', 'latex': '\\nabla f', 'values': [1.0]}
    """
    if isinstance(content, str):
        return re.sub(r"(?<!\\)nabla ", "\N{NABLA}", content)
    if isinstance(content, dict):
        return {with_symbols(name): with_symbols(value) for name, value in content.items()}
    return [with_symbols(value) for value in content] if isinstance(content, list) else content


def number(value: float | None, digits: int = 3) -> str:
    """`value` to `digits` significant digits, with a written-out power of ten; None is infinite."""
    if value is None:
        return "∞"
    return _written(f"{value:z.{digits}g}")


def _written(printed: str) -> str:
    mantissa, _, exponent = printed.partition("e")
    mantissa = mantissa.replace("-", "\N{MINUS SIGN}")
    if not exponent:
        return mantissa
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    return power if mantissa == "1" else f"{mantissa} · {power}"


def powers(text: str) -> str:
    """The same text, its numbers as `number` writes them.

    >>> powers("2.1e+14 times, bound 1e-06").replace("\N{NO-BREAK SPACE}", " ")
    '2.1 · 10¹⁴ times, bound 10⁻⁶'
    """
    written_e = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?e[+-]\d+\b")
    return written_e.sub(lambda found: _written(found[0]).replace(" ", "\N{NO-BREAK SPACE}"), text)


def two_sentences(told: str) -> str:
    """What stands behind a colon as a sentence of its own.

    >>> two_sentences("not run: the full run did"), two_sentences("not run")
    ('not run. The full run did', 'not run')
    """
    return re.sub(r": (\w)", lambda found: f". {found[1].upper()}", told, count=1)


def span(ends: tuple[float, float], name: str) -> str:
    """From the least to the greatest, or the one value, of what has this name."""
    low, high = (f"float{v:g}" if name == PRECISION else number(v) for v in ends)
    return low if low == high else f"{low} to {high}"


def count(value: int) -> str:
    """A whole number with thin spaces between its thousands."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def share(value: float) -> str:
    """A share in percent."""
    return f"{value:.0%}".replace("%", "\N{NARROW NO-BREAK SPACE}%")


def sortable(cell: str) -> float:
    """The number in a cell of the overview, for sorting; an empty one comes first.

    >>> [sortable(cell) for cell in ("12.4M", "94%", "3/4", "")]
    [12400000.0, 94.0, 0.75, -1.0]
    """
    found = re.fullmatch(r"([-\d.e+]+)(?:([kMG%])|/(\d+))?", cell)
    if found is None:
        return -1.0
    size = {"k": 1e3, "M": 1e6, "G": 1e9}.get(found[2] or "", 1.0)
    return float(found[1]) * size / float(found[3] or 1)


def prose(markdown: str) -> Markup:
    """One line of Markdown, of which only `code` is used."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(markdown))))


def figures(statement: dict[str, Any]) -> list[dict[str, str]]:
    """The figures of one statement, each an `svg` and its `caption`; where it fails, first."""
    drawn = [
        {
            "svg": Markup(scatter(f"{statement['id']}-failures{i}", place)),
            "caption": _where(place),
        }
        for i, place in enumerate(filter(varies, statement["failures"]))
    ]
    slack = statement["slack"]
    measure = slack["measure"]
    if len(slack["values"]) >= LEAST_SHOWN and any(slack["values"]):
        counted = "tests" if measure == CHANCE else "draws"
        name = f"{statement['id']}-slack"
        values = [math.inf if v is None else v for v in slack["values"]]
        svg = plots.slack(name, measure, values, counted, log=measure == ROUNDING)
        told = _CAPTIONS[measure] + (_ended(slack["values"]) if measure == ROUNDING else "")
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
    return "Where it fails: {fail} of {of} draws, by {name}.".format_map(place) + told


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
