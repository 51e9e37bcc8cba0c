"""E1b: how far a movement is from every sum of samples that is allowed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from verifier.data.distributions import Data
from verifier.statements import PATHWISE
from verifier.statements.identities.e1b_weights import distance_to_cone, excluded_share
from verifier.trial.configuration import Configuration
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def test_distance_to_a_box_of_sums_is_exact() -> None:
    """Against points built inside and outside, with columns of very different lengths."""
    rng = np.random.default_rng(0)
    for trial in range(200):
        d, n = int(rng.integers(1, 5)), int(rng.integers(1, 8))
        columns = rng.normal(size=(d, n)) * 10.0 ** rng.uniform(-8, 8, size=n)
        low, high = sorted(rng.uniform(0, 3, size=2))
        inside = columns @ rng.choice([low, high, (low + high) / 2], size=n)
        size = float(np.abs(columns).sum() * high)
        assert distance_to_cone(columns, inside, low, high) <= 1e-14 * size, trial
    line = np.array([[1.0, 1e-6]])
    assert distance_to_cone(line, np.array([0.0]), 1.0, 2.0) == pytest.approx(1 + 1e-6)
    assert distance_to_cone(line, np.array([3.0]), 1.0, 2.0) == pytest.approx(1 - 2e-6)
    assert distance_to_cone(line, np.array([-2.0]), 0.0, math.inf) == pytest.approx(2.0)


def test_the_smallest_false_alarm_of_a_solver_is_gone() -> None:
    """Samples 7 and 1e-7: the second one's share must not be lost in the first one's rounding."""
    data = Data("raw", 1, 2, points=((7.0,), (1e-7,)))
    found = Configuration(data, 10, 0.01, False, (0.02,), (0.02,), 0.0, "a")
    for seed in range(30):
        assert PATHWISE["E1b"].check(found, Subject(settings=Settings(seed))).error <= 1


@pytest.mark.parametrize(
    ("columns", "share"),
    [
        ([[1.0, -3.0, 0.0, 0.0], [0.0, 0.0, 2.0, -1e-3]], 0.0),  # all of the plane
        ([[1.0, 0.0], [0.0, 5.0]], 1.0),  # a quarter of it
        ([[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]], 1.0),  # half of it
        ([[1.0, -1.0], [0.0, 0.0]], 1.0),  # a line
    ],
)
def test_what_a_cone_excludes(columns: list[list[float]], share: float) -> None:
    assert excluded_share(np.array(columns)) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize(("loss", "says_nothing"), [("logistic", True), ("identity", False)])
def test_sums_that_reach_everything_exclude_nothing(loss: str, says_nothing: bool) -> None:
    """Samples on both sides, both labels: any movement is a sum, if its weights have no bound."""
    data = Data("raw", 1, 3, points=((2.0,), (-1.0,), (-3.0,)), labels="one")
    every = Configuration(data, 5, 0.2, False, (0.4,), (0.1,), 0.0, "a", loss=loss)
    found = PATHWISE["E1b"].check(every)
    assert found.is_vacuous == says_nothing
    assert found.comparisons > 0
    one_side = replace(every, data=replace(data, points=((2.0,), (1.0,), (3.0,))))
    assert not PATHWISE["E1b"].check(one_side).is_vacuous
