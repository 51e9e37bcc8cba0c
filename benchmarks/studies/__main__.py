"""Run the studies and write `docs/studies.json`, `docs/studies.md` and the panel of attacks.

`python -m benchmarks.studies`; with `--scale smoke` in seconds, which writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.studies import attacks, depth, narrow
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


def study(scale: str) -> dict[str, Any]:
    """What all studies find, as plain data."""
    runs, is_whole = RUNS[scale], scale == "whole"
    widths, times = (narrow.WIDTHS, narrow.TIMES) if is_whole else ((10,), (10.0,))
    samples = 1000 if is_whole else 100
    depths = depth.DEPTHS if is_whole else depth.DEPTHS[:1]
    names = attacks.ATTACKS if is_whole else attacks.ATTACKS[:1]
    cells = [narrow.cell(width, t, runs, samples) for width in widths for t in times]
    nets = [*(depth.Net(layers) for layers in depths), depth.Net(3, patches=True)]
    learnt, known = [], []
    for name in names:
        pairs = [attacks.accuracy(name, number) for number in range(runs)]
        right, control = (list(column) for column in zip(*pairs, strict=True))
        learnt.append({"attack": name, "accuracy": right, "control": control})
    for width in attacks.WIDTHS if is_whole else attacks.WIDTHS[:1]:
        pairs = [attacks.without_training(width, number) for number in range(runs)]
        cosine, fall = (list(column) for column in zip(*pairs, strict=True))
        known.append({"width": width, "cosine": cosine, "fall": fall})
    return {
        "narrow": [asdict(cell) for cell in cells],
        "depth": depth_rows(nets, runs),
        "attacks": learnt,
        "without training": known,
    }


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
    scale = parser.parse_args().scale
    found = rounded(study(scale))
    if scale != "whole":
        print("\n\n".join(section(found[name]) for name, section in SECTIONS.items()))
        return 0
    (DOCS / "studies.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    page = DOCS / "studies.md"
    page.write_text(with_numbers(page.read_text(encoding="utf-8"), found), encoding="utf-8")
    draw_attacks(found["attacks"]).savefig(DOCS / "pictures" / "attacks.png", dpi=200)
    print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
