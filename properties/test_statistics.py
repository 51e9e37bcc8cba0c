"""Statements about the law of the draw: fixed experiments, each test at its stated rate."""

import pytest

from verifier.statements import STATISTICAL, StatisticalStatement
from verifier.suite.drawing import size_of
from verifier.suite.run import Suite
from verifier.trial.experiment import Experiment


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    size = size_of(metafunc.config.getoption("--hypothesis-profile"))
    pairs = [(s, e) for s in STATISTICAL.values() for e in s.experiments[size]]
    names = [f"{s.id}-{e.name}" for s, e in pairs]
    metafunc.parametrize(("statement", "experiment"), pairs, ids=names)


def test_experiment(statement: StatisticalStatement, experiment: Experiment, suite: Suite) -> None:
    suite.settle(statement, [experiment])
