"""Put the newest runs' results between the markers of README and docs: none of it is typed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from verifier.errors import InputError
from verifier.evidence.folders import REPRODUCTIONS, latest_run
from verifier.evidence.record import Record
from verifier.report import supported_for
from verifier.report.benchmark import (
    LIBRARY,
    Timings,
    error_of,
    growth_line,
    ratios_of,
    read,
    show,
)
from verifier.report.content import gather, statements_of
from verifier.report.coverage import counted
from verifier.report.facts import facts
from verifier.report.pictures import figure
from verifier.report.summary import NUMBERS, summarise
from verifier.report.terminal import render
from verifier.report.verdicts import NOT_RUN, SUPPORTED
from verifier.reproduction.gallery.page import relinked
from verifier.reproduction.in_markdown import in_markdown
from verifier.reproduction.in_words import in_short
from verifier.reproduction.panels import IMAGES
from verifier.reproduction.scales import LAPTOP, POINTS
from verifier.statements import REGISTRY
from verifier.suite import certificate

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for benchmarks, which is not installed

from benchmarks.gpu import drawn, for_readme  # noqa: E402

README = ROOT / "README.md"
RUN = ROOT / "docs" / "newest-run.md"
TIMES = ROOT / "docs" / "benchmarks.md"
CARD = ROOT / "docs" / "gpu" / "figures"
PICTURES = ROOT / "docs" / "pictures"
EXPLAINED = "explained.png"
"""Of a run that found images."""

PHONE = 62
"""Columns of small type that a phone shows."""

BENCHMARK = Path(".verifier/bench.json")
BESIDE = ("limit", "baseline")
SMALL = ("cache-sized", "memory-sized")
"""Shapes that are left out."""


def main() -> int:
    """Refuse a run that left statements out: a whole one is shown."""
    folder = latest_run()
    content = gather(Record.load(folder))
    left_out = [s["id"] for s in statements_of(content) if s["verdict"] == NOT_RUN]
    if left_out:
        print(f"{folder} did not run {', '.join(left_out)}: run `make verify` first")
        return 2
    table = "\n".join(line.rstrip() for line in render(content).strip("\n").splitlines())
    replace(README, "verdict", in_three_sentences(content, drawn.kept(CARD)))
    explain(content["example"])
    replace(README, "chapters", chapters(content))
    for chapter in content["chapters"]:
        page = ROOT / REGISTRY.statement(chapter["statements"][0]["id"]).proof
        replace(page, "holds", holds(chapter, page.read_text(encoding="utf-8")))
    replace(RUN, "summary", listed(content))
    replace(RUN, "claims", claims(content))
    replace(RUN, "report", f"```text\n{table}\n```")
    print(f"shown: {folder}")
    try:
        replace(TIMES, "benchmark", benchmark(read(BENCHMARK)))
        print(f"shown: {BENCHMARK}")
    except InputError as problem:
        print(f"{problem}: `make benchmark` makes it; its part is as it was")
    card = figures_of_a_card()
    gallery = REPRODUCTIONS / "laptop"
    if not (gallery / "gallery.json").exists():
        print(
            "no gallery at laptop scale yet, `verifier reproduce` makes it: its part is as it was"
        )
        return 0
    found = relinked(gallery)
    beside = beside_a_card(found, drawn.kept(CARD))
    replace(RUN, "reproduction", f"{beside}{in_markdown(found)}")
    if not card:
        replace(README, "figures", in_short(found))
    print(f"shown: {gallery}")
    return 0


def beside_a_card(found: dict[str, Any], card: dict[str, Any] | None) -> str:
    """That these figures are not the GPU's, and why their points are not as many."""
    if card is None:
        return ""
    here, there = found["points"], card["points"]
    fewer = (
        f" It counts {here} points and that one {there}: of a panel whose images are here only in "
        f"part, laptop scale has at most {POINTS[LAPTOP]}."
    )
    return (
        f"This is what two CPU cores do of it, not the run on {card['card']} that README quotes "
        f"([what that found](gpu.md#the-figures)).{fewer if here < there else ''}\n\n"
    )


def figures_of_a_card() -> bool:
    """Show what the figures' run on a GPU found, and say whether there was one."""
    shown = drawn.kept(CARD)
    if shown:
        rows = for_readme.read(CARD / drawn.VALUES)
        for_readme.draw(rows, PICTURES)
        said = for_readme.captions(rows, shown), drawn.in_three_sentences(shown)
        replace(README, "figures", "\n\n".join(said))
    return shown is not None


def replace(page: Path, part: str, text: str) -> None:
    """Put `text` between the markers of `part`."""
    begin, end = f"<!-- {part}: begin (make readme) -->", f"<!-- {part}: end -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def explain(example: dict[str, Any] | None) -> None:
    """Draw what a perturbation is made of, if the run had an image to show."""
    if example and example["configuration"]["data"]["family"] in IMAGES:
        figure(example).savefig(PICTURES / EXPLAINED)


