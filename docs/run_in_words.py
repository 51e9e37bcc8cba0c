"""What README and docs say of a run, in sentences and tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.gpu import answers, drawn, for_readme
from benchmarks.gpu.markdown import bullets, table
from docs.misfits import against_the_direction
from verifier.report import supported_for
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.report.facts import EXACT as OF_ZERO
from verifier.report.facts import facts
from verifier.report.summary import summarise
from verifier.report.table_of_chapters import NUMBERS
from verifier.report.verdicts import SUPPORTED
from verifier.statements import EXACT, HEURISTIC, LIMIT, REGISTRY
from verifier.suite import certificate

ROOT = Path(__file__).parents[1]
CARD = ROOT / "docs" / "gpu" / "figures"
"""What is kept of the figures' run on a GPU."""

BACKING = "README.md#what-backs-a-statement"
BAD_LUCK = "reading-a-report.md#what-can-end-a-run-red-by-bad-luck"

NO_ERROR = "none"
"""For an error of 0."""

CORRECTION = "limits.md#r3-the-sharpened-direction"
TERMINAL = 80
"""Columns that the end of a run is quoted at."""


def tally(statements: list[dict[str, Any]]) -> tuple[int, int, int]:
    """How many are supported, and how many of their controls were refuted, of how many tried."""
    refuted, tried = (sum(s[k] for s in statements) for k in ("controls_refuted", "controls"))
    return sum(s["verdict"] == SUPPORTED for s in statements), refuted, tried


def backed(statements: list[dict[str, Any]]) -> str:
    """How many are exact, limits and heuristics: what is known of them beside a run."""
    counts = by_basis(statements)
    known = f"[exact]({BACKING}), by proof or definition"
    told = [f"{counts[EXACT]} {known}"] if counts[EXACT] else []
    more = {LIMIT: " of wide networks", HEURISTIC: " (tests alone support them)"}
    told += [f"{plural(counts[b], b)}{more[b]}" for b in (LIMIT, HEURISTIC) if counts[b]]
    return ", ".join(told)


def by_basis(statements: list[dict[str, Any]]) -> Counter[str]:
    """How many statements each kind of backing has."""
    return Counter(REGISTRY.statement(s["id"]).basis for s in statements)


def plural(count: int, what: str) -> str:
    """A count with its noun."""
    return f"{count} {what}{'s' * (count > 1)}"


def _misfits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    """What of the paper, a bullet each, and of its figures, a row each, does not fit."""
    told = "\n  - ".join(against_the_direction(every)).replace("](docs/", "](")
    said, where, off = [told] if told else [], "", ""
    if card and (figures := list(answers.against(card, for_readme.read(CARD / drawn.VALUES)))):
        said += answers.weak_evidence(card["summary"])
        where = " ([its figures, trained again on a GPU](gpu.md))"
        off = f"\n\n{table(answers.HEADS, figures)}"
    return f"; of the paper, not all fits{where}:\n\n{bullets(said)}{off}" if said else "."


