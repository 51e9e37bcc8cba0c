"""README's first screen: what holds, how sure that is and what does not fit, in a minute.

It has the few numbers that answer that; docs/newest-run.md and docs/gpu.md have them all.
"""

from __future__ import annotations

from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.for_readme import CHANCE
from benchmarks.gpu.markdown import bullets
from docs.misfits import RESULTS, against_the_direction, misfits, of_all, short, weak
from docs.run_in_words import BACKING, BAD_LUCK, CARD, by_basis, failed, plural, tally
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.reproduction import one_draw
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.curves import title
from verifier.reproduction.panels import published_panels
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

BROKEN = "deliberately broken implementations and formulas"


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
            f" How well depends on the draw: in {by_chance} of {one.seeds} random draws of "
            f"[{short(one.title)}](docs/{one_draw.PAGE}) it stays near {CHANCE:.0%}."
        )
    return told


def in_a_line(content: dict[str, Any], card: dict[str, Any]) -> str:
    """The verdict before any detail: of the statements, of the paper's results, of its figures."""
    every = statements_of(content)
    supported, *_ = tally(every)
    said = [f"{of_all(supported, len(every))} statements hold"]
    if against_the_direction(every):
        said.append("one result of the paper needs a correction")
    g = card["summary"]["g"]
    if weak(card):
        said.append(
            f"{of_all(g['matched'], g['stable'])} values of g in its figures that can be judged "
            "fit, but that is a weak test"
        )
    told = "; ".join(said)
    return f"**{told[0].upper()}{told[1:]}.**"


def _by_x(rows: list[for_readme.Row], panel: str, series: str) -> dict[float, float]:
    """The means of one series of a panel."""
    return {r["x"]: r["mean"] for r in rows if (r["panel"], r["series"]) == (panel, series)}


def cost(content: dict[str, Any]) -> str:
    """What the commands need and how long the newest run took."""
    about, spent = content["run"]["about"], content["wall_time"]
    return (
        "Run these in a clone, with Python 3.11 to 3.13. The setup takes minutes "
        f"(`make verify CPU=1` leaves CUDA out), the run {spent['wall']:.0f} s on "
        f"{about['processes']} cores. It ends with an HTML report."
    )


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """The three answers, one after another; `card`: what is kept of the figures' run on a GPU."""
    every = statements_of(content)
    return "\n\n".join(
        [_holds(content, every), _how_sure(content, every, card), _fits(every, card)]
    )


def _holds(content: dict[str, Any], every: list[dict[str, Any]]) -> str:
    supported, *_ = tally(every)
    counts = by_basis(every)
    own, left_open = (said.split(" of ") for said in counted(content["coverage"]))
    corrected = " (one corrected below)" if against_the_direction(every) else ""
    papers = sum(_is_the_papers(s["id"]) for s in every)
    return (
        f"**What holds:** {of_all(supported, len(every))} statements, each on many random "
        f"draws: {counts[EXACT]} are [exact](docs/{BACKING}) by proof or definition, "
        f"{plural(counts[LIMIT], LIMIT)} of wide networks, {plural(counts[HEURISTIC], HEURISTIC)} "
        f"that only tests support. {papers} carry the paper's results, "
        f"{len(every) - papers} are additions of this project: together they cover {of_all(*own)} "
        f"[results of the paper]({RESULTS}){corrected} and touch {of_all(*left_open)} questions it "
        "leaves open."
    )


def _is_the_papers(name: str) -> bool:
    """Whether a result of the paper rests on this statement, not only a question it leaves open."""
    return any(not result.is_open for result in REGISTRY.statement(name).carries)


def _how_sure(
    content: dict[str, Any], every: list[dict[str, Any]], card: dict[str, Any] | None
) -> str:
    tested = sum(s["tests"] > 0 for s in every)
    told = (
        f"**Statements:** {_seen(every)}. {len(every) - tested} statements are checked draw by "
        f"draw, without statistics; the tests of the other {tested} together refute a true one "
        f"in at most {_rate(content)} runs. Most [other false alarms](docs/{BAD_LUCK}) have no "
        "proved rate. Passing supports a statement; it does not prove it."
    )
    said = filter(None, [told, weak(card) if card else ""])
    return f"**How sure:**\n\n{bullets(said)}"


def _seen(every: list[dict[str, Any]]) -> str:
    """How many controls were refuted: all, if a full run of this version did, else this run's."""
    _, refuted, tried = tally(every)
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    is_whole = bool(certificate.kept()) and refuted == tried
    if not is_whole:
        return f"the checks refuted {refuted} of the {tried} {BROKEN} that were tried"
    some = f" (`make verify` tries {tried} of them)" if tried < known else ""
    return f"in a full run the checks refuted all {known} {BROKEN}{some}"


def _rate(content: dict[str, Any]) -> str:
    return f"one of {1 / content['false_alarms']['budget']:,.0f}"


def _fits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    told = f"**What does not fit:** {failed(every) or 'no statement failed'}"
    said = misfits(card, for_readme.read(CARD / drawn.VALUES)) if card else []
    said = [*against_the_direction(every), *said]
    if not said:
        return f"{told}."
    where = " ([its figures, trained again](docs/gpu.md))" if card else ""
    return "\n".join([f"{told}; of the paper, not all fits{where}:", "", bullets(said)])
