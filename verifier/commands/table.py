"""`verifier table`: the table of a finished run again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from verifier.evidence.record import RUNS, Record, latest_run
from verifier.report.terminal import render, wide_enough
from verifier.report.verdicts import rows


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser("table", help="print the table of a finished run again")
    parser.add_argument("run", type=Path, nargs="?", help=f"its folder (default: newest in {RUNS})")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    record = Record.load(arguments.run or latest_run())
    if arguments.json:
        print(json.dumps([row.to_json() for row in rows(record)], indent=1))
    else:
        print(render(record, wide_enough(), color=sys.stdout.isatty()), end="")
    return 0
