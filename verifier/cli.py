"""The command `verifier`; each subcommand is a module of `verifier.commands`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from verifier.commands import (
    bench,
    check,
    combine,
    falsify,
    report,
    reproduce,
    statements,
    table,
)
from verifier.errors import InputError, OutOfMemory
from verifier.statements import REGISTRY

COMMANDS = (statements, check, falsify, report, reproduce, table, combine, bench)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier",
        description="Executable theory of learning from adversarial perturbations.",
        epilog="`pytest properties/` searches for counterexamples; these commands work on one "
        "configuration or on a finished run.",
    )
    parser.add_argument(
        "--chapter",
        action="append",
        default=[],
        metavar="PKG.MOD:NAME",
        help="a chapter of your own statements, as the run was made with; may be repeated",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; bad input, or too large a one, prints what is wrong and exits with 2."""
    parsed = _parser().parse_args(arguments)
    try:
        REGISTRY.add_installed()
        for path in parsed.chapter:
            REGISTRY.add_named(path)
        status: int = parsed.run_command(parsed)
        sys.stdout.flush()
    except (InputError, OutOfMemory) as problem:
        print(f"verifier: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as in `verifier statements | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
