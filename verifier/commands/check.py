"""`verifier check`: one statement on one configuration, case or experiment, e.g. a finding."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.errors import DivergedError, InputError, NotComparable
from verifier.evidence.files import read_json
from verifier.evidence.folders import newest_case
from verifier.implementations.contract import load
from verifier.implementations.reference import Reference
from verifier.model.memory import ran_out
from verifier.report.finding import YOURS, sides
from verifier.statements import DEFAULT, REGISTRY, STATEMENTS
from verifier.suite.diagnosis.cause import likely_cause
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "check",
        help="check one statement on one configuration, e.g. to reproduce a finding",
        description="Exit status 0: the statement held; 1: refuted; 2: bad input; 3: cannot be "
        "tested.",
    )
    parser.add_argument("statement", help=f"one of {', '.join(STATEMENTS)}")
    parser.add_argument(
        "configuration",
        type=Path,
        nargs="?",
        help="JSON file, as a run keeps it (default: the newest run's that refuted the statement)",
    )
    parser.add_argument("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument("--run-seed", type=int, default=0, help="seed of the run (default: 0)")
    parser.add_argument(
        "--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files"
    )
    parser.add_argument(
        "--alpha",
        type=float,
        help="false-alarm rate of each test of a statistical statement (default: what a default "
        "run would give it)",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print both sides."""
    statement = REGISTRY.statement(arguments.statement)
    file = arguments.configuration or newest_case(statement.id)
    described = read_json("configuration", file)
    path = arguments.implementation
    settings = Settings(arguments.run_seed, arguments.device, arguments.images)
    subject = Subject(load(path) if path else Reference(), settings=settings)
    alpha = REGISTRY.ledger(DEFAULT).alpha if arguments.alpha is None else arguments.alpha
    try:
        evidence = statement.check_described(described, subject, alpha)
    except (DivergedError, NotComparable) as reason:
        print(f"{statement.id} cannot be tested on this configuration: {reason}")
        return 3
    except Exception as problem:
        if not ran_out(problem):
            raise
        rule = "takes more memory than there is"
        raise InputError("configuration", file, rule) from None
    cause = "" if evidence.holds else likely_cause(evidence, subject)
    tested = YOURS if path else "the reference"
    print("\n".join(sides(evidence, cause, tested)))
    return 0 if evidence.holds else 1
