"""README's first screen: what holds, how sure that is and what does not fit, in a minute.

It has the few numbers that answer that; docs/newest-run.md and docs/gpu.md have them all.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import captions, drawn, for_readme
from benchmarks.gpu.markdown import bullets
from docs.misfits import (
    AGREEMENT,
    SHARPENED,
    against_the_direction,
    counts,
    is_against_the_direction,
    misfits,
    of_all,
    short,
    unsure,
    weak,
)
from docs.run_in_words import BACKING, BAD_LUCK, CARD, by_basis, failed, plural, tally
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.reproduction import one_draw
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.panels import published_panels
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

RESULTS = "docs/README.md#the-paper-and-its-results"


def claim(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """What is observed: how well g does in its best panel over the attack's size, beside f.

    That panel is the first picture that is kept; other panels, as over N, may reach more.
    """
    name = str(card["pictures"][0]["name"]).removeprefix(captions.CLAIM)
    f, g = (_by_x(rows, name, series) for series in for_readme.NETWORKS.values())
    best = max(g, key=g.__getitem__)
    where = "with the largest perturbations" if best == max(g) else "at best"
    return (
        "Attack a trained network *f* towards random labels, and train another, *g*, on nothing "
        "but the perturbations under those labels: *g* still classifies clean data. Of our panels "
        "by perturbation size it does best in "
        f"[{short(title(published_panels()[name]))}](docs/gpu.md): {where} it gets {g[best]:.1%} "
        f"of *f*'s training samples right (*f*: {f[best]:.1%})."
    )


def _by_x(rows: list[for_readme.Row], panel: str, series: str) -> dict[float, float]:
    """The means of one series of a panel."""
    return {r["x"]: r["mean"] for r in rows if (r["panel"], r["series"]) == (panel, series)}


def cost(content: dict[str, Any]) -> str:
    """What the commands need and how long the newest run took."""
    about, spent = content["run"]["about"], content["wall_time"]
    return (
        "Needed: make, Python 3.11 to 3.13 and several GB on Linux (less with `make verify CPU=1`; "
        "[setup](#setup)). `make verify` ends with an HTML report; after setup its newest run "
        f"took {spent['wall']:.0f} s in {about['processes']} processes."
    )


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers, a paragraph each; `card`: what is kept of the figures' run on a GPU."""
    every = statements_of(content)
    return "\n\n".join(
        [_holds(content, every), _how_sure(content, every, card), _fits(every, card)]
    )


def _holds(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    supported, *_ = tally(every)
    counts = by_basis(every)
    own, left_open = (said.split(" of ") for said in counted(content["coverage"]))
    return (
        f"**What holds:** {of_all(supported, len(every))} statements, each checked on many random "
        f"draws: {counts[EXACT]} are [exact](docs/{BACKING}) by proof or definition, "
        f"{plural(counts[LIMIT], LIMIT)} of wide networks, {plural(counts[HEURISTIC], HEURISTIC)} "
        f"that only tests support. They cover {of_all(*own)} [results of the paper]({RESULTS}) and "
        f"touch {of_all(*left_open)} questions it leaves open."
    )


def _how_sure(
    content: dict[str, Any], every: list[dict[str, Any]], card: dict[str, Any] | None
) -> str:
    told = (
        f"**How sure:** the checks refuted {_seen(every)} codes and formulas that were broken on "
        f"purpose. The statistical tests refute a true statement in at most {_rate(content)} runs "
        f"(most [other false alarms](docs/{BAD_LUCK}) have no proved rate). Passing supports a "
        "statement; it does not prove it."
    )
    return "\n\n".join(filter(None, [told, unsure(card) if card else ""]))


def _seen(every: list[dict[str, Any]]) -> str:
    """Every control of this version if a full run refuted them, else those that this run tried."""
    _, refuted, tried = tally(every)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    is_whole = bool(certificate.kept()) and refuted == tried
    return f"all {known}" if is_whole else f"{refuted} of the {tried} tried"


def _rate(content: dict[str, Any]) -> str:
    return f"one of {1 / content['false_alarms']['budget']:,.0f}"


def on_a_phone(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The answers for the site's front page, a phone's screen in all; links are of docs."""
    every = statements_of(content)
    counts = by_basis(every)
    own, _ = (said.split(" of ") for said in counted(content["coverage"]))
    against = is_against_the_direction(every) * [
        f"[the published direction]({SHARPENED}) (neurons switch on or off in training; "
        "R3 corrects it)"
    ]
    if card and (scattered := len(drawn.scattered(card))):
        likely = "likely: each is one random draw" if one_draw.of_figures(card) else "why not known"
        against += [
            f"[published values of g](docs/{one_draw.PAGE}) in {plural(scattered, 'figure')} "
            f"({likely})",
            f"[predicted agreement]({AGREEMENT}) (likely: training too long for the width)",
        ]
    told = failed(every) or "no statement failed"
    told += f"; of the paper these do not: {', '.join(against)}" if against else ""
    where = "; [counts](#what-does-not-fit-in-numbers)" if against else ""
    said = [
        f"**What holds:** {of_all(tally(every)[0], len(every))} statements: {counts[EXACT]} exact "
        f"by proof or definition, {plural(counts[LIMIT], LIMIT)} of wide networks, "
        f"{plural(counts[HEURISTIC], HEURISTIC)}. They cover {of_all(*own)} results of the paper.",
        f"**How sure:** of codes and formulas broken on purpose {_seen(every)} were refuted. "
        f"Statistical tests refute a true statement in at most {_rate(content)} runs. Passing "
        "supports a statement; it does not prove it.",
        *filter(None, [weak(card) if card else ""]),
        f"**What does not fit:** {told}{where}.",
    ]
    return "\n\n".join(said).replace("](docs/", "](")


def in_numbers(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """For the site's front page, below what it has said of them: each misfit's counts."""
    rows = for_readme.read(CARD / drawn.VALUES) if card else []
    said = bullets(counts(statements_of(content), card, rows)).replace("](docs/", "](")
    return said or "Nothing."


def _fits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    told = f"**What does not fit:** {failed(every) or 'no statement failed'}"
    said = misfits(card, for_readme.read(CARD / drawn.VALUES)) if card else []
    said = [*against_the_direction(every), *said]
    if not said:
        return f"{told}."
    where = " ([its figures, trained again on a GPU](docs/gpu.md))" if card else ""
    return "\n".join([f"{told}; of the paper, not all fits{where}:", "", bullets(said)])
