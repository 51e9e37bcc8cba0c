"""What backs the statements that are supported, beside a run: how many are exact, a limit, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.report.verdicts import SUPPORTED
from verifier.statements import EXACT, HEURISTIC, LIMIT

Statement = Mapping[str, Any]
"""What `content.gather` made of one."""


def backing(statements: Sequence[Statement], heuristic: str = "") -> str:
    """How many of the supported ones are of each basis; `heuristic` says what the last one is.

    >>> backing([{"verdict": "supported", "basis": b} for b in ("exact", "exact", "limit")])
    '2 exact, 1 limit'
    """
    held = [s["basis"] for s in statements if s["verdict"] == SUPPORTED]
    exact = [f"{held.count(EXACT)} exact"] if EXACT in held else []
    return ", ".join([*exact, *filter(None, [unproved(statements)])]) + heuristic * (
        HEURISTIC in held
    )


def unproved(statements: Sequence[Statement]) -> str:
    """How many of the supported ones are not exact; empty if all are.

    >>> unproved([{"verdict": "supported", "basis": b} for b in ("exact", "limit", "limit")])
    '2 limits'
    """
    held = [s["basis"] for s in statements if s["verdict"] == SUPPORTED]
    counts = {basis: held.count(basis) for basis in (LIMIT, HEURISTIC)}
    return ", ".join(f"{n} {basis}{'s' * (n > 1)}" for basis, n in counts.items() if n)
