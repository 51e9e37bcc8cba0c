"""Reading and writing files, with errors that name the argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from verifier.errors import InputError

UNREADABLE = (ValueError, RecursionError)
"""What reading JSON raises: no text, no JSON, numbers too long, nested too deeply."""


def read_json(argument: str, path: Path) -> Any:
    """What a JSON file holds; raises `InputError` naming `argument`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, *UNREADABLE) as problem:
        raise InputError(argument, path, f"must be JSON: {problem}") from None
