"""`verifier report`: a finished run as one HTML page, and as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from verifier.errors import InputError
from verifier.evidence.record import (
    REPRODUCTIONS,
    RUNS,
    Record,
    latest_run,
    link_to_newest,
)
from verifier.report.content import gather


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "report",
        help="write a finished run as one HTML page, and as JSON",
        description="Reads the run's folder and nothing else. The page loads nothing.",
    )
    parser.add_argument("run", type=Path, nargs="?", help=f"its folder (default: newest in {RUNS})")
    parser.add_argument("--output", type=Path, help="the page (default: report.html in the run)")
    parser.add_argument("--json", type=Path, help="the data (default: report.json in the run)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write both files and say where, and what the run leaves uncovered."""
    folder: Path = arguments.run or latest_run()
    content = gather(Record.load(folder))
    data = arguments.json or folder / "report.json"
    _write(data, json.dumps(content, indent=1))
    try:
        from verifier.report.html import page
    except ModuleNotFoundError as problem:
        rule = "is not installed; the HTML page needs pip install 'perturbation-verifier[report]'"
        raise InputError("package", problem.name, rule) from None
    output = arguments.output or folder / "report.html"
    _write(output, page(content, link_to_newest(REPRODUCTIONS, "*/gallery.html", output)))
    print(f"{output}\n{data}")
    for claim in content["coverage"]:
        if not claim["covered"]:
            print(f"not covered: {claim['claim']} ({'; '.join(claim['gaps'])})")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError("output", path, f"must be writable: {problem.strerror}") from None
