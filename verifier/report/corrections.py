"""Statements that hold against the paper: which these are, and how far the paper is off."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from verifier.report.verdicts import SUPPORTED
from verifier.statements.limits.experiments import CORRELATED

OF_DIRECTION = "R3"
"""The statement that has the angles to both directions, the paper's *s* and the corrected *h*."""
AGAINST = {
    OF_DIRECTION: "what training adds to a gradient tends to the direction h, not to the "
    "published s, as neurons switch on or off"
}
"""Statements that say otherwise than the paper, where they hold: what they say."""
POINTS = CORRELATED[0].configurations[0].fresh_points
"""A run keeps the root of the sum of squares over so many; told is their mean's."""


def corrections(statements: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids of those that hold against the paper.

    >>> corrections([{"id": "R2", "verdict": "supported"}, {"id": "R3", "verdict": "supported"}])
    ['R3']
    """
    return [s["id"] for s in statements if s["id"] in AGAINST and s["verdict"] == SUPPORTED]


def corrected(statements: Sequence[Mapping[str, Any]], named: bool = True) -> str:
    """That some of these correct the paper, and which if `named`; empty if none does.

    >>> corrected([{"id": "R3", "verdict": "supported"}])
    'R3 corrects the paper'
    """
    ids = corrections(statements)
    which = ", ".join(ids) if named else "one" if len(ids) == 1 else f"{len(ids)}"
    return f"{which} correct{'s' * (len(ids) == 1)} the paper" if ids else ""


def against(statements: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What each that holds says against the paper, with the size of it where it was measured."""
    return {name: AGAINST[name] + _size(statements) for name in corrections(statements)}


def _size(statements: Sequence[Mapping[str, Any]]) -> str:
    """Both angles at the last width, in words; empty where these were not measured."""
    found = angles(statements)
    if not found:
        return ""
    (sizes, to_s), (_, to_h) = ((found[k][0], np.median(found[k][1], axis=0)) for k in "sh")
    return f" (at width {sizes[-1]:,.0f}: {to_h[-1]:.2f} rad from h, {to_s[-1]:.2f} from s)"


def angles(
    statements: Sequence[Mapping[str, Any]],
) -> dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Widths, and each draw's angle at each, by direction: s and h; empty if not measured."""
    measured = [one for s in statements if s["id"] == OF_DIRECTION for one in s["series"]]
    found = {
        letter: (
            np.asarray(one["sizes"], dtype=float),
            np.asarray(one["values"], dtype=float) / math.sqrt(POINTS),
        )
        for letter in "sh"
        for one in measured
        if one["name"].endswith(f", {letter})")
    }
    return found if len(found) == 2 else {}
