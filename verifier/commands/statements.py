"""`verifier statements`: every statement with its source and negative controls."""

from __future__ import annotations

import argparse
from typing import Any

from verifier.statements import REGISTRY


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "statements", help="list every statement with its source and negative controls"
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    for chapter in REGISTRY.chapters:
        print(f"{chapter.title}. {chapter.sentence}")
        for statement in chapter.statements:
            controls = ", ".join(c.name for c in chapter.controls_of(statement.id))
            print(f"{statement.id:4} {statement.kind:12} {statement.statement}")
            print(f"     source: {statement.source}\n     proof: {statement.proof}")
            print(f"     refutes: {controls}")
    return 0
