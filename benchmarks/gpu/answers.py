"""The first screen of docs/gpu.md: what fits, how sure that is, and what does not fit, in short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.markdown import bullets, table
from verifier.report.misfit import studied
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.in_words import extent, shares
from verifier.reproduction.named import in_words

HEADS = ("What is off", "At", "Likely why")
LONG = "training too long for the width"
"""The likely cause where a prediction for wide networks fails."""
UNKNOWN = "not known"
OF_G = for_readme.NETWORKS["g"]


def answers(shown: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """Three answers; `rows`: the numbers behind `shown`. Empty if nothing could be judged."""
    summary = shown["summary"]
    if not summary["stable"]:
        return ""
    fits = (
        f"**What fits:** {summary['matched']} of {summary['stable']} *stable* published values, "
        f"which hardly change with the seed; {summary['g']['stable']} of them are of g, "
        f"its accuracy or its agreement with f. *Fits*: lies within {NEAR} of our mean, or where "
        "one more run of ours would."
    )
    found = list(against(shown, rows))
    listed = f"**What does not fit:**\n\n{table(HEADS, found)}\n\n{words(shown['rules'])}"
    said = [fits, _how_sure(summary), listed if found else "**What does not fit:** nothing."]
    return "\n\n".join(filter(None, said))


def words(rules: dict[str, Any]) -> str:
    """What a value is called by how much it changes with the seed."""
    scatter, judged = rules["scatter"], rules["judged_by"] or "no seeds yet"
    return "A published value is of a single seed. It is\n\n" + bullets(
        [
            f"*stable* if ours scatter by at most {scatter} (standard deviation, a whisker) over "
            f"{judged};",
            "*chaotic* if by more: a single seed says little;",
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
        f"**That other values of its figures fit is weak evidence:** {_between(others)} of wrong "
        f"values would, in the place of g's {_between(of_g)}."
    ]


def _between(found: list[float]) -> str:
    return " to ".join(dict.fromkeys(f"{share:.0%}" for share in (min(found), max(found))))


def against(shown: dict[str, Any], rows: list[for_readme.Row]) -> Iterator[tuple[str, str, str]]:
    """What does not fit, at how many points, and why: a row of short cells each."""
    summary = shown["summary"]
    if off := summary["stable"] - summary["matched"]:
        yield "*stable* published values", _bold(f"{off} of {summary['stable']}"), UNKNOWN
    yield from _published_g(shown)
    link = f"[{LONG}](agreement.md#where-they-fail)"
    agreement = ("agreement", f"predicted agreement of f and g, by over {NEAR}", link)
    for series, what, why in (agreement, (OF_G, "predicted accuracy of g", LONG)):
        both = for_readme.pairs(rows, series=series)
        if for_readme.near(both) < len(both):
            yield what, _bold(for_readme.off(rows, series)), why
    for r in summary["predicted"]:
        if r["series"] == "cossim" and r["far"]:
            known = studied(rows, NEAR, SCATTER)
            why = f"at {known} [the same](studies.md#directions-in-the-figures)"
            if rest := r["far"] - known:
                why += f", at {rest} {UNKNOWN}"
            what = "predicted cosine of perturbation and direction"
            yield what, _bold(f"{r['far']} of {r['stable']}"), why
    yield from _not_judged(summary["unjudged_of_g"])


def _published_g(shown: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """On which side of ours published values of g lie, by figure, and how many are far."""
    g, seeds = shown["summary"]["g"], " to ".join(dict.fromkeys(map(str, shown["seeds"])))
    if not g["chaotic"]:
        return
    known = {one.title for one in one_draw.of_figures(shown) if one.as_far}
    for one in drawn.scattered(shown):
        why = f"[one random draw]({one_draw.PAGE})" if one["title"] in known else UNKNOWN
        side, many, of = drawn.side(**one["g"])
        what = f"published g {side} our mean, *{for_readme.in_scenario_a(one['title'])}*"
        yield what, _bold(f"{many} of {of}"), why
    what = f"of these: outside the band of one more run of ours (by chance {1 - LEVEL:.0%})"
    yield what, _bold(f"{g['outside']} of {g['chaotic']}"), f"a band from {seeds} seeds is rough"


def _bold(count: str) -> str:
    return f"**{count}**"


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


def _not_judged(of_g: dict[str, list[int]]) -> Iterator[tuple[str, str, str]]:
    """How many values of g look off whose scatter is not known, if any."""
    values, off = (sum(counts[k] for counts in of_g.values()) for k in (0, 1))
    if off:
        most = drawn.least_judged(of_g)
        of_these, there = of_g[most]
        where = f"{there} of {of_these} in *{in_words(most)}*"
        what = f"other values of g, with too few seeds to judge: {where}"
        yield what, _bold(f"{off} of {values}"), UNKNOWN


def how_much(shown: dict[str, Any]) -> str:
    """How much of the figures was trained, and which scenarios were not compared at all."""
    none = [r["scenario"] for r in shown["summary"]["readable"] if not r["compared"]]
    left = f"; of scenario ({', '.join(none)}) no published value is compared" if none else ""
    return f"**How much:** {extent(shown)}{left}."
