"""What of the paper does not fit, and which of its values cannot be judged, in sentences.

README's first screen and the newest run say it, so that they say the same. Links are README's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks.findings.__main__ import FINDINGS
from benchmarks.findings.__main__ import kept as findings
from benchmarks.findings.finding import Finding
from benchmarks.gpu import for_readme
from docs.rates import at_the_widest
from verifier.report.misfit import studied
from verifier.report.verdicts import SUPPORTED
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.conclusion import leans_in
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.in_words import shares
from verifier.reproduction.panels import AXES, published_panels

SHARPENED = "docs/limits.md#r3-the-sharpened-direction"
EXACTLY = "docs/identities.md#e1-the-input-gradient-is-a-signed-sum-of-samples"
SUM = "docs/limits.md#r2-the-signed-sum-of-samples"
RESULTS = "docs/README.md#the-paper-and-its-results"
AGREEMENT, DIRECTIONS = (
    "docs/agreement.md#where-they-fail",
    "docs/studies.md#directions-in-the-figures",
)
FINDING = "sharpened-direction"
"""By how much the direction of R3 is nearer than the published one."""
PREDICTOR = "published-predictor"
"""How often the paper's predictor of g has another sign than the limit that it is of."""
ONE_DRAW, LONG, UNKNOWN = (
    "one random draw per figure",
    "training too long for the width",
    "not known",
)
"""Causes."""
OFF = "**These values are off,** in a run [on a GPU](docs/gpu.md):"


class Misfit(NamedTuple):
    """What does not fit, at how many values, and why; `seen`: what more is known."""

    what: str
    at: str
    cause: str
    seen: str = ""


def of_all(found: int | str, of: int | str) -> str:
    """A count, shorter if nothing is missing."""
    return f"all {of}" if found == of else f"{found} of {of}"


def short(named: str) -> str:
    """A figure's title on a page where g learns from perturbations alone."""
    return for_readme.in_scenario_a(named)


def against_the_direction(every: list[dict[str, Any]]) -> list[str]:
    """That the paper's first result needs a correction, then what is meant by it; or nothing."""
    if not any(s["id"] == "R3" and s["verdict"] == SUPPORTED for s in every):
        return []
    return [
        "**The paper's direction of perturbations needs a correction; no other of its results "
        "does.**",
        f"**The paper says** ([result 1]({RESULTS}), by our numbering): the gradient of a wide "
        "network, and so a perturbation, is parallel to *s*, a weighted sum of samples.",
        f"**True of one part:** the gradient is, [exactly]({EXACTLY}) and at any width, the "
        "initial weights' part plus a sum of samples by their labels' signs; [this sum tends to "
        f"*s*]({SUM}).",
        "**What it misses:** neurons that switch on or off in training change the initial weights' "
        "part, too. As the width grows at a fixed training time, all that training adds to the "
        f"gradient [tends to *h*]({SHARPENED}), *s* plus that change{at_the_widest(every)}.",
    ]


def nearer() -> str:
    """How many times nearer the gradient is to the corrected direction, and at which width."""
    (width,) = re.findall(r"width ([\d,]+)", _finding(FINDING).effect)
    times = findings()[FINDING].effect.mean
    return (
        f"at width {width} what training adds is [{times:.1f} times nearer to *h* than to *s*]"
        f"(docs/findings.md#{_finding(FINDING).anchor})"
    )


def _finding(name: str) -> Finding:
    (found,) = (one for one in FINDINGS if one.name == name)
    return found


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> list[Misfit]:
    """What of the figures does not fit or cannot be judged, how often, and why."""
    if not card["summary"]["g"]["chaotic"]:
        return []
    return [*_published_g(card), *_predictions(card, rows), *_not_judged(card)]


