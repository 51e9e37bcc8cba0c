"""What of the paper does not fit, and which of its values cannot be judged, in sentences.

README's first screen and the newest run say it, so that they say the same. Links are README's.
"""

from __future__ import annotations

import re
from typing import Any

from benchmarks.findings.__main__ import kept as findings
from benchmarks.findings.training import FINDINGS
from benchmarks.gpu import drawn, for_readme
from verifier.report.verdicts import SUPPORTED
from verifier.reproduction import one_draw
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


def of_all(found: int | str, of: int | str) -> str:
    """A count, shorter if nothing is missing."""
    return f"all {of}" if str(found) == str(of) else f"{found} of {of}"


def short(title: str) -> str:
    """A figure's title on a page where g learns from perturbations alone."""
    return for_readme.in_scenario_a(title)


def against_the_direction(every: list[dict[str, Any]]) -> list[str]:
    """That the paper's first result needs a correction, why, and how large it is; or nothing."""
    if not any(s["id"] == "R3" and s["verdict"] == SUPPORTED for s in every):
        return []
    return [
        f"**The paper's [result 1]({RESULTS}) needs a correction:** a wide network's perturbation "
        "is not parallel to the published weighted sum of samples. It is [exactly]"
        f"({EXACTLY}) such a sum, with weights known after training, plus the initial weights' "
        f"part. [The sum does tend to the published one]({SUM}); but neurons that switch on or off "
        f"in training change the other part, at any width. [R3]({SHARPENED}) has both: {nearer()}."
    ]


def nearer() -> str:
    """How many times nearer the gradient is to the corrected direction, and at which width."""
    (words,) = (one.effect for one in FINDINGS if one.name == FINDING)
    (width,) = re.findall(r"width ([\d,]+)", words)
    times = findings()[FINDING].effect.mean
    return (
        f"at width {width} what training adds to the gradient is [{times:.1f} times nearer in "
        f"angle](docs/findings.md#{FINDING}) to R3's direction than to the published one"
    )


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """What of the figures does not fit or cannot be judged, each with its cause if it is known."""
    if not card["summary"]["g"]["chaotic"]:
        return []
    return [_published_g(card, rows), _predictions(card, rows), *_not_judged(card)]


def _above(one: dict[str, Any]) -> str:
    return f"at {one['g']['above']} of {one['g']['chaotic']} in *{short(one['title'])}*"


def _published_g(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    above = ", ".join(_above(one) for one in drawn.scattered(card))
    told = f"**Published values of g lie to one side:** above our means {above}."
    found = one_draw.of_figures(card)
    if not found:
        return f"{told} Cause: not known."
    far = [
        f"{one.as_far} of {one.seeds} are as {'high' if one.is_above else 'low'}" for one in found
    ]
    return (
        f"{told} Likely cause: [each figure is one random draw](docs/{one_draw.PAGE}), its values "
        f"high or low together. Our own draws do this, too: {', '.join(far)}."
    )


def _far(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """How many predictions are far off whose cause is likely known."""
    return [
        f"[how often f and g agree]({AGREEMENT}) at {for_readme.off(rows)} points",
        *(
            f"[the cosine of perturbations]({DIRECTIONS}), R3's flips included, at {r['far']} of "
            f"{r['stable']}"
            for r in card["summary"]["predicted"]
            if r["series"] == "cossim" and r["far"]
        ),
    ]


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    of_g = for_readme.off(rows, for_readme.NETWORKS["g"])
    return (
        f"**Predictions miss by more than {NEAR}:** {', '.join(_far(card, rows))}. Likely cause: "
        f"training too long for the width. The accuracy of g misses at {of_g}; cause: not known."
    )


def weak(card: dict[str, Any]) -> str:
    """How weak the evidence of the figures is; empty if no wrong values were put there."""
    g, tried = card["summary"]["g"], shares(card["summary"], 0)
    if not g["stable"] or not tried:
        return ""
    fit = of_all(g["matched"], g["stable"])
    return (
        "**The paper's figures:** the comparison hardly tells right from wrong. Of the published "
        "values of g (accuracy, or agreement with f) that hardly change with the seed "
        f"{fit} fit, but so would at least {min(tried):.0%} of values made wrong on purpose."
    )


def _not_judged(card: dict[str, Any]) -> list[str]:
    """How many values of g look off whose scatter is not known; or nothing."""
    never = card["summary"]["unjudged_of_g"]
    values, off = (sum(of[k] for of in never.values()) for k in (0, 1))
    if not off:
        return []
    return [
        f"**Not judged:** {off} of {values} further values of g look off: too few seeds were run "
        "to tell. Cause: not known."
    ]
