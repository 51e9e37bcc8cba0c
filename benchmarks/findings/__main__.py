"""Measure findings: all of them, which writes `docs/findings.md`, or some by name, which prints.

`python -m benchmarks.findings [NAME ...]`
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.findings import learning, training, wide
from benchmarks.findings.finding import Found, Mean, measured
from benchmarks.findings.page import in_order, section, with_findings
from benchmarks.findings.picture import draw

DOCS = Path(__file__).parents[2] / "docs"
KEPT, PAGE = DOCS / "findings.json", DOCS / "findings.md"
FINDINGS = (*learning.FINDINGS, *training.FINDINGS, *wide.FINDINGS)


def kept() -> dict[str, Found]:
    """What was measured when the page was written."""
    rows = json.loads(KEPT.read_text(encoding="utf-8"))
    return {
        row["name"]: Found(row["name"], row["runs"], Mean(**row["effect"]), Mean(**row["control"]))
        for row in rows
    }


def main() -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.findings", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[one.name for one in FINDINGS] + [[]])
    names = parser.parse_args().names
    found = {one.name: measured(one) for one in FINDINGS if not names or one.name in names}
    for one in FINDINGS:
        if one.name in found:
            print(section(one, found[one.name]), end="\n\n")
    if not names:
        rows = [asdict(one) for one in found.values()]
        KEPT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        draw(in_order(FINDINGS, found), found, DOCS)
        page = with_findings(PAGE.read_text(encoding="utf-8"), FINDINGS, found)
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
