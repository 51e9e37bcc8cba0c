"""`verifier accumulate`: runs of many machines as one: e-values, counts and the tightest cases."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from verifier.evidence.files import require_writable, write_whole, written
from verifier.evidence.record import Record
from verifier.report.accumulated import accumulate, told
from verifier.report.combined import refuted


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "accumulate",
        help="put together runs of one commit with different seeds, from any machines",
        description="Multiplies e-values, counts different configurations and keeps the tightest "
        "case of each statement. Exit status 0: nothing is refuted; 1: something is, in a run or "
        "by all together; 2: the runs are not of one commit, or two have the same seed.",
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.add_argument("--output", type=Path, help="a file to keep it in, as JSON")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what all runs say together."""
    if arguments.output is not None:
        require_writable("--output", arguments.output)
    found = accumulate([Record.load(folder) for folder in arguments.runs])
    print("\n".join(told(found)))
    if arguments.output is not None:
        with written("--output", arguments.output):
            write_whole(arguments.output, json.dumps(found.to_json(), indent=1).encode())
    return 1 if found.refuted or refuted(found.tests) else 0
