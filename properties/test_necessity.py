"""Each premise broken on purpose: does its conclusion fail then? The report keeps the answer."""

import pytest

from verifier.necessity.premise import VOID, Premise
from verifier.necessity.premises import PREMISES, measure
from verifier.suite.run import Suite


@pytest.mark.parametrize("premise", PREMISES, ids=lambda p: p.name)
def test_premise(premise: Premise, suite: Suite) -> None:
    found = measure(premise, suite.size, suite.subject.settings, suite.of_reference)
    suite.record.necessity.append(found)
    assert found["verdict"] != VOID, "the conclusion fails with its premise"
    assert not (premise.is_proved and found["kept"]["failures"]), "a proved conclusion failed"
