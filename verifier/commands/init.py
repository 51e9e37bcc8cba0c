"""`verifier init`: a commented adapter that runs, its settings, and a workflow for CI."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from verifier.implementations.starting import STARTS

OF = {
    "torch": "a torch.nn.Module and its training loop",
    "numpy": "functions on NumPy arrays",
    "jax": "functions on JAX arrays",
    "program": "a program in any language; the one written is in C",
}


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "init",
        help="write an adapter for your own code, its settings and a workflow for CI",
        description="Writes into the current folder; nothing that exists is overwritten.",
    )
    kinds = parser.add_mutually_exclusive_group(required=True)
    for kind in STARTS:
        kinds.add_argument(
            f"--{kind}", dest="kind", action="store_const", const=kind, help=f"for {OF[kind]}"
        )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write, and say what to type next."""
    start = STARTS[arguments.kind]
    for path in start.write(Path()):
        print(f"wrote  {path}")
    print(f"next   {start.next}")
    return 0
