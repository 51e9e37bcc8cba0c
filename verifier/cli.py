"""The command `verifier`; each subcommand is a module of `verifier.commands`."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from verifier.commands import (
    accumulate,
    audit,
    bench,
    check,
    combine,
    completion,
    falsify,
    init,
    protocol,
    report,
    reproduce,
    run,
    statements,
    table,
)
from verifier.errors import InputError, OutOfMemory
from verifier.evidence.version import VERSION
from verifier.statements import REGISTRY

COMMANDS = (
    init,
    run,
    audit,
    statements,
    check,
    falsify,
    report,
    reproduce,
    table,
    combine,
    accumulate,
    bench,
    protocol,
    completion,
)

BAD_INPUT, INTERNAL, INTERRUPTED = 2, 70, 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verifier",
        description="Executable theory of learning from adversarial perturbations.",
        epilog="`verifier run` searches for counterexamples, as `pytest properties/` does in a "
        "clone; the others work on one configuration or on a finished run.",
    )
    parser.add_argument("--version", action="version", version=f"verifier {VERSION}")
    parser.add_argument(
        "--chapter",
        action="append",
        default=[],
        metavar="PKG.MOD:NAME",
        help="a chapter of your own statements, as the run was made with; may be repeated",
    )
    commands = parser.add_subparsers(dest="command")
    for command in COMMANDS:
        command.add(commands)
    parser.set_defaults(run_command=None)
    return parser


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments; what follows `--` is kept as it is for a command that passes it on."""
    own = list(arguments)
    passed = own[own.index("--") + 1 :] if "--" in own else []
    parsed, unknown = _parser().parse_known_args(own[: len(own) - len(passed) - ("--" in own)])
    if unknown:
        passes = "; those of pytest and of the suite go after --" * (parsed.command == "run")
        rule = f"no option of verifier {parsed.command or ''}".rstrip() + passes
        raise InputError("option", " ".join(unknown), rule)
    if passed and not hasattr(parsed, "options"):
        raise InputError("--", " ".join(passed), "only `verifier run` passes options on")
    parsed.options = passed
    return parsed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status.

    Bad input, or too large a one, prints what is wrong: 2. Interrupted: 130. Anything else that is
    raised is an error of the verifier, told with its traceback: 70.
    """
    try:
        parsed = _parsed(sys.argv[1:] if arguments is None else arguments)
        if parsed.run_command is None:
            _parser().print_help()
            return 0
        REGISTRY.add_installed()
        for path in parsed.chapter:
            REGISTRY.add_named(path)
        status: int = parsed.run_command(parsed)
        sys.stdout.flush()
    except (InputError, OutOfMemory) as problem:
        print(f"verifier: {problem}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader has seen enough, as in `verifier statements | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("verifier: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()
        return INTERNAL
    return status


if __name__ == "__main__":
    sys.exit(main())
