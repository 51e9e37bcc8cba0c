"""The smallest error noticed: of draws relative, of tests as it is."""

from __future__ import annotations

import math

import pytest

from tests.report.records import configuration, evidence
from verifier.report.noticed import noticed
from verifier.statements import CERTIFICATE, IDENTITY
from verifier.statements.statement import RATE


def test_draws_are_relative_to_their_sides_by_dtype() -> None:
    single = {**configuration().to_json(), "dtype": "float32"}
    found = noticed(
        [
            evidence("E1", lhs=4.0, rhs=-8.0, bound=8e-16),
            evidence("E1", lhs=1.0, rhs=1.0, bound=3e-16),
            evidence("E1", lhs=2.0, rhs=2.0, bound=4e-16),
            evidence("E1", bound=1e-7, configuration=single),
        ],
        IDENTITY,
    )
    assert [f["what"] for f in found] == ["float32", "float64"]
    assert [f["error"] for f in found] == pytest.approx([1e-7, 2e-16])
    assert all(f["relative"] for f in found)


def test_what_says_nothing_is_left_out() -> None:
    assert noticed([], IDENTITY) == []
    assert noticed([evidence("E1", bound=math.inf), evidence("E1", bound=0.0)], IDENTITY) == []
    assert noticed([evidence("E1", lhs=0.0, rhs=0.0)], IDENTITY) == []
    assert noticed([evidence("E1", held=0)], IDENTITY) == []
    assert noticed([evidence("D1", lhs=1.0, rhs=2.0, bound=1e-9)], CERTIFICATE) == []


def test_of_tests_of_one_conclusion_the_best_counts() -> None:
    tests = [
        {"conclusion": "mean", "detects": 0.3, "alpha": 1e-9, "wanted": 1.0, "error": 0.1},
        {"conclusion": "mean", "detects": 0.2, "alpha": 1e-9, "wanted": 1.0, "error": 0.1},
        {"conclusion": "spread", "detects": None, "alpha": 1e-9, "wanted": 1.0, "error": 0.1},
    ]
    assert noticed([evidence("R1", tests=tests)], RATE) == [
        {"what": "mean", "error": 0.2, "relative": False}
    ]
