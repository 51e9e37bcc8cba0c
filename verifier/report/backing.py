"""What backs the statements that are supported, beside a run: how many are exact, a limit, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verifier.report.verdicts import SUPPORTED
from verifier.statements import EXACT, HEURISTIC, LIMIT

Statement = Mapping[str, Any]
"""What `content.gather` made of one."""


OF_BASIS = {
    EXACT: " (by proof or definition)",
    LIMIT: " (of wide networks)",
    HEURISTIC: " (tests only)",
}
"""What each says, behind its count."""


def backing(statements: Sequence[Statement], says: Mapping[str, str] | None = None) -> str:
    """How many of the supported ones are of each basis, and behind each what it `says`.

    >>> backing([{"verdict": "supported", "basis": b} for b in ("exact", "exact", "limit")])
    '2 exact, 1 limit'
    """
    held = [s["basis"] for s in statements if s["verdict"] == SUPPORTED]
    counts = {basis: held.count(basis) for basis in (EXACT, LIMIT, HEURISTIC)}
    told = {b: f"{n} {b}{'s' * (n > 1 and b != EXACT)}" for b, n in counts.items() if n}
    return ", ".join(named + (says or {}).get(basis, "") for basis, named in told.items())


def unproved(statements: Sequence[Statement]) -> str:
    """How many of the supported ones are not exact; empty if all are.

    >>> unproved([{"verdict": "supported", "basis": b} for b in ("exact", "limit", "limit")])
    '2 limits'
    """
    held = [s["basis"] for s in statements if s["verdict"] == SUPPORTED]
    counts = {basis: held.count(basis) for basis in (LIMIT, HEURISTIC)}
    return ", ".join(f"{n} {basis}{'s' * (n > 1)}" for basis, n in counts.items() if n)
