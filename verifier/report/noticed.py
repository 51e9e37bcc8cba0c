"""The smallest error that a statement's check would have noticed, in the statement's own units.

Of an identity: what the worst comparison of a draw forgives, beside its right side. Of a
statistical test: the discrepancy that it finds with high probability, its tolerance included.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import Any

from verifier.evidence.evidence import Evidence
from verifier.statements import IDENTITY

SIZE = "of its size"
UNITS = {
    "exact binomial": "in the probability",
    "paired score (signs)": "in how often the rival is better",
    "slope (symmetric)": "in the exponent",
    "distribution (DKW)": "in the distribution function",
    "mean (Catoni)": "in the mean",
    "bounded mean (betting)": "in the mean",
    "symmetric (signs)": "in the mean",
    "variance (Catoni)": "in the variance",
    "median (signs)": "in the median",
}
"""What the error of each statistical test is an error in."""


def noticed(evidence: Iterable[Evidence], kind: str) -> list[dict[str, Any]]:
    """`what` is compared, the least `error` noticed there, and its `unit`.

    Of draws, the median of each dtype. Tests of one conclusion count once, by the best of them.
    """
    forgiven: dict[str, list[float]] = {}
    found: dict[str, float] = {}
    units: dict[str, str] = {}
    for each in evidence:
        for test in each.tests:
            if test["detects"] is not None:
                what = test["conclusion"]
                found[what] = min(found.get(what, math.inf), test["detects"])
                units[what] = UNITS.get(test["test"], "in its own unit")
        size = abs(each.rhs)  # a distance that must be 0 has no size, nor has an inequality
        equal = kind == IDENTITY and not each.is_vacuous
        if equal and 0 < each.bound < math.inf and size > 0:
            dtype = each.configuration.get("dtype", "float64")
            forgiven.setdefault(dtype, []).append(each.bound / size)
    return [
        *({"what": d, "error": median(r), "unit": SIZE} for d, r in sorted(forgiven.items())),
        *({"what": what, "error": error, "unit": units[what]} for what, error in found.items()),
    ]
