"""`verifier report`: a finished run as one HTML page, and as JSON."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.evidence.files import as_kept
from verifier.evidence.folders import RUNS, latest_run
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.files import write_json, write_page
from verifier.report.verdicts import NOT_RUN


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "report",
        help="write a finished run as one HTML page, and as JSON",
        description="Reads the run's folder and nothing else. The page loads nothing.",
    )
    parser.add_argument(
        "run", type=Path, nargs="?", help=f"its folder (default: newest whole one in {RUNS})"
    )
    parser.add_argument("--output", type=Path, help="the page (default: report.html in the run)")
    parser.add_argument("--json", type=Path, help="the data (default: report.json in the run)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write both files and say where; of a whole run also what it leaves uncovered, and why."""
    folder: Path = arguments.run or latest_run()
    data: Path = arguments.json or folder / "report.json"
    page: Path = arguments.output or folder / "report.html"
    with as_kept(folder):
        content = gather(Record.load(folder))
        write_json(content, data)
        write_page(content, page)
    print(f"{page}\n{data}")
    uncovered = [result for result in content["coverage"] if not result["covered"]]
    if any(s["verdict"] == NOT_RUN for s in statements_of(content)):
        print(f"a part of the suite: {len(uncovered)} results of the paper are not covered")
        return 0
    for result in uncovered:
        print(f"not covered: {result['result']} ({'; '.join(result['gaps'])})")
    return 0
