"""Put the newest runs' results into the README between its markers: none of it is typed."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from verifier.errors import InputError
from verifier.evidence.record import REPRODUCTIONS, Record, latest_run
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
from verifier.report.terminal import render
from verifier.report.verdicts import NOT_RUN
from verifier.reproduction.panels import SERIES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURES = ("explained-fashion-mnist.png", "shifted-gauss-a-d.png", "map-shifted-a.png")
"""Copied to docs/pictures from the gallery at laptop scale."""

BENCHMARK = Path(".verifier/bench.json")
BESIDE = ("limit", "baseline")
SMALL = ("cache-sized", "memory-sized")
"""Shapes that the README leaves out."""


def main() -> int:
    """Refuse a run that left statements out; the README shows a whole one."""
    folder = latest_run()
    content = gather(Record.load(folder))
    left_out = [s["id"] for s in statements_of(content) if s["verdict"] == NOT_RUN]
    if left_out:
        print(f"{folder} did not run {', '.join(left_out)}: run `make verify` first")
        return 2
    table = "\n".join(line.rstrip() for line in render(content).strip("\n").splitlines())
    replace("report", f"```text\n{table}\n```")
    print(f"README.md shows {folder}")
    try:
        replace("benchmark", benchmark(read(BENCHMARK)))
        print(f"README.md shows {BENCHMARK}")
    except InputError as problem:
        print(f"{problem}: `make benchmark` makes it; its part is as it was")
    gallery = REPRODUCTIONS / "laptop"
    if not (gallery / "gallery.json").exists():
        print(
            "no gallery at laptop scale yet, `verifier reproduce` makes it: its part is as it was"
        )
        return 0
    replace("reproduction", reproduction(gallery))
    print(f"README.md shows {gallery}")
    return 0


def replace(part: str, text: str) -> None:
    """Put `text` between the markers of `part`."""
    begin, end = f"<!-- {part}: begin (make readme) -->", f"<!-- {part}: end -->"
    before, rest = README.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    README.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


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


def reproduction(gallery: Path) -> str:
    """The comparison by figure, and some pictures, of a gallery."""
    content: dict[str, Any] = json.loads((gallery / "gallery.json").read_text(encoding="utf-8"))
    summary = content["summary"]
    about = content["about"]
    compared = " and ".join(
        f"{r['compared']} of {r['readable']} in scenario ({r['scenario']})"
        for r in summary["readable"]
    )
    seeds = " to ".join(map(str, sorted(set(content["seeds"]))))
    lines = [
        f"The newest run at {about['scale']} scale, {seeds} seeds a point, compared",
        f"{compared} of the values that could be read off the figures. Of the stable ones:",
        "",
        "| series | matched | mean distance | chaotic | unjudged |",
        "|---|--:|--:|--:|--:|",
    ]
    for r in summary["series"]:
        matched = f"{r['inside'] + r['near']} of {r['stable']}"
        apart = "-" if r["apart"] is None else f"{r['apart']:.3f}"
        name = SERIES[r["series"]].replace("|", r"\|")
        lines.append(f"| {name} | {matched} | {apart} | {r['chaotic']} | {r['unjudged']} |")
    lines += [
        "",
        "Values that are wrong on purpose, by the same rule, in g's series and in the others.",
        "Where these match as often as ours, the comparison shows nothing:",
        "",
    ]
    lines += [
        "| wrong values | g: matched | ours | others: matched | ours |",
        "|---|--:|--:|--:|--:|",
    ]
    for c in summary["controls"]:
        cells = [
            f"{c[which][k] / c['stable'][k]:.0%}" if c["stable"][k] else "-"
            for k in (0, 1)
            for which in ("matched", "true")
        ]
        lines.append(f"| {c['name']} | {' | '.join(cells)} |")
    pictures = ROOT / "docs" / "pictures"
    pictures.mkdir(exist_ok=True)
    shown = []
    for name in PICTURES:
        if (gallery / "pictures" / name).exists():
            shutil.copy(gallery / "pictures" / name, pictures / name)
            label = name.rpartition(".")[0].replace("-", " ")
            shown.append(f'<img src="docs/pictures/{name}" width="270" alt="{label}">')
    return "\n".join([*lines, "", *shown])


if __name__ == "__main__":
    sys.exit(main())
