"""Reading and writing files, with errors that name the argument."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verifier.errors import InputError

UNREADABLE = (ValueError, RecursionError)
"""What reading JSON raises: no text, no JSON, numbers too long, nested too deeply."""

_ESCAPED = re.compile(
    r"((?<!\\)(?:\\\\)*)\\(?:u00(?:0[0-8bcdefBCDEF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])|[bfr])"
)
_RAW = dict.fromkeys(range(0x7F, 0xA0), "\ufffd")


def harmless(text: str) -> str:
    """JSON text whose strings cannot command a terminal: such characters become U+FFFD."""
    return _ESCAPED.sub(r"\1\\ufffd", text).translate(_RAW)


@contextmanager
def as_kept(*folders: Path) -> Iterator[None]:
    """Within it, what a damaged run makes go wrong is an `InputError` that names the folders."""
    try:
        yield
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        rule = f"holds what no run of this version writes: {type(problem).__name__}: {problem}"
        raise InputError("run", ", ".join(map(str, folders)), rule) from problem


def read_json(argument: str, path: Path) -> Any:
    """What a JSON file holds; raises `InputError` naming `argument`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, *UNREADABLE) as problem:
        raise InputError(argument, path, f"must be JSON: {problem}") from None
