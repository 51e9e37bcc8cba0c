"""README's first screen: what holds, how sure that is and what does not fit, in a minute.

It has the few numbers that answer that; docs/newest-run.md and docs/gpu.md have them all.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import drawn, for_readme
from docs.run_in_words import BACKING, BAD_LUCK, CARD, by_basis, failed, plural, tally
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.in_words import shares
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

RESULTS = "docs/README.md#the-paper-and-its-results"
SHARPENED = "docs/limits.md#r3-the-sharpened-direction"
AGREEMENT, DIRECTIONS = (
    "docs/agreement.md#where-they-fail",
    "docs/studies.md#directions-in-the-figures",
)


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers, a paragraph each; `card`: what is kept of the figures' run on a GPU."""
    every = statements_of(content)
    return "\n\n".join([_holds(content, every), _how_sure(content, every), _fits(every, card)])


def _holds(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    supported, *_ = tally(every)
    counts = by_basis(every)
    kinds = [
        f"{counts[EXACT]} are [exact](docs/{BACKING}) by proof or definition",
        f"{plural(counts[LIMIT], LIMIT)} of wide networks",
        f"and {plural(counts[HEURISTIC], HEURISTIC)}, which only tests support",
    ]
    own, left_open = (said.split(" of ") for said in counted(content["coverage"]))
    return (
        f"**What holds:** {_of(supported, len(every))} statements, each a claim checked on many "
        f"random draws: {', '.join(kinds)}. "
        f"They cover {_of(*own)} [results of the paper]({RESULTS}) and say something on "
        f"{_of(*left_open)} questions that it leaves open."
    )


def _of(found: int | str, of: int | str) -> str:
    return f"all {of}" if str(found) == str(of) else f"{found} of {of}"


def _how_sure(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    """Every control of this version if a full run refuted them, else those that this run tried."""
    _, refuted, tried = tally(every)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    is_whole = bool(certificate.kept()) and refuted == tried
    seen = f"all {known}" if is_whole else f"{refuted} of the {tried} tried"
    at_most = f"{1 / content['false_alarms']['budget']:,.0f}"
    return (
        f"**How sure:** of codes and formulas broken on purpose the checks refuted {seen}. The "
        f"statistical tests refute a true statement in at most one of {at_most} runs (for [other "
        f"false alarms](docs/{BAD_LUCK}) no rate is proved). Checks that pass support a statement; "
        "they do not prove it."
    )


def _fits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    told = f"**What does not fit:** {failed(every) or 'no statement failed'}"
    said = misfits(card, for_readme.read(CARD / drawn.VALUES)) if card else []
    if not said:
        return f"{told}."
    against = (
        f" One of them, [R3]({SHARPENED}), says that wide networks' gradients do not tend to the "
        "published direction."
    )
    where = (
        " The paper's figures (accuracies, and how often f and g agree), [trained again on a "
        "GPU](docs/gpu.md), do not all fit"
    )
    where = f"{told}.{'' if failed(every) else against}{where}:"
    return "\n".join([where, "", *(f"- {one}" for one in said)])


def misfits(card: dict[str, Any], rows: list[for_readme.Row]) -> list[str]:
    """What of the figures does not fit or cannot be judged, each with its cause if it is known."""
    if not card["summary"]["g"]["chaotic"]:
        return []
    return [_published_g(card), _predictions(card, rows), *_weak(card)]


def _published_g(card: dict[str, Any]) -> str:
    counts = [one["g"] for one in drawn.scattered(card)]
    names = ["of one figure", "of another", *["of a further one"] * len(counts)]
    above = ", ".join(
        f"at {g['above']} of {g['chaotic']} {'' if k else 'values '}{name}"
        for k, (g, name) in enumerate(zip(counts, names, strict=False))
    )
    found = one_draw.of_figures(card)
    outside, of = (sum(g[k] for g in counts) for k in ("outside", "chaotic"))
    told = (
        "**Published values of g are not centred on ours:** above our means "
        f"{above} (by chance: half); {outside / of:.0%} lie outside our seeds' band (by chance: "
        f"{1 - LEVEL:.0%})."
    )
    if not found:
        return f"{told} Cause: not known."
    as_far = " and ".join(str(one.as_far) for one in found)
    own = f"; of our {found[0].seeds} draws {as_far} lie as far off in them"
    own = own if all(one.as_far for one in found) else ""
    cause = f"[each figure is one random draw](docs/{one_draw.PAGE})"
    return f"{told} Likely cause: {cause}{own}."


def _predictions(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    both = for_readme.pairs(rows)
    outliers = sum(abs(ours - theory) > for_readme.OUTLIER for theory, ours in both)
    far = [
        f"[how often f and g agree]({AGREEMENT}) at {len(both) - for_readme.near(both)} of "
        f"{len(both)} points (by more than {for_readme.OUTLIER} at {outliers})"
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
        f"**Not judged:** {off} of {values} further values of g would be off if it hardly changed "
        "with the seed; ten seeds were never run there. Cause: not known."
    )
    return [weak, *([never] if off else [])]
