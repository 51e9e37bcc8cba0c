"""The tightest cases known: each must hold, and be as tight as when it was found.

Not as tight any more means that the bound has become looser, or that the ratio was wrong.
"""

from dataclasses import replace

import pytest

from properties.suite import Refuted, Suite, finding
from verifier.claims import CLAIMS, Claim
from verifier.errors import NotComparable
from verifier.explicit import Case
from verifier.hunt.search import INEQUALITIES, TIGHTEST

SAME = 1e-6  # relative; an independent code in float64 reaches the same ratio up to rounding


@pytest.mark.parametrize("claim", [CLAIMS[c] for c in INEQUALITIES], ids=lambda c: c.id)
def test_kept_witness(claim: Claim, suite: Suite) -> None:
    suite.require_applicable(claim)
    path = TIGHTEST / f"{claim.id}.json"
    case = Case.load(path, suite.settings.device)
    try:
        evidence = case.check(claim.id, suite.implementation, suite.settings, suite.theory)
    except NotComparable as reason:
        suite.record.reject(claim.id, "not comparable")
        pytest.skip(f"{claim.id}: {reason}")
    suite.record.add(replace(evidence, setting="tightest case known"))
    if not evidence.holds:
        raise Refuted(f"{finding(evidence)}\nverifier check {claim.id} {path}")
    assert case.found is not None
    assert evidence.tightness is not None
    assert evidence.tightness >= case.found["ratio"] * (1 - SAME)
