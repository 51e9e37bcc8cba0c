"""Statements about the law of the draw: fixed experiments, each test at its stated rate."""

import pytest

from properties.suite import Suite, size_of
from verifier.claims import STATISTICAL, StatisticalClaim
from verifier.study import Experiment


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    size = size_of(metafunc.config.getoption("--hypothesis-profile"))
    cases = [(c, e) for c in STATISTICAL.values() for e in c.experiments[size]]
    metafunc.parametrize(("claim", "experiment"), cases, ids=[f"{c.id}-{e.name}" for c, e in cases])


def test_experiment(claim: StatisticalClaim, experiment: Experiment, suite: Suite) -> None:
    suite.settle(claim, [experiment])
