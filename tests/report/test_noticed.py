"""The smallest error noticed: of draws relative, of tests in what they test."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.report.records import configuration, evidence
from verifier.report.noticed import SIZE, UNITS, noticed
from verifier.statements import CERTIFICATE, IDENTITY
from verifier.statements.statement import RATE

TOLERANCES = Path(__file__).parents[1] / "statements" / "tolerances.json"
MEAN = {"test": "mean (Catoni)", "alpha": 1e-9, "wanted": 1.0, "error": 0.1}


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
    assert {f["unit"] for f in found} == {SIZE}


def test_what_says_nothing_is_left_out() -> None:
    assert noticed([], IDENTITY) == []
    assert noticed([evidence("E1", bound=math.inf), evidence("E1", bound=0.0)], IDENTITY) == []
    assert noticed([evidence("E1", lhs=0.0, rhs=0.0)], IDENTITY) == []
    assert noticed([evidence("E1", held=0)], IDENTITY) == []
    assert noticed([evidence("D1", lhs=1.0, rhs=2.0, bound=1e-9)], CERTIFICATE) == []


def test_of_tests_of_one_conclusion_the_best_counts() -> None:
    tests = [
        {"conclusion": "mean", "detects": 0.3, **MEAN},
        {"conclusion": "mean", "detects": 0.2, **MEAN},
        {
            "conclusion": "spread",
            "detects": None,
            "alpha": 1e-9,
            "wanted": 1.0,
            "error": 0.1,
            **MEAN,
        },
    ]
    assert noticed([evidence("R1", tests=tests)], RATE) == [
        {"what": "mean", "error": 0.2, "unit": "in the mean"}
    ]


def test_the_error_of_every_test_has_a_unit() -> None:
    """Of all statistical tests that the statements make."""
    tests = set(re.findall(r'"test": "([^"]+)"', TOLERANCES.read_text(encoding="utf-8")))
    assert len(tests) > 5
    assert tests <= set(UNITS)
