"""README's first screen: what holds, how sure that is and what does not fit, in a minute.

It has the few numbers that answer that; docs/newest-run.md and docs/gpu.md have them all.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.for_readme import CHANCE
from benchmarks.gpu.markdown import bullets
from docs.misfits import (
    RESULTS,
    SHARPENED,
    UNKNOWN,
    against_the_direction,
    misfits,
    nearer,
    of_all,
    predictor,
    short,
    weak,
)
from docs.rates import of_directions
from docs.run_in_words import BACKING, BAD_LUCK, CARD, by_basis, failed, plural, tally
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.panels import published_panels
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

FIGURES = "#the-papers-figures-trained-again"
"""README's part on them."""
BROKEN = "deliberately broken implementations and formulas"
DIRECTIONS = (
    '<img src="docs/pictures/directions.png" width="320" alt="What training adds to the gradient '
    'comes nearer to h as the width grows, and hardly nearer to s">'
)
"""The picture of docs/limits.md that shows the correction."""


def claim(card: dict[str, Any], rows: list[for_readme.Row]) -> str:
    """What is observed where the attack is largest: how well g does, and where it learns nothing.

    In README's first panel; and in how many of our draws of the first figure whose draws were
    looked at.
    """
    g = _by_x(rows, for_readme.SIZE, for_readme.NETWORKS["g"])
    where = f"[{short(title(published_panels()[for_readme.SIZE]))}](docs/gpu.md)"
    told = (
        "**What is seen:** attack a trained network *f* towards random labels, and train another, "
        "*g*, on the perturbations alone. It never sees a clean sample, and yet gets "
        f"{g[max(g)]:.1%} of *f*'s training samples right in {where}, where chance is "
        f"{CHANCE:.0%}."
    )
    for one in one_draw.of_figures(card)[:1]:
        _, accuracies = max(one.of_g)
        by_chance = sum(abs(accuracy - CHANCE) < NEAR for accuracy in accuracies)
        told += (
            f" How well depends on the draw: of {one.seeds} random draws of [{short(one.title)}]"
            f"(docs/{one_draw.PAGE}) {by_chance} {'stays' if by_chance == 1 else 'stay'} near "
            f"{CHANCE:.0%}."
        )
    return told


def in_a_line(content: dict[str, Any]) -> str:
    """The verdict before any detail: how many statements hold, and that one corrects the paper."""
    every = statements_of(content)
    supported, *_ = tally(every)
    held = of_all(supported, len(every)).capitalize()
    own, _ = (said.split(" of ") for said in counted(content["coverage"]))
    covered, corrected = int(own[0]), ""
    if against_the_direction(every):
        covered -= 1
        corrected = f"; one, its [direction of perturbations]({SHARPENED}), did"
    return (
        f"**{held} statements checked here hold, as far as tests show. Of the paper's {own[1]} "
        f"results {covered} needed no correction{corrected}.**"
    )


def _by_x(rows: list[for_readme.Row], panel: str, series: str) -> dict[float, float]:
    """The means of one series of a panel."""
    return {r["x"]: r["mean"] for r in rows if (r["panel"], r["series"]) == (panel, series)}


def cost(content: dict[str, Any]) -> str:
    """What the commands need and how long the newest run took."""
    about, spent = content["run"]["about"], content["wall_time"]
    return (
        "In a checkout of this repository, with Python 3.11 to 3.13 (tested in full on 3.11 "
        "alone), `make verify` sets all up in minutes (`CPU=1` leaves CUDA out). The run takes "
        f"{spent['wall']:.0f} s on {about['processes']} cores and ends with an HTML report."
    )


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers, one after another; `card`: what is kept of the figures' run on a GPU."""
    every = statements_of(content)
    return "\n\n".join(
        [_holds(content, every), _how_sure(content, every, card), *_fits(every, card)]
    )


