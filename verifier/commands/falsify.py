"""`verifier falsify`: hunt for a counterexample of an inequality, or for its tightest case."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from verifier.commands.live import Line
from verifier.errors import InputError
from verifier.evidence.executors import executor_of, processes_of
from verifier.evidence.files import require_writable
from verifier.falsify.search import Hunt, hunted, seconds
from verifier.falsify.shared import run_by
from verifier.falsify.told import progress, result
from verifier.statements import PATHWISE
from verifier.trial.case import Case

FOLDER = Path(".verifier/falsify")


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "falsify",
        help="hunt for a counterexample of an inequality by gradient ascent on lhs / rhs",
        description="Exit status 0: none found; 1: refuted; 2: bad input; 3: nothing could be "
        "compared. Ctrl-C ends the hunt and keeps the best.",
    )
    parser.add_argument("statement", help=f"one of {', '.join(hunted())}")
    parser.add_argument("--budget", default="2m", help="30s, 2m, 1h (default: 2m)")
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (default: 0)")
    parser.add_argument("--slope", type=float, help="of all random starts (default: any)")
    parser.add_argument("--width", type=int, help="of all random starts (default: 1 to 8)")
    parser.add_argument(
        "--start", type=Path, metavar="FILE", help="a configuration or a witness to begin with"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help=f"default: {FOLDER}/ID.json")
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes that share the restarts (default: none)"
    )
    parser.add_argument(
        "--executor", metavar="tcp://HOST:PORT", help="a dask scheduler to give the restarts to"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Hunt, print what was found and tried, and write the witness."""
    budget = seconds(arguments.budget)
    hunt = Hunt(
        arguments.statement,
        arguments.seed,
        arguments.slope,
        arguments.width,
        Case.at(arguments.start) if arguments.start else None,
    )
    processes_of(arguments.workers, arguments.executor)  # raises for what it cannot be
    path = arguments.output or FOLDER / f"{hunt.statement}.json"
    require_writable("--output", path)
    print(f"{hunt.statement}  {PATHWISE[hunt.statement].statement}")
    line = Line(budget / 10)
    _run(hunt, budget, lambda hunt: line.show(progress(hunt, budget)), arguments)
    line.close()
    print("\n".join(result(hunt)))
    best = hunt.refutation or hunt.tightest
    if best is None:
        print(f"{hunt.statement}: in no case could the two sides be compared")
        return 3
    witness = best.witness(hunt.seed)
    try:
        witness.save(path)
    except InputError:
        print(json.dumps(witness.to_json()))  # rather than lose what the hunt has found
        raise
    print(f"witness    verifier check {hunt.statement} {path}")
    return 0 if hunt.refutation is None else 1


def _run(
    hunt: Hunt, budget: float, show: Callable[[Hunt], None], arguments: argparse.Namespace
) -> None:
    """Here, or where the command line says."""
    if arguments.workers is None and arguments.executor is None:
        hunt.run(budget, show)
        return
    with executor_of(arguments.workers, arguments.executor) as executor:
        run_by(executor, hunt, budget, show)
