"""P5: the law of sums of random signs against enumeration, binomials and drawn sums."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from scipy import stats

from tests.statements.probability.small import A_RUN, IMPLEMENTATIONS, experiment
from verifier.statements import REGISTRY, STATISTICAL
from verifier.statements.probability.target_law import _CELLS, TargetLaw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


def law(steps: np.ndarray | list[float], centre: float = 0.0) -> TargetLaw:
    return TargetLaw(centre, torch.tensor(np.asarray(steps), dtype=torch.float64))


def sums(steps: np.ndarray, centre: float) -> np.ndarray:
    signs = np.array(list(product((-1, 1), repeat=len(steps))))
    return np.sort(centre + signs @ steps)


def test_outcomes_are_all_sums_in_order() -> None:
    steps = np.random.default_rng(0).exponential(size=9)
    assert law(steps, 0.7).outcomes().numpy() == pytest.approx(sums(steps, 0.7), abs=1e-13)


@pytest.mark.parametrize("count", [1, 3, 10, 14])
def test_the_law_brackets_the_enumerated_one(count: int) -> None:
    random = np.random.default_rng(count)
    steps, centre = random.exponential(size=count), random.normal()
    every = sums(steps, centre)
    values = np.concatenate((every[:: max(1, len(every) // 300)], random.normal(size=50)))
    at, below = (t.numpy() for t in law(steps, centre).cdf(torch.from_numpy(values)))
    up_to = np.searchsorted(every, values + 1e-12, side="right") / len(every)
    before = np.searchsorted(every, values - 1e-12, side="left") / len(every)
    assert (at >= up_to - 1e-12).all()
    assert (below <= before + 1e-12).all()
    assert (at - below).max() < (up_to - before).max() + 0.003


def test_a_value_within_all_roundings_of_an_outcome_is_on_both_sides_of_it() -> None:
    steps = np.random.default_rng(3).exponential(size=6)
    cell = steps.sum() / (_CELLS * 6**0.5)
    rounded = cell * np.round(steps / cell)
    moved, all_minus = np.abs(steps - rounded).sum(), -rounded.sum()
    values = torch.from_numpy(all_minus + moved * np.array([-1.1, -0.9, 0.9, 1.1]))
    at, below = (t.numpy() for t in law(steps).cdf(values))
    assert at.tolist() == [0, 1 / 64, 1 / 64, 1 / 64]
    assert below.tolist() == [0, 0, 0, 1 / 64]


def test_equal_steps_make_a_binomial() -> None:
    values = np.linspace(-3.05, 3.05, 62)
    at, below = law([0.1] * 40).cdf(torch.from_numpy(values))
    due = stats.binom.cdf(np.floor(values / 0.2 + 20), 40, 0.5)
    assert at.numpy() == pytest.approx(due, abs=1e-9)
    assert below.numpy() == pytest.approx(due, abs=1e-9)


@pytest.mark.parametrize("count", [40, 200])
def test_the_law_of_many_is_that_of_drawn_sums(count: int) -> None:
    random = np.random.default_rng(count)
    steps, runs = random.exponential(size=count), 20_000
    drawn = np.sort((2 * random.integers(0, 2, (runs, count)) - 1) @ steps)
    at, below = (t.numpy() for t in law(steps).cdf(torch.from_numpy(drawn)))
    assert (at - below).max() < 0.005  # the grid
    allowed = np.sqrt(np.log(2e6) / (2 * runs))
    assert np.abs(at - np.arange(1, runs + 1) / runs).max() < allowed + 0.005


@pytest.mark.parametrize(
    ("steps", "error"), [([2.0], 0.56), ([1.0] * 4, 0.28), ([3.0, 4.0], 0.56 * 91 / 125)]
)
def test_the_error_by_hand(steps: list[float], error: float) -> None:
    assert law(steps).error() == pytest.approx(error, rel=1e-12)


def test_the_wrong_sign_is_at_least_as_likely_as_claimed() -> None:
    random, told = np.random.default_rng(7), 0
    for _ in range(60):
        steps = random.uniform(0.5, 1.0, size=12)
        centre = random.normal() * 0.3
        found = law(steps, centre)
        wrong = np.mean(np.sign(centre) * sums(steps, centre) <= 0)
        assert found.least_wrong() <= wrong
        told += found.least_wrong() > 0.1
    assert told > 15
    assert found.least_wrong() == pytest.approx(
        stats.norm.cdf(-abs(centre) / np.linalg.norm(steps)) - found.error(), abs=1e-12
    )


def test_no_noise_leaves_the_mean() -> None:
    at, below = law([0.0, 0.0], 2.0).cdf(torch.tensor([1.9, 2.0, 2.1], dtype=torch.float64))
    assert at.tolist() == [0.0, 1.0, 1.0]
    assert below.tolist() == [0.0, 0.0, 1.0]


@pytest.mark.slow
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
def test_correct_implementations_pass(implementation: type) -> None:
    for index in (0, 1):
        found = STATISTICAL["P5"].check(experiment("P5", index), A_RUN, Subject(implementation()))
        assert found.holds
        assert found.tests == ()


def test_the_law_of_one_sample_tells_the_constant() -> None:
    """Distance .3413 for N = 1: where the constant .3 is refuted, and .56 is not."""
    controls = {c.name: c for c in REGISTRY.controls_of("P5")}
    for name in ("targets-constant", "targets-normal"):
        subject = Subject(theory=controls[name].theory, settings=Settings(3))
        assert not STATISTICAL["P5"].check(experiment("P5"), A_RUN, subject).holds
    assert STATISTICAL["P5"].check(experiment("P5"), A_RUN, Subject()).holds
