"""`verifier combine`: the statistical tests of several runs with different seeds, together."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.evidence.files import as_kept
from verifier.evidence.record import Record
from verifier.report.combined import combine, lines, refuted


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "combine",
        help="multiply the e-values of runs with different seeds",
        description="Exit status 0: nothing is refuted by all runs together; 1: something is.",
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders of finished runs")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the largest e-values."""
    with as_kept(*arguments.runs):
        rows = combine([Record.load(folder) for folder in arguments.runs])
        said = "\n".join(lines(rows))
    print(said)
    return 1 if refuted(rows) else 0
