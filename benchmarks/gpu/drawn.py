"""What is kept of the figures that a run has trained (`archived`), told in Markdown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.gpu import captions, curves, for_readme
from benchmarks.gpu.markdown import folded
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.gallery.numbers import NUMBERS
from verifier.reproduction.in_markdown import compared
from verifier.reproduction.in_words import (
    left_out,
    wrong_ones,
)
from verifier.reproduction.named import in_words
from verifier.reproduction.panels import published_panels

BY_TIME, BY_WIDTH = "shifted-gauss-a-epochs-g", "shifted-gauss-a-m"
"""Panels that tell whether a prediction fails by the time of training or by the width."""
SUMMARY, VALUES = "summary.json", f"{NUMBERS}.gz"


def kept(folder: Path) -> dict[str, Any] | None:
    """What `keep` has written; None if there is nothing."""
    path = folder / SUMMARY
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def told(shown: dict[str, Any], link: str) -> str:
    """What is not shown before, as Markdown; `link`: to the folder, from the page."""
    missing = left_out(shown)
    before = (captions.CLAIM, least_judged(shown["summary"]["unjudged_of_g"]))
    pictures = [one for one in shown["pictures"] if one["name"] not in before]
    parts = [
        compared(shown, with_misfits=not shown["summary"]["g"]["chaotic"]),
        f"The run of {shown['started'][:16].replace('T', ' ')}: {missing or 'all of it was run'}.",
        f"[Every value, ours, published and predicted]({link}/{VALUES}).",
    ]
    kinds = {True: "more panels", False: "more, without a published value to compare"}
    for has_published, words in kinds.items():
        more = [_shown(one, link) for one in pictures if _has_published(one) is has_published]
        if more:
            parts.append(folded(f"{len(more)} {words}", "\n\n".join(more)))
    return "\n\n".join(parts)


def claim(rows: list[for_readme.Row], link: str) -> str:
    """The picture of what is observed with its caption; empty if its panel was not trained."""
    said = captions.of_the_claim([row for row in rows if row["panel"] == captions.CLAIM])
    words = f"Accuracy of f and of g, trained, predicted and published: {in_words(captions.CLAIM)}"
    return said and f"![{words}]({link}/{curves.CLAIM_NAME}.png)\n\n{said}"


def judged(shown: dict[str, Any], link: str) -> list[str]:
    """What the answers are about: the panel with most values that look off, and the claim's."""
    named = {one["name"]: one for one in shown["pictures"]}
    parts = []
    if one := named.get(least_judged(shown["summary"]["unjudged_of_g"])):
        parts.append(_shown(one, link))
    if one := named.get(captions.CLAIM):
        title = f"The first picture with agreement, judged{captions.outside(one)}"
        parts.append(folded(title, _shown(one, link)))
    return parts


def least_judged(of_g: dict[str, list[int]]) -> str:
    """The panel with most values of g that look off and that too few seeds judge; or nothing."""
    return max(of_g, key=lambda name: of_g[name][1], default="")


def _shown(one: dict[str, Any], link: str) -> str:
    """A picture with its caption."""
    picture = f"![{one['alternative']}]({link}/{one['name']}.png)"
    return f"{picture}\n\n{captions.caption(one)}{captions.details(one)}"


def _has_published(one: dict[str, Any]) -> bool:
    """Whether a published value stands beside ours; a map, which needs none, is shown, too."""
    return not str(one["caption"]).startswith("No published value")


