"""D4, D5: certified parallelism and the main theorem, where their premises can hold."""

import pytest

from properties.strategies import strategy_for
from properties.suite import Suite
from verifier.claims import CLAIMS, WIDE, Claim


@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.inputs == WIDE], ids=lambda c: c.id
)
def test_wide_networks(claim: Claim, suite: Suite) -> None:
    suite.search(claim, strategy_for(claim))
