"""`verifier claims`: every statement with its source and negative controls."""

from __future__ import annotations

import argparse
from typing import Any

from verifier.claims import STATEMENTS
from verifier.mutants import killers_of


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "claims", help="list every claim with its statement and negative controls"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    for claim in STATEMENTS.values():
        controls = ", ".join(m.name for m in killers_of(claim.id))
        print(f"{claim.id:4} {claim.kind:12} {claim.statement}")
        print(f"     source: {claim.source}\n     refutes: {controls}")
    return 0