def verdict(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """What held, how sure that is and what failed, a paragraph each; when the run was made."""
    every = statements_of(content)
    supported, refuted, tried = tally(every)
    own, left_open = counted(content["coverage"])
    said = [
        f"**What holds:** {supported} of {len(every)} statements: {backed(every)}. "
        f"They cover {own} results of the paper and touch {left_open} questions it leaves open.",
        f"**How sure:** of *controls*, codes and formulas broken on purpose, {refuted} of {tried} "
        f"that it tried were refuted{_beside_all(tried)}. All "
        "statistical tests of a run together refute a true statement in at most one of "
        f"{1 / content['false_alarms']['budget']:,.0f} runs ([other bad luck]"
        f"({BAD_LUCK}) apart).",
        f"**What does not fit:** {failed(every) or 'no statement failed'}{_misfits(every, card)}",
        made(content),
    ]
    return "\n\n".join(said)


def made(content: dict[str, Any]) -> str:
    """When and where the run was made, and how long it took."""
    about, spent = content["run"]["about"], content["wall_time"]
    return (
        f"This run took {spent['wall']:.0f} s in {about['processes']} processes, "
        f"{about['started'][:10]}, commit {about['commit']}."
    )


def worst(found: dict[str, Any]) -> str:
    """The largest error of a run, and which comparison it is of."""
    return (
        f"The worst error is {found['error']:.2g} of what {found['allows']} allows, where above 1 "
        f"would refute: {found['id']}, {found['words']}."
    )


def _beside_all(tried: int) -> str:
    """How many controls there are beside those that were tried."""
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    if tried >= known:
        return ""
    if certificate.kept():
        return f"; a full run of this version refuted all {known}"
    return f"; each run tries some of all {known}, by its seed"


def failed(every: list[dict[str, Any]]) -> str:
    """Which statements are not supported; empty if all are."""
    return ", ".join(f"{s['id']} is {s['verdict']}" for s in every if s["verdict"] != SUPPORTED)


def holds(chapter: dict[str, Any], page: str, misfit: str = "") -> str:
    """What the run found of one chapter, for the head of its page: in all, and a row for each.

    Rows are in the order of the page. Where not all are exact, a row says which are not.
    `misfit`: what does not fit.
    """
    found = chapter["statements"]
    supported, refuted, tried = tally(found)
    bases = {s["id"]: REGISTRY.statement(s["id"]).basis for s in found}
    mixed = len(set(bases.values())) > 1
    lines = [
        f"**What holds:** {supported} of {len(found)} statements of this chapter in the "
        f"[newest run](newest-run.md): {backed(found)}.",
        "",
        f"**How sure:** the run refuted {refuted} of the {tried} *controls* that it tried, codes "
        f"and formulas broken on purpose{_of_more(found, tried)}. *Error*: in units of what "
        f"rounding or chance allows; above 1 it would refute{_of_zero(found)}.",
        "",
        misfit
        or f"**What does not fit:** {failed(found) or 'nothing was refuted'}{_corrects(found)}.",
        "",
        "| | what it says | error | controls tried in this run |",
        "|---|---|--:|--:|",
    ]
    for s in sorted(found, key=lambda s: page.index(f"# {s['id']}: ")):
        said = s["plain"] if s["verdict"] == SUPPORTED else f"**{s['verdict']}:** {s['plain']}"
        basis = bases[s["id"]]
        said += f" *{basis}*" if mixed and basis != EXACT and f"({basis})" not in said else ""
        cells = _numbers(s, ("error", "controls"))
        row = [f"[{s['id']}](#{_anchor(s['id'], page)})", said, *cells]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def _corrects(found: list[dict[str, Any]]) -> str:
    """That a statement of a chapter corrects the paper, if one does."""
    return f"; [R3 corrects the paper]({CORRECTION})" if against_the_direction(found) else ""


def _of_more(found: list[dict[str, Any]], tried: int) -> str:
    """That a run tries only some of a chapter's controls, which its page counts; or nothing."""
    known = sum(len(REGISTRY.controls_of(s["id"])) for s in found)
    return f" (of {known}; each run tries some)" if tried < known else ""


def _anchor(statement: str, page: str) -> str:
    """Where a page's heading that begins with this id is found, as GitHub and MyST have it."""
    (heading,) = re.findall(rf"^##+ ({statement}: .*)$", page, re.M)
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def listed(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """What the run found, a row for each statement, and how it ends on a terminal."""
    lines = [
        verdict(content, card),
        "",
        "## A line for each statement",
        "",
        "An id leads to the proof. The columns:",
        "",
        *columns(content),
        "",
        worst(content["worst"]),
        "",
        "| | statement | draws | error | controls |",
        "|---|---|--:|--:|--:|",
    ]
    for chapter in content["chapters"]:
        lines.append(f"| | **{chapter['name']}** | | | |")
        for s in chapter["statements"]:
            numbers = " | ".join(_numbers(s, NUMBERS))
            page = ROOT / REGISTRY.statement(s["id"]).proof
            proof = f"{page.name}#{_anchor(s['id'], page.read_text(encoding='utf-8'))}"
            lines.append(f"| [{s['id']}]({proof}) | {s['plain']} | {numbers} |")
    lines += ["", "Where a fault could hide, and what was not counted:", ""]
    lines += [f"- **{name}:** {told}" for name, told in uncounted(content).items()]
    shown = f"```text\n{summarise(content, TERMINAL).strip()}\n```"
    title = "<summary>The same as a terminal shows it</summary>"
    return "\n".join([*lines, "", f"<details>{title}", "", shown, "", "</details>"])


def columns(content: dict[str, Any]) -> list[str]:
    """What the numbers of each statement mean."""
    meaning = {column["name"]: column["meaning"] for column in content["columns"]}
    meaning["error"] += _of_zero(statements_of(content))
    return [f"- **{name}:** {meaning[name]}" for name in NUMBERS]


def _numbers(statement: dict[str, Any], names: Iterable[str]) -> list[str]:
    """Cells of a statement's row; of an error of 0 in a word, as the number reads like a fault."""
    cells = {name: statement["cells"][name] or "-" for name in names}
    return [NO_ERROR if (name, cell) == ("error", "0") else cell for name, cell in cells.items()]


def _of_zero(found: list[dict[str, Any]]) -> str:
    """What an error of 0 means, if there is one: that something was compared, all the same."""
    return f"; *{NO_ERROR}*: {OF_ZERO}" if any(s["cells"]["error"] == "0" for s in found) else ""


def uncounted(content: dict[str, Any]) -> dict[str, str]:
    """What was not counted, and where a fault could hide, beside what `verdict` says."""
    told = facts(content, statements_of(content))
    said = ("error", "controls", "the paper")
    return {name: text for name, text in told.items() if name not in said}


def claims(content: dict[str, Any]) -> str:
    """Of each statement, the sizes it was supported on and the smallest error noticed there."""
    every = statements_of(content)
    return f"{supported_for.sizes(every)}\n\n{supported_for.errors(every)}"