def in_three_sentences(content: dict[str, Any], card: dict[str, Any] | None) -> str:
    """What holds, how sure that is, and what does not fit."""
    every, results = statements_of(content), content["coverage"]
    supported = sum(s["verdict"] == SUPPORTED for s in every)
    refuted, tried = (sum(s[k] for s in every) for k in ("controls_refuted", "controls"))
    own, left_open = counted(results)
    found = content["worst"]
    return (
        f"**What holds:** {supported} of {len(every)} statements, which cover {own} results of the "
        f"paper and {left_open} questions that it leaves open.\n\n"
        f"**How sure:** {refuted} of {tried} broken codes and altered formulas were refuted"
        f"{_of_all(tried)}, the worst error is {found['error']:.2g} of what "
        f"{found['allows']} allows, and chance alone gives a false alarm in at most "
        f"one of {1 / content['false_alarms']['budget']:,.0f} runs.\n\n"
        f"**What does not fit:** {_misfits(every, card)}"
    )


def _misfits(every: list[dict[str, Any]], card: dict[str, Any] | None) -> str:
    """Which statements failed, and what of the paper's figures cannot be judged."""
    failed = _failed(every).removeprefix("Nothing failed").rstrip(".")
    said = [f"{failed or 'no statement failed'}."]
    if card:
        both = for_readme.pairs(for_readme.read(CARD / drawn.VALUES))
        said.append(drawn.not_judged(card, "docs/gpu.md#the-figures"))
        said.append(
            f"Of the theory's own predictions there, {len(both) - for_readme.near(both)} of "
            f"{len(both)} agreements are farther than {for_readme.NEAR} from the trained ones."
        )
    return " ".join(sentence for sentence in said if sentence)


def chapters(content: dict[str, Any]) -> str:
    """A row for each chapter, and when and where the run was made."""
    lines = [
        "| chapter | supported | controls refuted |",
        "|---|--:|--:|",
    ]
    for chapter in content["chapters"]:
        found = chapter["statements"]
        page = REGISTRY.statement(found[0]["id"]).proof
        supported = sum(s["verdict"] == SUPPORTED for s in found)
        refuted, tried = (sum(s[k] for s in found) for k in ("controls_refuted", "controls"))
        lines.append(
            f"| [{chapter['name']}]({page}) | {supported} of {len(found)} | {refuted} of {tried} |"
        )
    return "\n".join([*lines, "", made(content)])


def verdict(content: dict[str, Any]) -> str:
    """What held and what did not, and how near the worst comparison came to refuting."""
    every = statements_of(content)
    supported = sum(s["verdict"] == SUPPORTED for s in every)
    refuted, tried = (sum(s[k] for s in every) for k in ("controls_refuted", "controls"))
    return (
        f"**{supported} of {len(every)} statements are supported, and {refuted} of {tried} "
        f"negative controls (broken codes, altered formulas) were refuted{_of_all(tried)}.**\n"
        f"{worst(content['worst'])} {_failed(every)}{_covered(content['coverage'])}"
    )


def how_sure(content: dict[str, Any]) -> str:
    """How often chance ends a run red; when and where this one was made."""
    return (
        "All statistical tests of a run together give a false alarm in at most "
        f"{content['false_alarms']['budget']:g} of runs. {made(content)}"
    )


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


def _of_all(tried: int) -> str:
    """How many controls there are beside those that were tried."""
    known = sum(len(REGISTRY.controls_of(name)) for name in REGISTRY.statements)
    full = "; a full run of this source refuted all" if certificate.kept() else ""
    return f" (of {known}: each run tries some, by its seed{full})" if tried < known else ""


def _covered(results: list[dict[str, Any]]) -> str:
    """How many of the paper's results are, if all controls of each were refuted."""
    own, left_open = counted(results)
    return f" {own} results of the paper are covered, and {left_open} questions it leaves open."


def _failed(every: list[dict[str, Any]]) -> str:
    """What failed."""
    failed = [f"{s['id']} is {s['verdict']}" for s in every if s["verdict"] != SUPPORTED]
    return f"{', '.join(failed)}." if failed else "Nothing failed."


def holds(chapter: dict[str, Any], page: str) -> str:
    """What the run found of one chapter, for the head of its page: in all, and a row for each."""
    found = chapter["statements"]
    supported = sum(s["verdict"] == SUPPORTED for s in found)
    refuted, tried = (sum(s[k] for s in found) for k in ("controls_refuted", "controls"))
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
        how_sure(content),
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
    return {name: text for name, text in told.items() if name not in ("error", "controls")}


def claims(content: dict[str, Any]) -> str:
    """Of each statement, the sizes it was supported on and the smallest error noticed there."""
    every = statements_of(content)
    return f"{supported_for.sizes(every)}\n\n{supported_for.errors(every)}"


def benchmark(timings: Timings) -> str:
    """The ratios of the shapes that the paper's experiments have."""
    lines = [
        f"| loop | library | {' | '.join(f'{LIBRARY}/{name}' for name in BESIDE)} | error |",
        "|---|--:|--:|--:|--:|",
    ]
    for group, found in timings.groups.items():
        if not any(shape in group for shape in SMALL):
            ratios = ratios_of(found)
            own = found[LIBRARY]
            cells = [show(ratios[name]) if name in ratios else "" for name in BESIDE]
            shown = [group, f"{own.median:.3g} s", *cells, error_of(own)]
            lines.append(f"| {' | '.join(shown)} |")
    about = [timings.about] + ([growth_line(timings.growth)] if timings.growth else [])
    return "\n".join([*lines, "", "; ".join(about) + "."])


if __name__ == "__main__":
    sys.exit(main())
