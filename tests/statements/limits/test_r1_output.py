"""The rate and the power of R1's test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from verifier.statements import DEFAULT, STATISTICAL
from verifier.statements.limits.measured import observations
from verifier.statements.limits.rates import EXPONENT_ERROR, FINITE_WIDTH
from verifier.statistics import slope, slope_detects
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study

CPU64 = {"dtype": torch.float64, "device": "cpu"}
ALPHA, RUNS = 0.05, 2000
A_RUN = 5e-9  # about what one test of a whole run may spend


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """Centred logarithms of R1's error, one for each of many draws of one width."""
    c = STATISTICAL["R1"].experiments[DEFAULT][0].configurations[0]
    study = Study(Experiment("noise", (c,), 1000), ALPHA)
    found = [
        float(
            torch.linalg.vector_norm(seen.output_after - t.output(seen.z, seen.output_before)).log()
        )
        for t, seen in observations(study, c, len(c.f_steps))
    ]
    return np.array(found) - np.mean(found)


def power_laws(noise: np.ndarray, exponent: float, runs: int, seed: int) -> Iterator[Tensor]:
    """Values of R1's default experiment with noise of the measured law and a given exponent."""
    experiment = STATISTICAL["R1"].experiments[DEFAULT][0]
    generator = np.random.default_rng(seed)
    trend = exponent * np.log([c.width for c in experiment.configurations])
    for _ in range(runs):
        drawn = generator.choice(noise, size=(experiment.replicates, len(trend)))
        yield torch.tensor(np.exp(trend + drawn), **CPU64)


def alarms(noise: np.ndarray, exponent: float, alpha: float, runs: int, claimed: float) -> int:
    widths = [c.width for c in STATISTICAL["R1"].experiments[DEFAULT][0].configurations]
    return sum(
        slope("", widths, v, claimed, claimed, alpha=alpha, wanted=EXPONENT_ERROR).error > 1
        for v in power_laws(noise, exponent, runs, 7)
    )


@pytest.mark.slow
def test_false_alarms_are_as_rare_as_stated(noise: np.ndarray) -> None:
    assert alarms(noise, -0.5, ALPHA, RUNS, -0.5) <= stats.binom.isf(1e-6, RUNS, ALPHA)


@pytest.mark.slow
def test_an_exponent_off_by_a_tenth_is_found(noise: np.ndarray) -> None:
    for exponent in (-0.5 - EXPONENT_ERROR, -0.5 + EXPONENT_ERROR):
        assert alarms(noise, exponent, A_RUN, 400, -0.5) >= stats.binom.ppf(1e-6, 400, 0.99)
    widths = np.log([c.width for c in STATISTICAL["R1"].experiments[DEFAULT][0].configurations])
    spread = noise.std() / np.sqrt(((widths - widths.mean()) ** 2).sum())
    replicates = STATISTICAL["R1"].experiments[DEFAULT][0].replicates
    assert slope_detects(spread, replicates, alpha=A_RUN) < EXPONENT_ERROR


def test_what_finite_width_adds_is_small_beside_what_is_found() -> None:
    assert 5 * FINITE_WIDTH <= EXPONENT_ERROR
