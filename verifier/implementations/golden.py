"""Requests with their right answers, and how far off an answer may be: for any language to test by.

They are in `golden/` beside this file, one JSON file each: `request` and `answer` as in protocol 1
by lines, `bound` with the largest error of each entry of the answer that rounding in float64
excuses, or of each row where that is a vector.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import numpy as np

from verifier.errors import require


def names() -> list[str]:
    """What the golden vectors are called, e.g. `train-momentum`."""
    return sorted(p.name.removesuffix(".json") for p in _folder().iterdir())


def vector(name: str) -> dict[str, Any]:
    """One of them: `request`, `answer` and `bound`. Raises `InputError`."""
    require(name in names(), "example", repr(name), f"must be one of {', '.join(names())}")
    found: dict[str, Any] = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
    return found


def is_right(vector: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether an answer is within the bounds of a golden vector.

    Arrays by entries or, where the bound has one dimension less, rows by the norm of the error.
    """
    for name, wanted in vector["answer"].items():
        bound, right = np.asarray(vector["bound"][name]), np.asarray(wanted)
        found = np.asarray(answer.get(name, np.nan), dtype=np.float64)
        if found.shape != right.shape:
            return False
        error = np.abs(found - right)
        error = np.linalg.norm(error, axis=-1) if bound.ndim < error.ndim else error
        if not (error <= bound).all():
            return False
    return True


def _folder() -> Any:
    return files("verifier.implementations") / "golden"
