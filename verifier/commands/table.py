"""`verifier table`: what a finished run found, once more, in little or whole."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from verifier.evidence.files import as_kept
from verifier.evidence.folders import RUNS, latest_run
from verifier.evidence.record import Record
from verifier.report.content import gather, statements_of
from verifier.report.summary import summarise, terminal_width
from verifier.report.terminal import render, wide_enough


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "table",
        help="print what a finished run found again",
        description="A line for each statement and what else a reader must know; --wide has every "
        "number, premise and timing, and wants a wide terminal.",
    )
    parser.add_argument(
        "run", type=Path, nargs="?", help=f"its folder (default: newest whole one in {RUNS})"
    )
    parser.add_argument("--wide", action="store_true", help="all of it, 150 columns wide")
    parser.add_argument("--json", action="store_true", help="each statement's row as JSON")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    folder: Path = arguments.run or latest_run()
    color = sys.stdout.isatty()
    with as_kept(folder):
        content = gather(Record.load(folder))
        if arguments.json:
            shown = json.dumps(statements_of(content), indent=1) + "\n"
        elif arguments.wide:
            shown = render(content, wide_enough(), color=color)
        else:
            shown = summarise(content, terminal_width(), color=color, statements=True)
    print(shown, end="")
    return 0
