"""The tightest cases: those known by a hunt, and those made so that a bound is attained.

Each must hold. One that was found must be as tight as then: not as tight any more means that the
bound has become looser, or that the ratio was wrong.
"""

from dataclasses import replace

import pytest

from verifier.errors import NotComparable
from verifier.falsify.search import TIGHTEST, hunted
from verifier.statements import PATHWISE, PathwiseStatement
from verifier.suite.ending import Refuted
from verifier.suite.fitting import supported
from verifier.suite.run import Suite
from verifier.trial.case import Case

SAME = 1e-6  # relative; an independent code in float64 reaches the same ratio up to rounding


@pytest.mark.parametrize("statement", list(hunted().values()), ids=lambda s: s.id)
def test_kept_witness(statement: PathwiseStatement, suite: Suite) -> None:
    suite.require_applicable(statement)
    path = TIGHTEST / f"{statement.id}.json"
    if not path.exists():
        pytest.skip(f"{statement.id}: no tightest case is kept of statements from outside")
    case = Case.load(path, suite.subject.settings.device)
    if not supported(statement, suite.subject).admits(case.configuration):
        pytest.skip(f"{statement.id}: the code does not support the tightest case, in float64")
    try:
        evidence = statement.check(case.configuration, suite.subject, case.start)
    except NotComparable as reason:
        suite.record.reject(statement.id, "not comparable")
        pytest.skip(f"{statement.id}: {reason}")
    kept = replace(evidence, configuration=case.to_json(), label="tightest case known")
    suite.record.add(kept)
    if not kept.holds:
        raise Refuted(suite.refuted(kept).finding, f"verifier check {statement.id} {path}")
    assert case.found is not None
    assert kept.tightness is not None
    assert kept.tightness >= case.found["ratio"] * (1 - SAME)


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.attained()], ids=lambda s: s.id
)
def test_attained(statement: PathwiseStatement, suite: Suite) -> None:
    suite.require_applicable(statement)
    if not any(suite.verify_attained(statement)):
        pytest.skip(f"{statement.id}: no case that attains it could be tested")
