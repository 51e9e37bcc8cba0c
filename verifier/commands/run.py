"""`verifier run`: the suite, or some of its statements, on a training code, from any folder."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from verifier.commands.live import Line
from verifier.errors import require
from verifier.evidence.executors import executor_of, processes_of
from verifier.evidence.extras import install
from verifier.evidence.project import NAME, RUN, settings_of_runs
from verifier.implementations.contract import PROGRAM
from verifier.suite.levels import LEVELS
from verifier.trial.description import DTYPES

LINES = 20.0  # seconds between lines of progress where they are not rewritten
NEEDED = ("hypothesis", "pytest")
USUAL = "pr"  # level


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
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    code.add_argument(
        "--program",
        metavar="COMMAND",
        help="a program to check, e.g. './train {in} {out}'; `verifier protocol` says what it does",
    )
    parser.add_argument(
        "--isolate",
        action="store_true",
        help="call your code in a process of its own, with limits of time and memory",
    )
    parser.add_argument(
        "--dtype", choices=tuple(DTYPES), help="draw this floating-point type alone (default: both)"
    )
    parser.add_argument(
        "--level",
        choices=tuple(LEVELS),
        help="quick: searches in little; pr: everything but negative controls; full: everything "
        "(default: pr)",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: as there are processors)"
    )
    parser.add_argument(
        "--executor", metavar="tcp://HOST:PORT", help="a dask scheduler to give the tests to"
    )
    parser.add_argument(
        "--summary", type=Path, metavar="FILE", help="add the result to it, in Markdown"
    )
    parser.add_argument("--badge", type=Path, metavar="FILE", help="for shields.io, as JSON")
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="RUN",
        help="an earlier run's folder: fail on what got worse",
    )
    parser.set_defaults(run_command=run, options=[])


def run(arguments: argparse.Namespace) -> int:
    """Run it by pytest."""
    for name in NEEDED:
        found = importlib.util.find_spec(name) is not None
        require(found, "the suite needs", name, f"is not installed: {install('suite')}")
    from verifier.suite import launch
    from verifier.suite.kit import Kit

    processes_of(arguments.workers, arguments.executor)  # raises for what it cannot be
    given = _given(arguments)
    level = given.pop("level", USUAL)
    code = [f"--verifier-{name}={value}" for name, value in given.items()]
    code += ["--verifier-isolate"] * arguments.isolate
    code += [f"--verifier-expected={NAME}"] * Path(NAME).exists()
    if arguments.workers is not None:
        code.append(f"-n{arguments.workers}")
    executor = None
    if arguments.executor is not None:
        executor = executor_of(arguments.workers, arguments.executor)
    chapters = [f"--verifier-chapter={path}" for path in arguments.chapter]
    line = Line(LINES)
    options = [*code, *chapters, *arguments.options]
    kit = Kit(arguments.summary, arguments.badge, arguments.baseline)
    status = launch.run(arguments.statements, level, options, line.show, kit, executor)
    line.close()
    return status


def _given(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings of this folder, and before them what the command line says."""
    told = {name: getattr(arguments, name) for name in RUN}
    given = {name: value for name, value in told.items() if value is not None}
    kept = settings_of_runs(Path())
    if {"implementation", "program"} & set(given):
        kept = {k: v for k, v in kept.items() if k not in ("implementation", "program")}
    given = kept | given
    level = given.get("level", USUAL)
    require(level in LEVELS, "level", repr(level), f"must be one of {', '.join(LEVELS)}")
    if "program" in given:
        given["implementation"] = PROGRAM + given.pop("program")
    return given