def site_s_start(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers for the site's start, a bullet each that leads to more."""
    every = statements_of(content)
    supported, *_ = tally(every)
    own, _ = (said.split(" of ") for said in counted(content["coverage"]))
    misfit = [failed(every) or "no statement failed"]
    corrected = ""
    if against_the_direction(every):
        corrected = ", one with a correction"
        misfit += [f"[the paper's direction needs a correction]({SHARPENED.removeprefix('docs/')})"]
    if card:
        misfit += [f"[values of its figures are off](gpu.md), {_causes(card)}"]
    return bullets(
        [
            f"**What holds:** {of_all(supported, len(every))} statements, [each in a line]"
            f"(newest-run.md); they cover {of_all(*own)} "
            f"[results of the paper]({RESULTS.removeprefix('docs/')}){corrected}.",
            "**How sure:** [tests support, and do not prove](reading-a-report.md); "
            f"{_seen(every)}. That the figures fit is [weak evidence](gpu.md).",
            f"**What does not fit:** {'; '.join(misfit)}.",
        ]
    )


def _holds(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    supported, *_ = tally(every)
    counts = by_basis(every)
    own, left_open = (said.split(" of ") for said in counted(content["coverage"]))
    papers = sum(_is_the_papers(s["id"]) for s in every)
    return (
        f"**What holds:** {of_all(supported, len(every))} statements, each on many random draws: "
        f"{counts[EXACT]} [exact](docs/{BACKING}) by proof or definition, "
        f"{plural(counts[LIMIT], LIMIT)} of wide networks, {plural(counts[HEURISTIC], HEURISTIC)} "
        f"that only tests support. {papers} cover {of_all(*own)} [results of the paper]"
        f"({RESULTS}), {len(every) - papers} add to them; {of_all(*left_open)} questions it leaves "
        "open are answered in part."
    )


def _is_the_papers(name: str) -> bool:
    """Whether a result of the paper rests on this statement, not only a question it leaves open."""
    return any(not result.is_open for result in REGISTRY.statement(name).carries)


def _how_sure(
    content: dict[str, Any], every: list[dict[str, Any]], card: dict[str, Any] | None
) -> str:
    tested = sum(s["tests"] > 0 for s in every)
    said = [
        f"**Broken codes:** {_seen(every)}.",
        f"**False alarms:** {len(every) - tested} statements need no statistics; the tests of the "
        f"other {tested} together refute a true one in at most {_rate(content)} runs. Rounding "
        f"can fail one, too; [how often](docs/{BAD_LUCK}) is mostly unknown.",
        *filter(None, [weak(card) if card else ""]),
    ]
    return f"**How sure:** passing supports a statement; it does not prove it.\n\n{bullets(said)}"


def _seen(every: list[dict[str, Any]]) -> str:
    """How many controls were refuted: all, if a full run of this version did, else this run's."""
    _, refuted, tried = tally(every)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    if not certificate.kept() or refuted < tried:
        return f"the checks refuted {refuted} of the {tried} {BROKEN} that were tried"
    these = f"; `make verify` tries {tried}" if tried < known else ""
    return f"in a full run the checks refuted all {known} {BROKEN}{these}"


def _rate(content: dict[str, Any]) -> str:
    return f"one of {1 / content['false_alarms']['budget']:,.0f}"


def _causes(card: dict[str, Any]) -> str:
    """Of what is off, each cause once."""
    found = misfits(card, for_readme.read(CARD / drawn.VALUES))
    causes = list(dict.fromkeys(one.cause for one in found))
    known = " or ".join(c for c in causes if c != UNKNOWN)
    return f"likely {known}" + ("; of some it is not known why" if UNKNOWN in causes else "")


def _fits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> list[str]:
    direction = against_the_direction(every)
    opened = f"**What does not fit:** {failed(every) or 'no statement failed'}."
    said = [" ".join([opened, *direction[:1]])]
    if direction:
        measured = f"{of_directions(every)}. Labels are random; with labels by class, {nearer()}."
        figures = (
            [f"**In the figures:** [values are off]({FIGURES}), {_causes(card)}."] if card else []
        )
        said += [bullets(direction[1:]), f"{DIRECTIONS}<br>*{measured}*"]
        said += [bullets([predictor(), *figures])]
    return said
