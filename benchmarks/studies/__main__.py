"""Run the studies and write `docs/studies.json`, `docs/studies.md` and the panel of attacks.

`python -m benchmarks.studies`; with `--only classes` one of them, beside the kept runs of the
others; with `--scale smoke` in seconds, which writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.findings.finding import FIRST
from benchmarks.studies import attacks, classes, depth, directions, narrow
from benchmarks.studies.page import SECTIONS, with_numbers
from benchmarks.studies.picture import draw_attacks

DOCS = Path(__file__).parents[2] / "docs"
RUNS = {"whole": 10, "smoke": 2}


def depth_rows(nets: list[depth.Net], runs: int) -> list[dict[str, Any]]:
    """Every network's quantities, trained and not, of each run."""
    return [
        {
            "depth": net.depth,
            "patches": net.patches,
            "trained": [depth.run(net, number) for number in range(runs)],
            "control": [depth.run(net, number, is_trained=False) for number in range(runs)],
        }
        for net in nets
    ]


def attack_rows(names: tuple[str, ...], runs: int) -> list[dict[str, Any]]:
    """Accuracy of g and of its control by attack, of each run."""
    rows = []
    for name in names:
        pairs = [attacks.accuracy(name, number) for number in range(runs)]
        right, control = (list(column) for column in zip(*pairs, strict=True))
        rows.append({"attack": name, "accuracy": right, "control": control})
    return rows


def untrained_rows(widths: tuple[int, ...], runs: int) -> list[dict[str, Any]]:
    """How far the attack that needs no training goes, by width, of each run."""
    rows = []
    for width in widths:
        pairs = [attacks.without_training(width, number) for number in range(runs)]
        cosine, fall = (list(column) for column in zip(*pairs, strict=True))
        rows.append({"width": width, "cosine": cosine, "fall": fall})
    return rows


def study(name: str, scale: str) -> list[dict[str, Any]]:
    """What the study of this name, a key of `SECTIONS`, finds, as plain data."""
    runs, is_whole = RUNS[scale], scale == "whole"
    most = None if is_whole else 1
    if name == "narrow":
        widths, times = (narrow.WIDTHS, narrow.TIMES) if is_whole else ((10,), (10.0,))
        samples = 1000 if is_whole else 100
        return [asdict(narrow.cell(m, t, runs, samples)) for m in widths for t in times]
    if name == "depth":
        nets = [*(depth.Net(layers) for layers in depth.DEPTHS[:most]), depth.Net(3, patches=True)]
        return depth_rows(nets, runs)
    if name == "attacks":
        return attack_rows(attacks.ATTACKS[:most], runs)
    if name == "without training":
        return untrained_rows(attacks.WIDTHS[:most], runs)
    if name == "directions":
        return directions.rows() if is_whole else directions.rows((4, 16), (1, 2), range(2))
    if is_whole:
        return classes.rows(range(FIRST, FIRST + runs), classes.WHOLE)
    return classes.rows(range(runs), classes.SMOKE)


def rounded(value: Any) -> Any:
    """Plain data with numbers to six digits."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.studies", description=__doc__)
    parser.add_argument("--scale", choices=tuple(RUNS), default="whole")
    parser.add_argument("--only", choices=tuple(SECTIONS), help="the others' runs are kept")
    options = parser.parse_args()
    names = (options.only,) if options.only else tuple(SECTIONS)
    new = {name: rounded(study(name, options.scale)) for name in names}
    if options.scale != "whole":
        print("\n\n".join(SECTIONS[name](rows) for name, rows in new.items()))
        return 0
    kept = DOCS / "studies.json"
    found = json.loads(kept.read_text(encoding="utf-8")) | new
    kept.write_text(json.dumps(found) + "\n", encoding="utf-8")
    page = DOCS / "studies.md"
    page.write_text(with_numbers(page.read_text(encoding="utf-8"), found), encoding="utf-8")
    if "attacks" in new:
        draw_attacks(new["attacks"]).savefig(DOCS / "pictures" / "attacks.png", dpi=200)
    print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
