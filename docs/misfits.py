"""What of the paper does not fit, and which of its values cannot be judged, in sentences.

README's first screen, the site's front page and the newest run say it, so that they say the same.
Links are those of README.
"""

from __future__ import annotations

import re
from typing import Any

from benchmarks.findings.__main__ import kept as findings
from benchmarks.findings.training import FINDINGS
from benchmarks.gpu import drawn, for_readme
from verifier.report.verdicts import SUPPORTED
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.in_words import shares

SHARPENED = "docs/limits.md#r3-the-sharpened-direction"
SUM = "docs/limits.md#r2-the-signed-sum-of-samples"
AGREEMENT, DIRECTIONS = (
    "docs/agreement.md#where-they-fail",
    "docs/studies.md#directions-in-the-figures",
)
FINDING = "sharpened-direction"
"""By how much the direction of R3 is nearer than the published one."""

NTH = ("first", "second", "third")


def of_all(found: int | str, of: int | str) -> str:
    """A count, shorter if nothing is missing."""
    return f"all {of}" if str(found) == str(of) else f"{found} of {of}"


def short(title: str) -> str:
    """A figure's title on a page where g learns from perturbations alone."""
    return for_readme.in_scenario_a(title)


def against_the_direction(every: list[dict[str, Any]]) -> list[str]:
    """That gradients tend elsewhere than published, why, and by how much; or nothing."""
    return is_against_the_direction(every) * [
        "**The published direction**, a sum of training samples with weights known before "
        f"training: only [a part]({SUM}) of a wide network's gradient tends to it. Cause: neurons "
        f"that switch on or off in training. [R3]({SHARPENED}) states the corrected direction, and "
        f"holds ({nearer()})."
    ]


def is_against_the_direction(every: list[dict[str, Any]]) -> bool:
    """Whether the run supports the statement that gradients go elsewhere."""
    return any(s["id"] == "R3" and s["verdict"] == SUPPORTED for s in every)


def nearer() -> str:
    """How many times nearer the corrected direction is, and at which width."""
    (words,) = (one.effect for one in FINDINGS if one.name == FINDING)
    (width,) = re.findall(r"width ([\d,]+)", words)
    times = findings()[FINDING].effect.mean
    return f"[{times:.1f} times nearer](docs/findings.md#{FINDING}) at width {width}"


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """What of the figures does not fit, each with its cause if it is known."""
    if not card["summary"]["g"]["chaotic"]:
        return []
    return [_published_g(card), _predictions(card, rows)]


def counts(
    every: list[dict[str, Any]], card: dict[str, Any] | None, rows: list[for_readme.Row]
) -> list[str]:
    """Of each misfit its numbers alone, for a page that has named causes."""
    told = is_against_the_direction(every) * [
        f"**Published direction:** the corrected one is {nearer()}."
    ]
    if not card or not card["summary"]["g"]["chaotic"]:
        return told
    usual = {one.title: one for one in one_draw.of_figures(card)}
    where = "; ".join(
        f"{_above(one)}{_as_far(usual.get(one['title']))}" for one in drawn.scattered(card)
    )
    return [
        *told,
        f"**Published values of g** above our means: {where} (by chance: half).",
        f"**Predictions** more than {NEAR} off: {', '.join(_far(card, rows))}.",
        *(f"**Not judged:** {one}" for one in [_not_judged(card, "values of g")] if one),
    ]


def _as_far(found: one_draw.OneDraw | None) -> str:
    """How many of our draws lie as far as the published one; empty if none, or not known."""
    if not found or not found.as_far:
        return ""
    side = "high" if found.is_above else "low"
    return f", where {found.as_far} of our {found.seeds} draws lie as {side}"


def _above(one: dict[str, Any]) -> str:
    return f"at {one['g']['above']} of {one['g']['chaotic']} in *{short(one['title'])}*"


def _published_g(card: dict[str, Any]) -> str:
    above = ", ".join(_above(one) for one in drawn.scattered(card))
    told = f"**Published values of g lie to one side:** above our means {above} (by chance: half)."
    found = one_draw.of_figures(card)
    if not found:
        return f"{told} Cause: not known."
    as_far = ", ".join(
        f"{one.as_far} of {'our ' if not k else ''}{one.seeds}{' draws lie' if not k else ''} as "
        f"{'high' if one.is_above else 'low'} in a panel of the {NTH[k]}"
        for k, one in enumerate(found[: len(NTH)])
    )
    own = f": {as_far}" if all(one.as_far for one in found) else ""
    return f"{told} Likely cause: [each figure is one random draw](docs/{one_draw.PAGE}){own}."


def _far(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """How many predictions are far off: of agreement, and of the cosine if there are any."""
    both = for_readme.pairs(rows)
    return [
        f"[how often f and g agree]({AGREEMENT}) at {len(both) - for_readme.near(both)} of "
        f"{len(both)} points",
        *(
            f"[the cosine of perturbations]({DIRECTIONS}) at {r['far']} of {r['stable']}"
            for r in card["summary"]["predicted"]
            if r["series"] == "cossim" and r["far"]
        ),
    ]


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    return (
        f"**Predictions miss by more than {NEAR}:** {', '.join(_far(card, rows))}. Likely cause: "
        "training too long for the width."
    )


def unsure(card: dict[str, Any]) -> str:
    """How weak the evidence of the figures is, and what could not be judged; or nothing."""
    said = weak(card)
    return said and " ".join(filter(None, [said, _not_judged(card, "ones")]))


def weak(card: dict[str, Any]) -> str:
    """How weak the evidence of the figures is; empty if no wrong values were put there."""
    g, tried = card["summary"]["g"], shares(card["summary"], 0)
    if not g["stable"] or not tried:
        return ""
    fit = of_all(g["matched"], g["stable"])
    nothing = ", so that this says almost nothing" if min(tried) >= LEVEL else ""
    return (
        "**How sure of the paper's figures:** weakly. Of the published values of g that hardly "
        f"change with the seed {fit} fit, but so would at least {min(tried):.0%} of values made "
        f"wrong on purpose{nothing}."
    )


def _not_judged(card: dict[str, Any], which: str) -> str:
    """How many values of g look off whose scatter is not known; empty if none does."""
    never = card["summary"]["unjudged_of_g"].values()
    values, off = (sum(of[k] for of in never) for k in (0, 1))
    if not off:
        return ""
    return (
        f"{off} of {values} further {which} look off, with too few seeds run to tell; cause: not "
        "known."
    )
