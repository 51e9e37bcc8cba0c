"""What of the paper does not fit, and which of its values cannot be judged, in sentences.

README's first screen and the newest run say it, so that they say the same. Links are README's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchmarks.findings.__main__ import kept as findings
from benchmarks.findings.training import FINDINGS
from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.markdown import bullets
from docs.rates import at_the_widest
from verifier.report.misfit import studied
from verifier.report.verdicts import SUPPORTED
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.in_words import shares

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
OFF = (
    "**What is off in [them](docs/gpu.md)** (by chance about half of published *g* would be above "
    "our means):"
)
Misfits = dict[str, list[str]]
"""Of each cause what does not fit, and how often."""


def of_all(found: int | str, of: int | str) -> str:
    """A count, shorter if nothing is missing."""
    return f"all {of}" if str(found) == str(of) else f"{found} of {of}"


def short(title: str) -> str:
    """A figure's title on a page where g learns from perturbations alone."""
    return for_readme.in_scenario_a(title)


def against_the_direction(every: list[dict[str, Any]]) -> list[str]:
    """That the paper's first result needs a correction, then what is meant by it; or nothing."""
    if not any(s["id"] == "R3" and s["verdict"] == SUPPORTED for s in every):
        return []
    return [
        f"**The paper's [result 1]({RESULTS}) needs a correction.**",
        "**The paper says:** a wide network's gradient, and so its perturbation, is parallel to "
        "*s*, a sum of samples with known weights.",
        f"**Here:** what training adds to the gradient [tends to another direction, *h*]"
        f"({SHARPENED}), as neurons switch on or off{at_the_widest(every)}.",
        f"**Still true:** the gradient is [exactly]({EXACTLY}), at any width, a part of the "
        "initial weights plus a sum of samples, each with its label's sign; "
        f"[this sum does tend to *s*]({SUM}).",
    ]


def nearer() -> str:
    """How many times nearer the gradient is to the corrected direction, and at which width."""
    (words,) = (one.effect for one in FINDINGS if one.name == FINDING)
    (width,) = re.findall(r"width ([\d,]+)", words)
    times = findings()[FINDING].effect.mean
    return (
        f"at width {width} what training adds is [{times:.1f} times nearer to *h* than to *s*]"
        f"(docs/findings.md#{FINDING})"
    )


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> Misfits:
    """What of the figures does not fit or cannot be judged, and how often, by its likely cause."""
    found: Misfits = {}
    if card["summary"]["g"]["chaotic"]:
        for cause, what in (*_published_g(card), *_predictions(card, rows), *_not_judged(card)):
            found.setdefault(cause, []).append(what)
    return found


def _published_g(card: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How many published values of a figure are on one side of our means; how usual that is."""
    draws = {one.title: one for one in one_draw.of_figures(card)}
    for figure in drawn.scattered(card):
        above, of = figure["g"]["above"], figure["g"]["chaotic"]
        side, many = ("above", above) if 2 * above >= of else ("below", of - above)
        where = f"[{short(figure['title'])}](docs/gpu.md#the-figures)"
        told = f"published *g* lies {side} our means in {where} at **{many} of {of}** values"
        if one := draws.get(figure["title"]):
            far = f"as {'high' if one.is_above else 'low'}"
            ours = f"[{one.as_far} of our {one.seeds} draws](docs/{one_draw.PAGE})"
            yield ONE_DRAW, f"{told} ({far}: {ours})"
        else:
            yield UNKNOWN, told


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> Iterator[tuple[str, str]]:
    """How many of each kind of prediction are far off."""
    of_g = for_readme.off(rows, for_readme.NETWORKS["g"])
    some = studied(rows, NEAR, SCATTER)
    off = f"the theory's predictions are off by over {NEAR} for"
    both = f"**{for_readme.off(rows)}** [agreements of f and g]({AGREEMENT})"
    yield LONG, f"{off} {both}, **{of_g}** accuracies of *g*"
    for r in card["summary"]["predicted"]:
        if r["series"] == "cossim" and r["far"]:
            cosines = f"[cosines]({DIRECTIONS}) of perturbation and the paper's direction"
            yield LONG, f"for **{some} of {r['stable']}** {cosines}"
            if rest := r["far"] - some:
                yield UNKNOWN, f"**{rest} of {r['stable']}** of these cosines are as far off"


def in_bullets(found: Misfits) -> str:
    """What is off, and how often: a bullet for each likely cause."""
    told = [
        f"**{'Why is' if cause == UNKNOWN else 'Likely'} {cause}:** {'; '.join(whats)}"
        for cause, whats in found.items()
    ]
    return f"{OFF}\n\n{bullets([*told, predictor()])}"


def predictor() -> str:
    """What the published prediction of g leaves out, and how often its sign is wrong for that."""
    wrong = findings()[PREDICTOR].effect.mean
    return (
        "**The paper's own predictor of *g*** leaves out its targets and biases: its sign is not "
        f"that of *g*'s wide limit at [**{wrong:.0%}** of fresh points](docs/findings.md#"
        f"{PREDICTOR}) in one setting of plain Gaussian samples."
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


def _not_judged(card: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How many values of g look off whose scatter is not known; or nothing."""
    never = card["summary"]["unjudged_of_g"]
    values, off = (sum(of[k] for of in never.values()) for k in (0, 1))
    if off:
        told = "further values of *g* look off, with too few seeds to judge"
        yield UNKNOWN, f"**{off} of {values}** {told}"
