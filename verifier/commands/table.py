"""`verifier table`: the table of a finished run again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from verifier.evidence.record import RUNS, Record, latest_run
from verifier.report.content import gather, statements_of
from verifier.report.terminal import render, wide_enough


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("table", help="print the table of a finished run again")
    parser.add_argument("run", type=Path, nargs="?", help=f"its folder (default: newest in {RUNS})")
    parser.add_argument("--json", action="store_true", help="each statement's row as JSON")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    content = gather(Record.load(arguments.run or latest_run()))
    if arguments.json:
        print(json.dumps(statements_of(content), indent=1))
    else:
        print(render(content, wide_enough(), color=sys.stdout.isatty()), end="")
    return 0
