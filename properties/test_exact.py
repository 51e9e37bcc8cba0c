"""E0-E5, D1-D3: statements without probability, on every kind of data and network."""

import pytest

from properties.strategies import strategy_for, widest_configuration
from properties.suite import Suite
from verifier.claims import CLAIMS, IMPLICATION, Claim

EXACT = pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.kind != IMPLICATION], ids=lambda c: c.id
)


@EXACT
def test_random_configurations(claim: Claim, suite: Suite) -> None:
    suite.search(claim, strategy_for(claim))


@pytest.mark.wide
@EXACT
def test_a_million_neurons(claim: Claim, suite: Suite) -> None:
    suite.verify_all(claim, [widest_configuration()])
