"""Statements without probability, on every kind of data and network."""

import pytest

from properties.strategies import strategy_for, widest_configuration
from properties.suite import HUNTING, STEERED, Suite
from verifier.claims import ANY, CERTIFICATE, CLAIMS, WIDE, Claim

EXACT = pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.inputs != WIDE], ids=lambda c: c.id
)


@EXACT
def test_random_configurations(claim: Claim, suite: Suite) -> None:
    suite.search(claim, strategy_for(claim))


@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.inputs == ANY], ids=lambda c: c.id
)
def test_a_million_neurons(claim: Claim, suite: Suite) -> None:
    suite.verify_all(claim, [widest_configuration()])


@pytest.mark.parametrize(
    "claim", [c for c in CLAIMS.values() if c.kind == CERTIFICATE], ids=lambda c: c.id
)
def test_tightest_case(claim: Claim, suite: Suite, profile: str) -> None:
    if profile not in HUNTING:
        pytest.skip(f"steering needs the examples of a profile among {', '.join(HUNTING)}")
    suite.search(claim, strategy_for(claim), examples=STEERED, tighten=True)
