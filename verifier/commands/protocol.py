"""`verifier protocol`: what a program under test is asked, and an example with its answer."""

from __future__ import annotations

import argparse
import json
from typing import Any

from verifier.implementations.golden import names, vector
from verifier.implementations.protocol import (
    ANSWERS,
    ARGUMENTS,
    DESCRIBED,
    FIELDS,
    LAYERS,
    PROTOCOL,
    WAYS,
    sent,
)


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "protocol",
        help="what a program in any language is asked, and what it answers",
        description="Prints protocol 1 as JSON, or a request with its right answer.",
    )
    parser.add_argument(
        "--example",
        nargs="?",
        const="train-momentum",
        metavar="NAME",
        help="a golden vector: request, answer and the largest error of each entry, or row, that "
        f"rounding excuses (default: train-momentum); one of {', '.join(names())}",
    )
    parser.set_defaults(run_command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    if arguments.example is not None:
        found = vector(arguments.example)
        print("\n".join(f"{part}: {json.dumps(value)}" for part, value in found.items()))
        return 0
    functions = {
        name: {"request": ", ".join(sent(name)), "answer": ", ".join(ANSWERS[name] or LAYERS)}
        for name in ARGUMENTS
    }
    told = {
        "protocol": PROTOCOL,
        "ways": WAYS,
        "describe": {"answer": DESCRIBED},
        "functions": functions,
        "fields": FIELDS,
    }
    print(json.dumps(told, indent=2))
    return 0