def misfits(shown: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """What of the paper's figures does not fit, or shows nothing; empty if all could be judged.

    `rows`: the numbers behind `shown`. Links are of a page in the folder of the docs.
    """
    g = shown["summary"]["g"]
    if not g["chaotic"]:
        return []
    return [*_of_g(shown), beside_theory(shown, rows)]


def _of_g(shown: dict[str, Any]) -> list[str]:
    """Where published values lie that a single seed cannot settle, and what the others show."""
    g = shown["summary"]["g"]
    scattered = (
        f"At these {g['chaotic']} of {g['chaotic'] + g['stable']} points our own seeds scatter by "
        f"more than {shown['rules']['scatter']:g} (standard deviation), so that a published value, "
        "of a single seed, says little."
    )
    if n := g["stable"]:
        fit = f"The other {n} all" if g["matched"] == n else f"Of the other {n}, {g['matched']}"
        scattered += f" {fit} fit{wrong_ones(shown['summary'])}."
    return [
        f"**Published values of g**, its accuracy and its agreement with f, are "
        f"{by_figure(shown)}. {_cause_of_g(shown)}",
        scattered,
    ]


def _cause_of_g(shown: dict[str, Any]) -> str:
    found = one_draw.of_figures(shown)
    if not found:
        return "Cause: not known."
    told = f"[{one_draw.WHY}]({one_draw.PAGE}), and no rare one"
    return f"Likely cause: {told}: {one_draw.how_usual(found)}."


def by_figure(shown: dict[str, Any]) -> str:
    """On which side of ours the published values that scatter lie more often, by figure."""
    found = [(one["title"], side(**one["g"])) for one in scattered(shown)]
    return ", ".join(
        f"{where} our mean at {n} of {of} points of *{title}*" for title, (where, n, of) in found
    )


def side(above: int, chaotic: int, **_: Any) -> tuple[str, int, int]:
    """On which side of our means more of a figure's values lie, how many, and of how many."""
    where, n = max((("above", above), ("below", chaotic - above)), key=lambda found: found[1])
    return where, n, chaotic


def scattered(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures with values of g that scatter."""
    return [one for one in shown["figures"] if one["g"]["chaotic"]]


def beside_theory(shown: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """How often predicted agreement is far off: of all that was trained, and of stable values."""
    stable = [r for r in shown["summary"]["predicted"] if r["series"] == "agreement"]
    of_these = "".join(
        f" ({r['far']} of the {r['stable']} published ones that hardly change with the seed)"
        for r in stable
    )
    return f"{_far_off(rows)}{of_these}. {_cause_of_distance(rows)}"


def _far_off(rows: list[for_readme.Row]) -> str:
    both = for_readme.pairs(rows)
    return (
        f"**Predicted agreement of f and g** is more than {NEAR} off at "
        f"{len(both) - for_readme.near(both)} of the {len(both)} trained points that have one"
    )


def _cause_of_distance(rows: list[for_readme.Row]) -> str:
    """By the panels of one figure over the training of g, and over the width."""
    by_time, by_width = (for_readme.pairs(rows, panel) for panel in (BY_TIME, BY_WIDTH))
    cause = "Likely cause: [training too long for the width](agreement.md#where-they-fail)"
    if not by_time or not by_width:
        return f"{cause}; how much of it that explains was not measured."
    return f"{cause}: {by_training(rows)}"


def by_training(rows: list[for_readme.Row]) -> str:
    """How often predictions of g are near, where it trains briefly and where it trains long."""
    short, long = (_near_in(rows, panel) for panel in (BY_TIME, BY_WIDTH))
    times = max(s.epochs_g for s in published_panels()[BY_TIME].settings)
    usual = max(s.epochs_g for s in published_panels()[BY_WIDTH].settings)
    widest = max(s.m for s in published_panels()[BY_WIDTH].settings)
    return (
        f"in *{title(published_panels()[BY_TIME])}* {short} are near where g trains for {times:,} "
        f"epochs or fewer, and {long} where for {usual:,}, at widths up to {widest:,}."
    )


def _near_in(rows: list[for_readme.Row], panel: str) -> str:
    """How many predictions of a panel are near, of agreement and of accuracy."""
    kinds = {"agreements": "agreement", "accuracies": for_readme.NETWORKS["g"]}
    both = {name: for_readme.pairs(rows, panel, series) for name, series in kinds.items()}
    told = [
        f"{for_readme.near(found)} of {len(found)} {name}" for name, found in both.items() if found
    ]
    return " and ".join(told)


def trained(shown: dict[str, Any]) -> str:
    """For README: how much was trained on which card, and when."""
    return (
        f"Trained: [{shown['run'] + shown['run_reduced']} of {shown['points']} points]"
        f"(docs/gpu.md#the-figures), {shown['run']} at published size, on one {shown['card']}, "
        f"{shown['started'][:10]}. A gallery of your own run, by `verifier reproduce`, has counts "
        "of its own."
    )
