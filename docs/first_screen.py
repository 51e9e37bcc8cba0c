"""README's first screen: what holds, how sure that is and what does not fit, in a minute.

It has the few numbers that answer that; docs/newest-run.md and docs/gpu.md have them all.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.markdown import bullets
from docs.run_in_words import BACKING, BAD_LUCK, CARD, by_basis, failed, plural, tally
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.report.verdicts import SUPPORTED
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.in_words import shares
from verifier.reproduction.panels import published_panels
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

RESULTS = "docs/README.md#the-paper-and-its-results"
SHARPENED = "docs/limits.md#r3-the-sharpened-direction"
SUM = "docs/limits.md#r2-the-signed-sum-of-samples"
AGREEMENT, DIRECTIONS = (
    "docs/agreement.md#where-they-fail",
    "docs/studies.md#directions-in-the-figures",
)

CLAIM = "claim-"
"""Before the name of a panel: the picture that shows what is observed."""
NTH = ("first", "second", "third")


def claim(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """What is observed, with how well g classifies where it does best in a figure, beside f."""
    name = str(card["pictures"][0]["name"]).removeprefix(CLAIM)
    f, g = (_means(rows, name, series) for series in for_readme.NETWORKS.values())
    best, beside = max(zip(g, f, strict=True))
    return (
        "Attack a trained network *f* towards random labels, and train another, *g*, on nothing "
        "but the perturbations under those labels: *g* still classifies clean data. On "
        f"[{_short(title(published_panels()[name]))}](docs/gpu.md) it gets up to "
        f"{best:.1%} right, *f* {beside:.1%}."
    )


def _means(rows: list[for_readme.Row], panel: str, series: str) -> list[float]:
    return [row["mean"] for row in rows if (row["panel"], row["series"]) == (panel, series)]


def cost(content: dict[str, Any]) -> str:
    """What the commands need and how long the newest run took."""
    about, spent = content["run"]["about"], content["wall_time"]
    return (
        "Needed: make, Python 3.11 to 3.13 and, on Linux without `CPU=1`, several GB "
        "([setup](#setup)). `make verify` ends with an HTML report; after setup its newest run "
        f"took {spent['wall']:.0f} s in {about['processes']} processes."
    )


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers, a paragraph each; `card`: what is kept of the figures' run on a GPU."""
    every = statements_of(content)
    return "\n\n".join([_holds(content, every), _how_sure(content, every), _fits(every, card)])


