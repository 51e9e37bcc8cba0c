"""The smallest error that a statement's check would have noticed, in the statement's own units.

Of a check up to rounding: what the worst comparison of a draw forgives, beside its two sides. Of a
statistical test: the discrepancy that it finds with high probability, its tolerance included.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import Any

from verifier.evidence.evidence import Evidence


def noticed(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """`what` is compared, and the least `error` noticed there; `relative` to the sides, or not.

    Of draws, the median of each dtype. Tests of one conclusion count once, by the best of them.
    """
    forgiven: dict[str, list[float]] = {}
    found: dict[str, float] = {}
    for each in evidence:
        for test in each.tests:
            if test["detects"] is not None:
                what = test["conclusion"]
                found[what] = min(found.get(what, math.inf), test["detects"])
        size = max(abs(each.lhs), abs(each.rhs))
        if not each.tests and not each.is_vacuous and 0 < each.bound < math.inf and size > 0:
            dtype = each.configuration.get("dtype", "float64")
            forgiven.setdefault(dtype, []).append(each.bound / size)
    return [
        *({"what": d, "error": median(r), "relative": True} for d, r in sorted(forgiven.items())),
        *({"what": what, "error": error, "relative": False} for what, error in found.items()),
    ]