def _published_g(card: dict[str, Any]) -> Iterator[Misfit]:
    """Of a figure that leans: how many published values are on one side; how usual that is."""
    draws = {one.title: one for one in one_draw.of_figures(card)}
    for figure in filter(leans_in, card["figures"]):
        above, of = figure["g"]["above"], figure["g"]["chaotic"]
        side, many = ("above", above) if 2 * above >= of else ("below", of - above)
        what = f"published *g* {side} ours in [{short(figure['title'])}](docs/gpu.md#the-figures)"
        if (one := draws.get(figure["title"])) and one.as_far:
            ours = f"[{one.as_far} of our {one.seeds} draws](docs/{one_draw.PAGE})"
            seen = f"{ours} as {'high' if one.is_above else 'low'}"
            yield Misfit(what, f"{many} of {of}", ONE_DRAW, seen)
        else:
            yield Misfit(what, f"{many} of {of}", UNKNOWN)


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> Iterator[Misfit]:
    """How many of each kind of prediction are far off."""
    some = studied(rows, NEAR, SCATTER)
    every = [
        p for s in ("agreement", for_readme.NETWORKS["g"]) for p in for_readme.pairs(rows, series=s)
    ]
    far = len(every) - for_readme.near(every)
    what = f"predicted [accuracy of *g*, agreement with *f*]({AGREEMENT}), by over {NEAR}"
    yield Misfit(what, f"{far} of {len(every)}", LONG)
    for r in card["summary"]["predicted"]:
        if r["series"] == "cossim" and r["far"]:
            what = f"predicted [directions]({DIRECTIONS}) of perturbations, by over {NEAR}"
            yield Misfit(what, f"{some} of {r['stable']}", LONG)
            if rest := r["far"] - some:
                yield Misfit("more such directions", f"{rest} of {r['stable']}", UNKNOWN)


def in_a_table(found: list[Misfit]) -> str:
    """What is off, at how many values, and why: a row each, of two columns for a phone."""
    rows = ["| what is off, and why | values |", "|---|--:|"]
    return "\n".join([OFF, "", *rows, *map(_row, found)])


def _row(m: Misfit) -> str:
    why = "why is not known" if m.cause == UNKNOWN else f"likely {m.cause}"
    seen = f"; {m.seen}" if m.seen else ""
    return f"| {m.what}:<br>*{why}*{seen} | **{m.at.replace(' ', '&nbsp;')}** |"


def predictor() -> str:
    """How often the published prediction of g has a wrong sign, and what it leaves out."""
    wrong = findings()[PREDICTOR].effect.mean
    return (
        "**Also off,** though none of the 9 results: the formula for *g* that the paper's maps "
        "draw leaves out *g*'s targets and biases; against the limit of wide *g* it has the wrong "
        "sign at "
        f"{wrong:.0%} of points of "
        f"[one setting](docs/findings.md#{_finding(PREDICTOR).anchor})."
    )


def weak(card: dict[str, Any]) -> str:
    """How weak the evidence of the figures is; empty if no wrong values were put there."""
    g, tried = card["summary"]["g"], shares(card["summary"], 0)
    if not g["stable"] or not tried:
        return ""
    fit = of_all(g["matched"], g["stable"])
    return (
        f"**The paper's figures are a weak test:** {fit} published values of g that hardly change "
        f"with the seed fit, but so would at least {min(tried):.0%} of values made wrong on "
        "purpose."
    )


def _not_judged(card: dict[str, Any]) -> Iterator[Misfit]:
    """How many values of g look off whose scatter is not known; or nothing."""
    never = card["summary"]["unjudged_of_g"]
    values, off = (sum(of[k] for of in never.values()) for k in (0, 1))
    if off:
        name, (of, most) = max(never.items(), key=lambda one: one[1][1])
        panel = published_panels()[name]
        where = f"{short(title(panel))}, by {AXES[panel.x]}"
        seen = f"{most} of {of} in [{where}](docs/gpu.md)"
        yield Misfit(
            "*g* looks off, with too few seeds to judge it", f"{off} of {values}", UNKNOWN, seen
        )
