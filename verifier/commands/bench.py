"""`verifier bench`: a finished run of `benchmarks/` as a table and a plot of ratios."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from verifier.report.benchmark import PLACES, draw, latest, read, text
from verifier.report.terminal import wide_enough


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "bench",
        help="print and plot the ratios of a finished run of benchmarks/",
        description="Reads what `pytest benchmarks/ --benchmark-json=FILE` wrote, and times "
        "nothing itself. Ratios are of medians: below 1 the library is faster.",
    )
    places = " or ".join(PLACES)
    parser.add_argument("file", type=Path, nargs="?", help=f"its path (default: newest {places})")
    parser.add_argument("--output", type=Path, help="the plot (default: FILE with suffix .png)")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, write the plot and say where."""
    file: Path = arguments.file or latest()
    output: Path = arguments.output or file.with_suffix(".png")
    found = read(file)
    print(text(found, wide_enough(), color=sys.stdout.isatty()), end="")
    print(output if draw(found, file, output) else "no picture: the library was timed alone")
    return 0
