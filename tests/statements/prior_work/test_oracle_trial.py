"""O3, O4: what is learnt from the oracle's perturbations."""

import math
from dataclasses import replace

import pytest
import torch

from verifier.data.distributions import Data
from verifier.model.network import output
from verifier.statements.prior_work.oracle_trial import OracleTrial
from verifier.statements.prior_work.table1 import (
    PRIOR_SETTING,
)
from verifier.trial.configuration import Configuration
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

BASE, ON_SAMPLES, LOGISTIC = PRIOR_SETTING
CPU = {"dtype": torch.float64, "device": "cpu"}


@pytest.mark.parametrize("c", PRIOR_SETTING)
def test_the_oracle_s_perturbations_are_one_direction_with_the_target_s_sign(
    c: Configuration,
) -> None:
    trial = OracleTrial(c)
    run, start = trial.f.replay.run, trial.draw
    v = sum(run.tau[n] * run.y[n] * run.X[n] for n in range(len(run.y)))
    for n in range(len(run.y)):
        expected = c.eps * start.targets[n] * v / torch.linalg.vector_norm(v)
        torch.testing.assert_close(trial.r[n], expected)
    assert not torch.equal(trial.r, Trial(c).r)


def test_alone_g_follows_the_oracle_everywhere() -> None:
    """Scenario (a): `sgn<v,z> (g_T - g_0)(z) > 0` at far and near points alike."""
    trial = OracleTrial(BASE)
    v, g = trial.oracle_learning.oracle(), trial.g
    z = 10.0 ** torch.arange(-3, 4, **CPU)[:, None] * torch.randn(
        7, 12, generator=torch.Generator().manual_seed(2), **CPU
    )
    change = output(g.trained, z, BASE.slope) - output(g.initial, z, BASE.slope)
    assert bool((change * (z @ v) > 0).all())


@pytest.mark.parametrize("scenario", ["a", "b"])
def test_g_classifies_the_clean_samples_though_its_labels_are_random(scenario: str) -> None:
    c = replace(ON_SAMPLES, scenario=scenario, slope=0.9, eps=40.0)
    trial = OracleTrial(c)
    start = trial.draw
    assert bool((start.targets != start.y).any())
    assert bool((trial.oracle_learning.least_gain() > 0).all())
    gain = trial.output(trial.g, start.X) - trial.initial_output(trial.g, start.X)
    assert bool((gain * start.y >= trial.oracle_learning.least_gain() * (1 - 1e-12)).all())


def test_a_wrong_label_can_outweigh_a_short_perturbation() -> None:
    theory = OracleTrial(replace(ON_SAMPLES, eps=0.1)).oracle_learning
    wrong = theory.targets != theory.f.run.y
    assert bool((theory.least_gain()[wrong] < 0).all())
    assert bool((theory.least_gain()[~wrong] > 0).all())


def undone(point: tuple[float, ...]) -> Configuration:
    """One sample and perturbations of its own length: towards the wrong label they undo it."""
    data = Data("raw", len(point), 1, points=(point,))
    steps, eps = {"f_steps": (0.0125,), "g_steps": (6.25,)}, math.hypot(*point)
    return replace(ON_SAMPLES, data=data, width=1, slope=0.01, momentum=0.0, eps=eps, **steps)


def test_where_a_perturbation_undoes_its_sample_rounding_is_that_of_the_parts() -> None:
    c = undone((2.98142396999972, 0.0, 0.0, 0.0, -5.962847939999439, 0.0, 0.0, 5.962847939999439))
    missed = refuted = 0
    for seed in range(60):
        trial = OracleTrial(c, Subject(settings=Settings(seed)))
        z = trial.points.double()
        error = (trial.output(trial.g, trial.points) - trial.oracle_learning.output(z)).abs()
        without = trial.g.replay.rounding.output(z)
        bound = without + trial.cancelling(z)
        assert bool((error <= bound).all())
        missed += bool((error > without).any())
        longer = replace(trial.oracle_learning, eps=c.eps * (1 + 1e-9)).output(z)
        refuted += bool(((trial.output(trial.g, trial.points) - longer).abs() > bound).any())
    assert missed > 0  # the length of what g is trained on is not enough to bound it
    assert refuted > 50  # and the bound is still tight enough for an eps one part in 1e9 too long
