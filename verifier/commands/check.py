"""`verifier check`: one claim on one configuration or experiment, e.g. to reproduce a finding."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.claims import CLAIMS, DEFAULT, STATEMENTS, STATISTICAL, ledger
from verifier.configuration import Settings
from verifier.errors import DivergedError, InputError, NotComparable
from verifier.evidence import Evidence
from verifier.explicit import Case, read_json
from verifier.implementation import load
from verifier.study import Experiment


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "check",
        help="check one claim on one configuration, e.g. to reproduce a finding",
        description="Exit status 0: the claim held; 1: refuted; 2: bad input; 3: cannot be tested.",
    )
    parser.add_argument("claim", help=f"one of {', '.join(STATEMENTS)}")
    parser.add_argument("configuration", type=Path, help="JSON file, as a run keeps it")
    parser.add_argument("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument("--run-seed", type=int, default=0, help="seed of the run (default: 0)")
    parser.add_argument(
        "--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files"
    )
    parser.add_argument(
        "--alpha",
        type=float,
        help="false-alarm rate of each test of a statistical claim (default: what a default run "
        "would give it)",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print both sides."""
    name = arguments.claim
    if name not in STATEMENTS:
        raise InputError("claim", repr(name), f"must be one of {', '.join(STATEMENTS)}")
    described = read_json("configuration", arguments.configuration)
    implementation = load(arguments.implementation) if arguments.implementation else None
    settings = Settings(arguments.run_seed, arguments.device, arguments.images)
    try:
        evidence = _evidence(name, described, arguments.alpha, implementation, settings)
    except (DivergedError, NotComparable) as reason:
        print(f"{name} cannot be tested on this configuration: {reason}")
        return 3
    print(f"{name} {'held' if evidence.holds else 'REFUTED'}: {evidence.conclusion}")
    print(f"  both sides  {evidence.lhs:.12g}  against  {evidence.rhs:.12g}")
    if evidence.tightness is not None:
        print(f"  lhs/rhs     {evidence.tightness:.10g} in the tightest case")
    allowed = "what chance allows" if evidence.tests else "the rounding bound"
    print(f"  error       {evidence.error:.4g} times {allowed}, {evidence.bound:.3g}")
    print(f"  cases       {evidence.cases}, premise held in {evidence.held}")
    return 0 if evidence.holds else 1


def _evidence(
    name: str, described: Any, alpha: float | None, implementation: Any, settings: Settings
) -> Evidence:
    if name in STATISTICAL:
        rate = ledger(DEFAULT).alpha if alpha is None else alpha
        experiment = Experiment.from_json(described)
        return STATISTICAL[name].check(experiment, rate, implementation, settings)
    claim = CLAIMS[name]
    if isinstance(described, dict) and "draw" in described:
        case = Case.from_json(described, settings.device)
        return case.check(name, implementation, settings)
    return claim.check(claim.read(described), implementation, settings)
