"""The command `verifier`: list the claims, check one configuration, read a run's table again."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from verifier.claims import CLAIMS
from verifier.configuration import Configuration, Settings
from verifier.errors import DivergedError, InputError, NotComparable
from verifier.implementation import load
from verifier.mutants import killers_of
from verifier.record import RUNS, Record, latest_run
from verifier.report.summary import rows
from verifier.report.terminal import render


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier",
        description="Executable theory of learning from adversarial perturbations.",
        epilog="`pytest properties/` searches for counterexamples; these commands work on one "
        "configuration or on a finished run.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("claims", help="list every claim with its statement and negative controls")

    check = commands.add_parser(
        "check",
        help="check one claim on one configuration, e.g. to reproduce a finding",
        description="Exit status 0: the claim held; 1: refuted; 2: bad input; 3: cannot be tested.",
    )
    check.add_argument("claim", help=f"one of {', '.join(CLAIMS)}")
    check.add_argument("configuration", type=Path, help="JSON file, as a run keeps it")
    check.add_argument("--implementation", metavar="PKG.MOD:NAME", help="training code to check")
    check.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    check.add_argument("--run-seed", type=int, default=0, help="seed of the run (default: 0)")
    check.add_argument("--images", type=Path, help="folder with mnist/ or fashion-mnist/ IDX files")

    table = commands.add_parser("table", help="print the table of a finished run again")
    table.add_argument("run", type=Path, nargs="?", help=f"its folder (default: newest in {RUNS})")
    table.add_argument("--json", action="store_true", help="rows as JSON")
    return parser


def _claims() -> int:
    for claim in CLAIMS.values():
        controls = ", ".join(m.name for m in killers_of(claim.id))
        print(f"{claim.id:4} {claim.kind:12} {claim.statement}")
        print(f"     source: {claim.source}\n     refutes: {controls}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    if arguments.claim not in CLAIMS:
        raise InputError("claim", repr(arguments.claim), f"must be one of {', '.join(CLAIMS)}")
    try:
        described = json.loads(arguments.configuration.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as problem:
        raise InputError(
            "configuration", arguments.configuration, f"must be JSON: {problem}"
        ) from None
    configuration = Configuration.from_json(described)
    implementation = load(arguments.implementation) if arguments.implementation else None
    settings = Settings(arguments.run_seed, arguments.device, arguments.images)
    try:
        evidence = CLAIMS[arguments.claim].check(configuration, implementation, settings)
    except (DivergedError, NotComparable) as reason:
        print(f"{arguments.claim} cannot be tested on this configuration: {reason}")
        return 3
    print(f"{arguments.claim} {'held' if evidence.holds else 'REFUTED'}: {evidence.conclusion}")
    print(f"  both sides  {evidence.lhs:.12g}  against  {evidence.rhs:.12g}")
    print(f"  error       {evidence.error:.4g} times the rounding bound {evidence.bound:.3g}")
    print(f"  cases       {evidence.cases}, premise held in {evidence.held}")
    return 0 if evidence.holds else 1


def _table(arguments: argparse.Namespace) -> int:
    record = Record.load(arguments.run or latest_run())
    if arguments.json:
        print(json.dumps([row.to_json() for row in rows(record)], indent=1))
    else:
        width = shutil.get_terminal_size((150, 24)).columns
        print(render(record, width, color=sys.stdout.isatty()), end="")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input prints what is wrong and exits with 2."""
    parsed = _parser().parse_args(arguments)
    try:
        if parsed.command == "claims":
            return _claims()
        return _check(parsed) if parsed.command == "check" else _table(parsed)
    except InputError as problem:
        print(f"verifier: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
