"""Statements without probability, on every kind of data and network."""

import pytest

from verifier.statements import ANY, CERTIFICATE, PATHWISE, WIDE, PathwiseStatement
from verifier.suite.drawing import STEERING
from verifier.suite.fixed import widest_configuration
from verifier.suite.run import Suite

STEERED = 1000  # examples from about which steering by `target` matters


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.inputs != WIDE], ids=lambda s: s.id
)
def test_random_configurations(statement: PathwiseStatement, suite: Suite) -> None:
    suite.search(statement, suite.strategy(statement))


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.inputs == ANY], ids=lambda s: s.id
)
def test_a_million_neurons(statement: PathwiseStatement, suite: Suite) -> None:
    suite.verify_all(statement, [widest_configuration(suite.subject.supports)])


@pytest.mark.parametrize(
    "statement", [s for s in PATHWISE.values() if s.kind == CERTIFICATE], ids=lambda s: s.id
)
def test_tightest_case(statement: PathwiseStatement, suite: Suite, profile: str) -> None:
    if profile not in STEERING:
        pytest.skip(f"left to the profiles {' and '.join(STEERING)}")
    suite.search(statement, suite.strategy(statement), examples=STEERED, tighten=True)
