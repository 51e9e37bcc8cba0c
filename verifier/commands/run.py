"""`verifier run`: the suite, or some of its statements, on a training code, from any folder."""

from __future__ import annotations

import argparse
import importlib.util
from typing import Any

from verifier.commands.live import Line
from verifier.errors import require
from verifier.suite.levels import LEVELS
from verifier.trial.description import DTYPES

LINES = 20.0  # seconds between lines of progress where they are not rewritten
NEEDED = ("hypothesis", "pytest")


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "run",
        help="run the suite, or some of its statements, on your training code",
        description="Exit status 0: nothing is refuted; 1: a statement is refuted, or your code "
        "stopped its check; 2: bad input; 3: cannot be tested; 70: an error of the verifier; 130: "
        "interrupted.",
        epilog="options of pytest and of the suite may follow after `--`, e.g. `verifier run E1 -- "
        "--run-seed 1 -x`; `pytest --help` in a clone lists them.",
    )
    parser.add_argument("statements", metavar="STATEMENT", nargs="*", help="ids (default: all)")
    parser.add_argument("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    parser.add_argument(
        "--dtype", choices=tuple(DTYPES), help="draw this floating-point type alone (default: both)"
    )
    parser.add_argument(
        "--level",
        choices=tuple(LEVELS),
        default="pr",
        help="quick: searches in little; pr: everything but negative controls; full: everything "
        "(default: pr)",
    )
    parser.set_defaults(run_command=run, options=[])


def run(arguments: argparse.Namespace) -> int:
    """Run it by pytest."""
    for name in NEEDED:
        found = importlib.util.find_spec(name) is not None
        rule = "is not installed: pip install 'perturbation-verifier[suite]'"
        require(found, "the suite needs", name, rule)
    from verifier.suite import launch

    given = {name: getattr(arguments, name) for name in ("implementation", "dtype")}
    code = [f"--{name}={value}" for name, value in given.items() if value is not None]
    chapters = [f"--chapter={path}" for path in arguments.chapter]
    line = Line(LINES)
    options = [*code, *chapters, *arguments.options]
    status = launch.run(arguments.statements, arguments.level, options, line.show)
    line.close()
    return status