def _holds(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    supported, *_ = tally(every)
    counts = by_basis(every)
    own, left_open = (said.split(" of ") for said in counted(content["coverage"]))
    return (
        f"**What holds:** {_of(supported, len(every))} statements, each checked on many random "
        f"draws: {counts[EXACT]} are [exact](docs/{BACKING}) by proof or definition, "
        f"{plural(counts[LIMIT], LIMIT)} of wide networks, {plural(counts[HEURISTIC], HEURISTIC)} "
        f"that only tests support. They cover {_of(*own)} [results of the paper]({RESULTS}) and "
        f"touch {_of(*left_open)} questions it leaves open."
    )


def _of(found: int | str, of: int | str) -> str:
    return f"all {of}" if str(found) == str(of) else f"{found} of {of}"


def _how_sure(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    return (
        f"**How sure:** of codes and formulas broken on purpose the checks refuted {_seen(every)}. "
        f"The statistical tests refute a true statement in at most {_rate(content)} runs ([other "
        f"false alarms](docs/{BAD_LUCK}) have no proved rate). Passing supports a statement; it "
        "does not prove it."
    )


def _seen(every: list[dict[str, Any]]) -> str:
    """Every control of this version if a full run refuted them, else those that this run tried."""
    _, refuted, tried = tally(every)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    is_whole = bool(certificate.kept()) and refuted == tried
    return f"all {known}" if is_whole else f"{refuted} of the {tried} tried"


def _rate(content: dict[str, Any]) -> str:
    return f"one of {1 / content['false_alarms']['budget']:,.0f}"


def on_a_phone(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers for the site's front page, a phone's screen in all; links are of docs."""
    every = statements_of(content)
    counts = by_basis(every)
    own, _ = (said.split(" of ") for said in counted(content["coverage"]))
    against = [f"[the published direction]({SHARPENED})"] * is_against_the_direction(every)
    if card and (scattered := len(drawn.scattered(card))):
        against += [
            f"[published values of g](docs/{one_draw.PAGE}) in {plural(scattered, 'figure')}",
            f"[predicted agreement]({AGREEMENT}) after long training",
        ]
    told = failed(every) or "no statement failed"
    told += f"; of the paper these do not: {', '.join(against)}" if against else ""
    said = [
        f"**What holds:** {_of(tally(every)[0], len(every))} statements: {counts[EXACT]} exact by "
        f"proof or definition, {plural(counts[LIMIT], LIMIT)} of wide networks, "
        f"{plural(counts[HEURISTIC], HEURISTIC)}. They cover {_of(*own)} results of the paper.",
        f"**How sure:** of codes and formulas broken on purpose {_seen(every)} were refuted. "
        f"Statistical tests refute a true statement in at most {_rate(content)} runs. Passing "
        "supports a statement; it does not prove it.",
        f"**What does not fit:** {told} ([counts and causes](#what-does-not-fit)).",
    ]
    return "\n\n".join(said).replace("](docs/", "](")


def _fits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    told = f"**What does not fit:** {failed(every) or 'no statement failed'}"
    said = misfits(card, for_readme.read(CARD / drawn.VALUES)) if card else []
    said = [*_against_the_direction(every), *said]
    if not said:
        return f"{told}."
    where = " ([its figures, trained again on a GPU](docs/gpu.md))" if card else ""
    return "\n".join([f"{told}; of the paper, not all fits{where}:", "", bullets(said)])


def _against_the_direction(every: list[dict[str, Any]]) -> list[str]:
    return is_against_the_direction(every) * [
        f"**The published direction:** wide networks' gradients do not tend to it ([R3]({SHARPENED}"
        f")), though the [samples' part]({SUM}) does. Cause: neurons that switch on or off in "
        "training."
    ]


def is_against_the_direction(every: list[dict[str, Any]]) -> bool:
    """Whether the run supports the statement that gradients go elsewhere."""
    return any(s["id"] == "R3" and s["verdict"] == SUPPORTED for s in every)


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """What of the figures does not fit or cannot be judged, each with its cause if it is known."""
    if not card["summary"]["g"]["chaotic"]:
        return []
    return [_published_g(card), _predictions(card, rows), *_weak(card)]


def _published_g(card: dict[str, Any]) -> str:
    figures = drawn.scattered(card)
    above = ", ".join(
        f"at {one['g']['above']} of {one['g']['chaotic']} in *{_short(one['title'])}*"
        for one in figures
    )
    found = one_draw.of_figures(card)
    outside, of = (sum(one["g"][k] for one in figures) for k in ("outside", "chaotic"))
    told = (
        f"**Published values of g lie to one side:** above our means {above} (by chance: half); "
        f"{outside / of:.0%} lie outside the band of one more run of ours (by chance: "
        f"{1 - LEVEL:.0%})."
    )
    if not found:
        return f"{told} Cause: not known."
    as_far = ", ".join(
        f"{one.as_far} of {'our ' if not k else ''}{one.seeds}{' draws lie' if not k else ''} as "
        f"{'high' if one.is_above else 'low'} in the {NTH[k]}"
        for k, one in enumerate(found[: len(NTH)])
    )
    own = f": {as_far}" if all(one.as_far for one in found) else ""
    return f"{told} Likely cause: [each figure is one random draw](docs/{one_draw.PAGE}){own}."


def _short(title: str) -> str:
    return for_readme.in_scenario_a(title)


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    both = for_readme.pairs(rows)
    far = [
        f"[how often f and g agree]({AGREEMENT}) at {len(both) - for_readme.near(both)} of "
        f"{len(both)} points"
    ]
    far += [
        f"[the cosine of perturbations]({DIRECTIONS}) at {r['far']} of {r['stable']}"
        for r in card["summary"]["predicted"]
        if r["series"] == "cossim" and r["far"]
    ]
    return (
        f"**Predictions miss by more than {NEAR}:** {', '.join(far)}. Likely cause: training too "
        "long for the width."
    )


def _weak(card: dict[str, Any]) -> list[str]:
    """What the values of g that could be judged show; nothing if no wrong ones were put there."""
    g, tried = card["summary"]["g"], shares(card["summary"], 0)
    if not g["stable"] or not tried:
        return []
    fit = f"{_of(g['matched'], g['stable'])} published values fit"
    counts = card["summary"]["unjudged_of_g"].values()
    values, off = (sum(of[k] for of in counts) for k in (0, 1))
    weak = (
        f"**Weak evidence:** where g hardly changes with the seed, {fit}, but so would at least "
        f"{min(tried):.0%} of wrong ones."
    )
    never = (
        f"**Not judged:** {off} of {values} further values of g look off, but too few seeds were "
        "run to tell. Cause: not known."
    )
    return [weak, *([never] if off else [])]
