"""The first screen of docs/gpu.md: what fits, how sure that is, and what does not fit, in short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.markdown import bullets
from verifier.report.misfit import studied
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.in_words import extent, shares
from verifier.reproduction.named import in_words

LONG = "[training too long for the width](agreement.md#where-they-fail)"
"""The likely cause where a prediction for wide networks fails."""


def answers(shown: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """Three answers; `rows`: the numbers behind `shown`. Empty if nothing could be judged."""
    summary = shown["summary"]
    if not summary["stable"]:
        return ""
    fits = (
        f"**What fits:** {summary['matched']} of {summary['stable']} *stable* published values, "
        f"which hardly change with the seed; {summary['g']['stable']} of them are of g, "
        "its accuracy or its agreement with f."
    )
    found = list(against(shown, rows))
    listed = f"**What does not fit:**\n\n{bullets(found)}"
    said = [
        fits,
        _how_sure(summary),
        listed if found else "**What does not fit:** nothing.",
        _words(shown["rules"]),
    ]
    return "\n\n".join(filter(None, said))


def _words(rules: dict[str, Any]) -> str:
    """What a value is called by how much it changes with the seed."""
    scatter, judged = rules["scatter"], rules["judged_by"] or "no seeds yet"
    fits = f"It *fits* within {NEAR} of our mean, or where one more run of ours would lie. It is"
    return f"**Words.** A published value is of a single seed. {fits}\n\n" + bullets(
        [
            f"*stable* if ours have a standard deviation over seeds (a whisker) of at most "
            f"{scatter}, judged by {judged};",
            f"*chaotic* if it is above {scatter}: then a single seed says little;",
            f"*unjudged* if no {rules['least_seeds']} seeds were run there.",
        ]
    )


def _how_sure(summary: dict[str, Any]) -> str:
    """How many wrong values would fit, too; empty if none was tried."""
    of_g, others = shares(summary, 0), shares(summary, 1)
    if not of_g or not others:
        return ""
    weakly = " weakly." if min(others) >= 0.5 else ""
    nothing = ", so that the fits of g show nothing" if min(of_g) >= LEVEL else ""
    return (
        f"**How sure:**{weakly} Of deliberately wrong values {_between(others)} would fit as well; "
        f"of g's, {_between(of_g)}{nothing}."
    )


def weak_evidence(summary: dict[str, Any]) -> list[str]:
    """That wrong values fit, too, for a page that does not say how sure fits are; or nothing."""
    of_g, others = shares(summary, 0), shares(summary, 1)
    if not of_g or not others or min(others) < 0.5:
        return []
    return [
        f"**That others fit is weak evidence:** {_between(others)} of wrong values would, in the "
        f"place of g's {_between(of_g)}."
    ]


def _between(found: list[float]) -> str:
    return " to ".join(dict.fromkeys(f"{share:.0%}" for share in (min(found), max(found))))


def against(shown: dict[str, Any], rows: list[for_readme.Row]) -> Iterator[str]:
    """What does not fit, a line each."""
    summary = shown["summary"]
    if summary["g"]["chaotic"]:
        known = one_draw.of_figures(shown)
        draw = f"all panels of a figure are of [one random draw]({one_draw.PAGE})"
        cause = f"Likely cause: {draw}" if known else "Cause: not known"
        yield (
            f"**Published values of g** lie {drawn.by_figure(shown)}. {cause}. {_outside(shown)}"
        )
    both = for_readme.pairs(rows)
    if for_readme.near(both) < len(both):
        of_g = for_readme.off(rows, for_readme.NETWORKS["g"])
        yield (
            f"**Predicted agreement of f and g** is more than {NEAR} off at {for_readme.off(rows)} "
            f"trained points, and the predicted accuracy of g at {of_g}. Likely cause: {LONG}."
        )
    yield from (
        "**The predicted cosine** of perturbations and direction, R3's flips included, is as far "
        f"off at {r['far']} of {r['stable']}. Likely cause at "
        f"{studied(rows, NEAR, SCATTER)} of them, in the panel that was studied: [the same]"
        "(studies.md#directions-in-the-figures); of the others it is not known."
        for r in summary["predicted"]
        if r["series"] == "cossim" and r["far"]
    )
    yield from _not_judged(summary["unjudged_of_g"])


def _outside(shown: dict[str, Any]) -> str:
    """How many of the values of g that scatter are outside the band of one more run of ours."""
    g, seeds = shown["summary"]["g"], " to ".join(dict.fromkeys(map(str, shown["seeds"])))
    return (
        f"Of these {g['chaotic']}, {g['outside']} ({g['outside'] / g['chaotic']:.0%}) lie outside "
        f"the band where one more run of ours falls (chance: about {1 - LEVEL:.0%}; bands of "
        f"{seeds} seeds can be too narrow)."
    )


def of_agreement(rows: list[for_readme.Row]) -> str:
    """For the page of the predictions: how often one is far off; empty if none is."""
    both = for_readme.pairs(rows)
    far, outlying = len(both) - for_readme.near(both), for_readme.outlying(both)
    if not far:
        return ""
    by_more = f" (at {outlying} by more than {for_readme.OUTLIER})" if outlying else ""
    return (
        "**What does not fit:** in the paper's figures, [trained on a GPU](gpu.md), predicted "
        f"agreement is more than {NEAR} off at {far} of {len(both)} points{by_more}. "
        "Likely cause: [training too long for the width](#where-they-fail)."
    )


def _not_judged(of_g: dict[str, list[int]]) -> Iterator[str]:
    """How many values of g look off whose scatter is not known, if any, and where most."""
    values, off = (sum(counts[k] for counts in of_g.values()) for k in (0, 1))
    if off:
        most = drawn.least_judged(of_g)
        yield (
            f"**Not judged:** in *{in_words(most)}* {of_g[most][1]} of {of_g[most][0]} values of g "
            f"look off, but ten seeds were never run there; in all panels of that kind {off} of "
            f"{values}. Cause: not known."
        )


def how_much(shown: dict[str, Any]) -> str:
    """How much of the figures was trained, and which scenarios were not compared at all."""
    none = [r["scenario"] for r in shown["summary"]["readable"] if not r["compared"]]
    left = f"; of scenario ({', '.join(none)}) no published value is compared" if none else ""
    return f"**How much:** {extent(shown)}{left}."
