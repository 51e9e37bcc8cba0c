"""`verifier audit`: what can be said of a finished run from what it left."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import Any

from verifier.audit.audit import Audit, Outcome
from verifier.audit.saved import NAMES, Saved
from verifier.audit.weights import ASSUMED
from verifier.report.finding import sides
from verifier.report.summary import terminal_width
from verifier.statements import REGISTRY


def add(commands: Any) -> None:
    """Declare the subcommand."""
    named = "; ".join(f"{name}: {meaning}" for name, meaning in NAMES.items() if meaning)
    parser = commands.add_parser(
        "audit",
        help="check a finished run by its weights, data and perturbations",
        description="Exit status 0: what could be checked held; 1: a statement is refuted; 2: bad "
        "input; 3: nothing could be checked. Nothing in the files is executed.",
        epilog=f"What is read, by these names or those of a mapping: {named}.",
    )
    parser.add_argument(
        "run", type=Path, help=".npz, .pt, .safetensors or .json file, or a folder of them"
    )
    parser.add_argument(
        "--names",
        type=Path,
        metavar="FILE",
        help="TOML: a table `names`, e.g. W = 'after.hidden.weight', and a table `run` of values "
        "that no file holds (default: audit.toml in the folder)",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print what was found and what is missing."""
    saved = Saved.load(arguments.run, arguments.names)
    outcomes = Audit(saved, arguments.run.resolve().name).outcomes()
    checked = [outcome for outcome in outcomes if outcome.evidence is not None]
    print(_wrapped(_about(saved), 2))
    for outcome in outcomes:
        line = f"{_verdict(outcome):<8} {outcome.statement:<4} {outcome.by}{_more(outcome)}"
        print(_wrapped(line, 14))
    for outcome in checked:
        if outcome.evidence is not None and outcome.is_refuted:
            verdict, *compared = sides(outcome.evidence)
            claim = REGISTRY.statement(outcome.statement).plain
            print("", _wrapped(f"{verdict}, {outcome.by}: {claim}", 2), *compared, sep="\n")
    if any(outcome.is_refuted for outcome in outcomes):
        return 1
    return 0 if checked else 3


def _verdict(outcome: Outcome) -> str:
    if outcome.is_refuted:
        return "REFUTED"
    return "held" if outcome.holds else "--"


def _more(outcome: Outcome) -> str:
    if outcome.evidence is None:
        return f": {outcome.reason}"
    return f", error {outcome.evidence.error:.2g} times what rounding allows"


def _wrapped(line: str, indent: int) -> str:
    """The line, as wide as the terminal; what goes on stands below its text."""
    blank = " " * indent
    return textwrap.fill(line, terminal_width(), subsequent_indent=blank, break_on_hyphens=False)


def _about(saved: Saved) -> str:
    sizes = [f"{name} {tuple(value.shape)}" for name, value in saved.arrays.items()]
    rounding = "" if saved.has("steps") else f"; rounding as of {ASSUMED} steps"
    return f"{str(saved.dtype).removeprefix('torch.')}{rounding}: {', '.join(sizes)}"
