"""`verifier.toml`: what a project says once of all its runs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from verifier.errors import InputError, require

NAME = "verifier.toml"

RUN = ("implementation", "program", "level", "dtype")
"""What its table `run` may hold, as text: defaults of the options of `verifier run`."""

TABLES = ("run", "expected")


def project(folder: Path) -> dict[str, Any]:
    """Its tables by name, empty where a folder has no such file; `InputError` for a wrong one."""
    path = folder / NAME
    return tables(path) if path.exists() else {}


def tables(path: Path) -> dict[str, Any]:
    """The tables of such a file, by name; raises `InputError`."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise InputError(NAME, path, f"must be TOML: {problem}") from None
    _require_known(found, TABLES, "table")
    return found


def settings_of_runs(folder: Path) -> dict[str, str]:
    """The table `run`; `InputError` for a key that is not known, or a value that is no text."""
    found = project(folder).get("run", {})
    require(isinstance(found, dict), f"{NAME}, run", repr(found), "must be a table")
    _require_known(found, RUN, "key of the table run")
    for key, value in found.items():
        require(isinstance(value, str), f"{NAME}, run.{key}", repr(value), "must be text")
    is_one = not {"implementation", "program"} <= set(found)
    require(is_one, f"{NAME}, run", "implementation and program", "must be one of them")
    return found


def _require_known(found: dict[str, Any], known: tuple[str, ...], what: str) -> None:
    for name in found:
        require(name in known, NAME, repr(name), f"is no {what}, of which there are {known}")
