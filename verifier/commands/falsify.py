"""`verifier falsify`: hunt for a counterexample of an inequality, or for its tightest case."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.commands.live import Line
from verifier.evidence.files import read_json
from verifier.falsify.search import (
    INEQUALITIES,
    Found,
    Hunt,
    seconds,
)
from verifier.statements import PATHWISE
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration

FOLDER = Path(".verifier/falsify")


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "falsify",
        help="hunt for a counterexample of an inequality by gradient ascent on lhs / rhs",
        description="Exit status 0: none found; 1: refuted; 2: bad input; 3: nothing could be "
        "compared. Ctrl-C ends the hunt and keeps the best.",
    )
    parser.add_argument("claim", help=f"one of {', '.join(INEQUALITIES)}")
    parser.add_argument("--budget", default="2m", help="30s, 2m, 1h (default: 2m)")
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (default: 0)")
    parser.add_argument("--slope", type=float, help="of all random starts (default: any)")
    parser.add_argument("--width", type=int, help="of all random starts (default: 1 to 8)")
    parser.add_argument(
        "--start", type=Path, metavar="FILE", help="a configuration or a witness to begin with"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help=f"default: {FOLDER}/CLAIM.json")
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Hunt, print what was found and tried, and write the witness."""
    budget = seconds(arguments.budget)
    hunt = Hunt(
        arguments.claim,
        arguments.seed,
        arguments.slope,
        arguments.width,
        _start(arguments.start) if arguments.start else None,
    )
    print(f"{hunt.claim}  {PATHWISE[hunt.claim].statement}")
    line = Line(budget / 10)
    hunt.run(budget, lambda hunt: line.show(_progress(hunt, budget)))
    line.close()
    if hunt.interrupted:
        print("interrupted; what had been found is kept")
    _print_found(hunt)
    print(
        f"tried      {hunt.restarts} restarts, {hunt.steps} gradient steps, {hunt.evaluations} "
        f"checks on the reference, {hunt.rejected} of them rejected, in {hunt.elapsed:.0f} s"
    )
    best = hunt.refutation or hunt.tightest
    if best is None:
        print(f"{hunt.claim}: in no case could the two sides be compared")
        return 3
    path = arguments.output or FOLDER / f"{hunt.claim}.json"
    best.witness(hunt.seed).save(path)
    print(f"witness    verifier check {hunt.claim} {path}")
    return 0 if hunt.refutation is None else 1


def _start(path: Path) -> Case:
    described = read_json("start", path)
    if isinstance(described, dict) and "draw" in described:
        return Case.from_json(described)
    return Case.drawn(Configuration.from_json(described))


def _print_found(hunt: Hunt) -> None:
    if hunt.refutation is not None:
        evidence = hunt.refutation.evidence
        print(f"REFUTED    by {evidence.error:.3g} times what rounding allows")
        _print_case(hunt.refutation)
    for found in sorted(hunt.best.values(), key=lambda found: -found.ratio):
        print(f"tightest   lhs/rhs = {found.ratio:.10g}")
        _print_case(found)


def _print_case(found: Found) -> None:
    c = found.case.configuration
    print(f"  {found.conclusion}  at {found.index}")
    print(f"  both sides  {found.lhs:.12g}  against  {found.rhs:.12g}")
    print(
        f"  m = {c.width}, N = {c.data.samples}, d = {c.data.dimension}, {len(c.f_steps)} steps, "
        f"momentum {c.momentum:g}, slope {c.slope:g}, loss {c.loss}, "
        f"biases {'trained' if c.train_bias else 'frozen'}"
    )


def _progress(hunt: Hunt, budget: float) -> str:
    best, left = hunt.tightest, max(0.0, budget - hunt.elapsed)
    ratio = "none yet" if best is None else f"{best.ratio:.10g}"
    return f"{hunt.elapsed:4.0f} s, {left:.0f} s left  {hunt.restarts} restarts  best {ratio}"
