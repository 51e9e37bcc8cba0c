"""Reading and writing files, with errors that name the argument."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verifier.errors import InputError, require

UNREADABLE = (ValueError, RecursionError)
"""What reading JSON raises: no text, no JSON, numbers too long, nested too deeply."""

_ESCAPED = re.compile(
    r"((?<!\\)(?:\\\\)*)\\(?:u00(?:0[0-8bcdefBCDEF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])|[bfr])"
)
LEAST_ROOM = 1 << 20
"""Bytes that are free where something is to be kept, before the work for it begins."""
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


def require_writable(argument: str, path: Path) -> None:
    """Raise `InputError` unless there is leave and room to write to `path`, which may not exist.

    Nothing is made: its nearest folder that is there is asked.
    """
    there = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    rule = "must be writable"
    require(
        there.is_dir() or there == path.absolute(), argument, path, f"{rule}: {there} is a file"
    )
    require(os.access(there, os.W_OK), argument, path, f"{rule}: {there} is not")
    free = shutil.disk_usage(there).free
    require(free >= LEAST_ROOM, argument, path, f"{rule}: {free} bytes are left on its disk")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is never seen half written; where that fails, what was there stays."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def written(argument: str, path: Path) -> Iterator[None]:
    """Within it, whatever keeps `path` from being written is an `InputError` naming `argument`."""
    try:
        yield
    except OSError as problem:
        rule = f"must be writable: {problem.strerror or problem}"
        raise InputError(argument, path, rule) from None
