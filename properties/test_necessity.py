"""Each premise broken on purpose: does its conclusion fail then? The report keeps the answer."""

import pytest

from properties.suite import Suite
from verifier.necessity import PREMISES, VOID, Premise, measure


@pytest.mark.parametrize("premise", PREMISES, ids=lambda p: p.name)
def test_premise(premise: Premise, suite: Suite) -> None:
    found = measure(premise, suite.size, suite.settings, suite.memo)
    suite.record.necessity.append(found)
    assert found["verdict"] != VOID, "the conclusion fails with its premise"
    assert not (premise.is_proved and found["kept"]["failures"]), "a proved conclusion failed"
