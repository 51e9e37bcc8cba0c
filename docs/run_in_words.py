"""What README and docs say of a run, in sentences and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.page import bullets
from verifier.report import supported_for
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.report.facts import facts
from verifier.report.summary import summarise
from verifier.report.table_of_chapters import NUMBERS
from verifier.report.verdicts import SUPPORTED
from verifier.statements import REGISTRY
from verifier.suite import certificate

ROOT = Path(__file__).parents[1]
CARD = ROOT / "docs" / "gpu" / "figures"
"""What is kept of the figures' run on a GPU."""

BAD_LUCK = "docs/reading-a-report.md#what-can-end-a-run-red-by-bad-luck"

PHONE = 62
"""Columns of small type that a phone shows."""


def tally(statements: list[dict[str, Any]]) -> tuple[int, int, int]:
    """How many are supported, and how many of their controls were refuted, of how many tried."""
    refuted, tried = (sum(s[k] for s in statements) for k in ("controls_refuted", "controls"))
    return sum(s["verdict"] == SUPPORTED for s in statements), refuted, tried


def opening(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """What holds, how sure that is, and what does not fit."""
    every = statements_of(content)
    supported, refuted, tried = tally(every)
    own, left_open = counted(content["coverage"])
    alarms = content["false_alarms"]
    return (
        f"**What holds:** {supported} of {len(every)} statements, which cover {own} results of the "
        f"paper, as we number them, and {left_open} questions that it leaves open.\n\n"
        f"**How sure:** {refuted} of {tried} *controls* tried, codes and formulas made wrong on "
        f"purpose, were refuted{_beside_all(tried)}. The largest error of any statement is "
        f"{content['worst']['error']:.2g} of what {content['worst']['allows']} allows. The "
        f"{alarms['tests']} statistical tests together refute a true statement in at most one of "
        f"{1 / alarms['budget']:,.0f} runs ([other bad luck]({BAD_LUCK}) not counted).\n\n"
        f"**What does not fit:** {_failed(every) or 'no statement failed'}{_misfits(card)}"
    )


def _misfits(card: dict[str, Any] | None) -> str:
    """What of the paper's figures does not fit or cannot be judged, a bullet each."""
    if card is None:
        return "."
    said = drawn.misfits(card, for_readme.read(CARD / drawn.VALUES), "docs/")
    said += drawn.never_judged(card)
    where = f"the paper's figures, trained again on one {card['card']}"
    return f"; but in {where}:\n\n{bullets(said)}" if said else "."


def chapters(content: dict[str, Any]) -> str:
    """A line for each chapter, and when and where the run was made; on a phone, a screen in all."""
    lines = []
    for chapter in content["chapters"]:
        found = chapter["statements"]
        page = REGISTRY.statement(found[0]["id"]).proof
        supported, refuted, tried = tally(found)
        missed = "" if refuted == tried else f" ({refuted} of {tried} controls)"
        lines.append(
            f"- **[{chapter['name']}]({page})**, {supported} of {len(found)}{missed}. "
            f"{chapter['about']}"
        )
    return "\n".join([*lines, "", made(content)])


def verdict(content: dict[str, Any]) -> str:
    """What held, how sure that is and what failed, a bullet each; when the run was made."""
    every = statements_of(content)
    supported, refuted, tried = tally(every)
    own, left_open = counted(content["coverage"])
    said = [
        f"**What holds:** {supported} of {len(every)} statements. {own} results of the paper are "
        f"covered, and {left_open} questions it leaves open.",
        f"**How sure:** {refuted} of {tried} negative controls (broken codes, altered formulas) "
        f"that it tried were refuted{_beside_all(tried)}. {worst(content['worst'])} All "
        "statistical tests of a run together refute a true statement in at most "
        f"{content['false_alarms']['budget']:g} of runs; [what else bad luck can do]"
        f"({BAD_LUCK.removeprefix('docs/')}) is not in this.",
        f"**What failed:** {_failed(every) or 'no statement'}; what does not fit of [the paper's "
        "figures](#the-papers-figures) is below.",
    ]
    return f"{bullets(said)}\n\n{made(content)}"


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


def _failed(every: list[dict[str, Any]]) -> str:
    """Which statements are not supported; empty if all are."""
    return ", ".join(f"{s['id']} is {s['verdict']}" for s in every if s["verdict"] != SUPPORTED)


def holds(chapter: dict[str, Any], page: str) -> str:
    """What the run found of one chapter, for the head of its page: in all, and a row for each."""
    found = chapter["statements"]
    supported, refuted, tried = tally(found)
    lines = [
        f"**{supported} of {len(found)}** statements of this chapter are supported in the "
        f"[newest run](newest-run.md), and {refuted} of the {tried} negative controls (broken "
        "codes, altered formulas) that it tried were refuted. "
        "Errors are in units of what rounding or chance allows: one above 1 would refute, at 0 "
        "nothing of it was needed.",
        "",
        "| | what it says | error | controls |",
        "|---|---|--:|--:|",
    ]
    for s in found:
        said = s["plain"] if s["verdict"] == SUPPORTED else f"**{s['verdict']}:** {s['plain']}"
        cells = " | ".join(s["cells"][name] or "-" for name in ("error", "controls"))
        lines.append(f"| [{s['id']}](#{_anchor(s['id'], page)}) | {said} | {cells} |")
    return "\n".join(lines)


def _anchor(statement: str, page: str) -> str:
    """Where a page's heading that begins with this id is found, as GitHub and MyST have it."""
    (heading,) = re.findall(rf"^##+ ({statement}: .*)$", page, re.M)
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def listed(content: dict[str, Any]) -> str:
    """What the run found, a row for each statement, and how it ends on a terminal."""
    lines = [
        verdict(content),
        "",
        "Beside that:",
        "",
        *(f"- **{name}:** {told}" for name, told in uncounted(content).items()),
        "",
        "In the table an id leads to the proof. Its columns:",
        "",
        *columns(content),
        "",
        "| | statement | draws | error | controls |",
        "|---|---|--:|--:|--:|",
    ]
    for chapter in content["chapters"]:
        lines.append(f"| | **{chapter['name']}** | | | |")
        for s in chapter["statements"]:
            numbers = " | ".join(s["cells"][name] or "-" for name in NUMBERS)
            page = ROOT / REGISTRY.statement(s["id"]).proof
            proof = f"{page.name}#{_anchor(s['id'], page.read_text(encoding='utf-8'))}"
            lines.append(f"| [{s['id']}]({proof}) | {s['plain']} | {numbers} |")
    shown = f"```text\n{summarise(content, PHONE).strip()}\n```"
    title = "<summary>The same as a terminal shows it</summary>"
    return "\n".join([*lines, "", f"<details>{title}", "", shown, "", "</details>"])


def columns(content: dict[str, Any]) -> list[str]:
    """What the numbers of each statement mean."""
    meaning = {column["name"]: column["meaning"] for column in content["columns"]}
    return [f"- **{name}:** {meaning[name]}" for name in NUMBERS]


def uncounted(content: dict[str, Any]) -> dict[str, str]:
    """What was not counted, and where a fault could hide, beside what `verdict` says."""
    told = facts(content, statements_of(content))
    said = ("error", "controls", "the paper")
    return {name: text for name, text in told.items() if name not in said}


def claims(content: dict[str, Any]) -> str:
    """Of each statement, the sizes it was supported on and the smallest error noticed there."""
    every = statements_of(content)
    return f"{supported_for.sizes(every)}\n\n{supported_for.errors(every)}"
