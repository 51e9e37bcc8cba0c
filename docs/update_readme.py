"""Put the newest runs' results between the markers of README and docs: none of it is typed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from verifier.errors import InputError
from verifier.evidence.folders import REPRODUCTIONS, latest_run
from verifier.evidence.record import Record
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
from verifier.report.pictures import figure
from verifier.report.summary import NARROWEST, summarise
from verifier.report.terminal import render
from verifier.report.verdicts import NOT_RUN
from verifier.reproduction.comparison.published import NEAR
from verifier.reproduction.gallery.page import relinked
from verifier.reproduction.in_markdown import in_markdown
from verifier.reproduction.in_words import in_short
from verifier.reproduction.panels import IMAGES
from verifier.statements import REGISTRY

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for benchmarks and docs, which are not installed

from benchmarks.gpu import answers, drawn, for_readme  # noqa: E402
from benchmarks.gpu.markdown import folded  # noqa: E402
from docs import rates, wrong_code  # noqa: E402
from docs.chapter_lines import chapters  # noqa: E402
from docs.end_of_a_run import at_both_widths, quoted, quoted_finding  # noqa: E402
from docs.first_screen import claim, cost, in_a_line, opening, site_s_start  # noqa: E402
from docs.misfits import in_a_table, misfits  # noqa: E402
from docs.run_in_words import (  # noqa: E402
    CARD,
    TERMINAL,
    claims,
    holds,
    listed,
)

README = ROOT / "README.md"
INDEX = ROOT / "docs" / "index.md"
RUN = ROOT / "docs" / "newest-run.md"
AGREEMENT = ROOT / "docs" / "agreement.md"
LIMITS = ROOT / "docs" / "limits.md"
TIMES = ROOT / "docs" / "benchmarks.md"
READING = ROOT / "docs" / "reading-a-report.md"
PICTURES = ROOT / "docs" / "pictures"
EXPLAINED = "explained.png"
"""Of a run that found images."""

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
    replace(README, "cost", cost(content))
    replace(README, "verdict", opening(content, drawn.kept(CARD)))
    replace(INDEX, "answers", site_s_start(content, drawn.kept(CARD)))
    explain(content["example"])
    rates.draw(content, PICTURES)
    replace(LIMITS, "pictures", rates.caption())
    replace(README, "chapters", chapters(content))
    replace(README, "finding", wrong_code.finding())
    for chapter in content["chapters"]:
        page = ROOT / REGISTRY.statement(chapter["statements"][0]["id"]).proof
        misfit = of_predictions() if page == AGREEMENT else ""
        replace(page, "holds", holds(chapter, page.read_text(encoding="utf-8"), misfit))
    replace(RUN, "summary", listed(content, drawn.kept(CARD)))
    wide, narrow = (
        quoted(summarise(content, columns)) | quoted_finding(wrong_code.printed(of_finding))
        for columns, of_finding in ((TERMINAL, TERMINAL), (NARROWEST, wrong_code.COLUMNS))
    )
    for piece, text in at_both_widths(wide, narrow).items():
        replace(READING, piece, text)
    replace(RUN, "claims", claims(content))
    replace(RUN, "report", f"```text\n{table}\n```")
    replace(TIMES, "default run", default_run(content["wall_time"]))
    print(f"shown: {folder}")
    try:
        replace(TIMES, "benchmark", benchmark(read(BENCHMARK)))
        print(f"shown: {BENCHMARK}")
    except InputError as problem:
        print(f"{problem}: `make benchmark` makes it; its part is as it was")
    card = figures_of_a_card(content)
    gallery = REPRODUCTIONS / "laptop"
    if not (gallery / "gallery.json").exists():
        print(
            "no gallery at laptop scale yet, `verifier reproduce` makes it: its part is as it was"
        )
        return 0
    found = relinked(gallery)
    replace(RUN, "reproduction", of_figures(found, drawn.kept(CARD)))
    if not card:
        replace(README, "figures", in_short(found))
    print(f"shown: {gallery}")
    return 0


def of_figures(found: dict[str, Any], card: dict[str, Any] | None) -> str:
    """What two cores found of the figures; folded where a GPU, which found more, has its page."""
    told = in_markdown(found)
    return f"{beside_a_card(card)}{folded('What they found', told)}" if card else told


def beside_a_card(card: dict[str, Any]) -> str:
    """That these figures are not the GPU's."""
    return (
        f"This is what two CPU cores do of it, not the run on {card['card']} that README quotes "
        "([what that found](gpu.md#the-figures)).\n\n"
    )


def figures_of_a_card(content: dict[str, Any]) -> bool:
    """Show what the figures' run on a GPU found, and say whether there was one."""
    shown = drawn.kept(CARD)
    if shown:
        rows = for_readme.read(CARD / drawn.VALUES)
        for_readme.draw(rows, PICTURES)
        seen = claim(shown, rows)
        replace(README, "claim", f"{in_a_line(content)}\n\n{seen}")
        replace(INDEX, "seen", seen.replace("](docs/", "]("))
        off = in_a_table(misfits(shown, rows))
        marks = f"{for_readme.caption(shown)} {drawn.trained(shown)}"
        replace(README, "figures", off)
        replace(README, "marks", marks)
        replace(AGREEMENT, "trained", beside_trained(rows))
    return shown is not None


def of_predictions() -> str:
    """How far off predicted agreement is in the figures' run on a GPU; empty if there was none."""
    return answers.of_agreement(for_readme.read(CARD / drawn.VALUES)) if drawn.kept(CARD) else ""


def beside_trained(rows: list[for_readme.Row]) -> str:
    """Where the predictions of agreement failed in the paper's figures."""
    return (
        "- **So it was in the paper's figures**, [trained again on a GPU](gpu.md#the-figures): "
        f"{drawn.by_training(rows)} *Near*: within {NEAR} of the prediction."
    )


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


def default_run(spent: dict[str, Any]) -> str:
    """Where the time of a run went, by part of the suite."""
    lines = ["| part of a default run | share | seconds of a process |", "|---|--:|--:|"]
    for part in spent["parts"]:
        if round(100 * part["share"]):
            lines.append(f"| {part['name']} | {part['share']:.0%} | {part['seconds']:.0f} |")
    about = f"{spent['wall']:.0f} s in {spent['processes']} processes"
    return "\n".join([*lines, "", f"{about}; {spent['examples']} examples in searches."])


if __name__ == "__main__":
    sys.exit(main())
