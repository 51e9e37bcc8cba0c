"""Orthogonality, readings and the largest angle, against loops."""

import itertools
import math
from dataclasses import replace

import pytest
import torch

from verifier.statements.prior_work.formulas import is_orthogonal, overlap
from verifier.statements.prior_work.oracle_trial import OracleTrial
from verifier.statements.prior_work.table1 import (
    PRIOR_SETTING,
)
from verifier.trial.configuration import Configuration

BASE, ON_SAMPLES, LOGISTIC = PRIOR_SETTING
CPU = {"dtype": torch.float64, "device": "cpu"}


def test_overlap_is_the_table_of_cosines() -> None:
    X = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), **CPU)
    for n, k in itertools.product(range(4), repeat=2):
        cosine = float(X[n] @ X[k]) / math.sqrt(float(X[n] @ X[n]) * float(X[k] @ X[k]))
        assert float(overlap(X)[n, k]) == pytest.approx(cosine - (n == k), abs=1e-14)


def test_orthogonal_samples_are_told_from_nearly_orthogonal_ones() -> None:
    X = torch.diag(torch.tensor([1e-8, 1.0, 1e8], **CPU))
    assert is_orthogonal(X, torch.float64)
    bent = X.clone()
    bent[1, 2] = 1e-7
    assert not is_orthogonal(bent, torch.float64)
    assert is_orthogonal(bent, torch.float32)
    X[0] = 0
    assert not is_orthogonal(X, torch.float64)


@pytest.mark.parametrize("c", PRIOR_SETTING)
def test_readings_and_bounds_by_loops(c: Configuration) -> None:
    trial = OracleTrial(c)
    run, theory, z = trial.f.replay.run, trial.prior_work, trial.points
    h = theory.trained_part(trial.input_gradient(trial.f, z), z)
    low, high = theory.squeeze(z)
    for p, n in itertools.product(range(len(z)), range(len(run.y))):
        x, y = run.X[n], float(run.y[n])
        read = y * float(h[p] @ x) / float(x @ x)
        assert float(theory.readings(h)[p, n]) == pytest.approx(read, rel=1e-12)
        gate = 0.0
        for i in range(run.initial.width):
            u = float(run.final.W[i] @ z[p] + run.final.b[i])
            gate += float(run.initial.a[i]) ** 2 * (1 if u >= 0 else c.slope) / run.initial.width
        assert float(high[p, n]) == pytest.approx(gate * float(run.tau[n]) / len(run.y), rel=1e-12)
        assert float(low[p, n]) == pytest.approx(c.slope * float(high[p, n]), rel=1e-12)
        assert float(low[p, n]) <= read * (1 + 1e-12)
        assert read <= float(high[p, n]) * (1 + 1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.3, 0.9, 1.0])
def test_the_largest_angle_is_the_worst_one_and_is_attained(slope: float) -> None:
    theory = OracleTrial(replace(BASE, slope=slope)).prior_work
    limit = theory.largest_angle()
    generator = torch.Generator().manual_seed(1)
    ratios = slope + (1 - slope) * torch.rand(20_000, 5, generator=generator, **CPU).round(
        decimals=1
    )
    weights = torch.rand(20_000, 5, generator=generator, **CPU) + 1e-3  # (tau_n |x_n|)^2
    dot = (weights * ratios).sum(1)
    cosine = dot / ((weights * ratios**2).sum(1) * weights.sum(1)).sqrt().clamp_min(1e-300)
    worst = float(torch.acos(cosine.clamp(max=1)).max())
    assert worst <= limit + 1e-7
    # two samples, coefficients gamma and 1, weights 1 and gamma
    cosine_there = (slope + slope) / math.sqrt((slope**2 + slope) * (1 + slope) or 1)
    assert math.acos(min(1.0, cosine_there)) == pytest.approx(limit, abs=1e-7)
    assert math.acos(2 * math.sqrt(slope) / (1 + slope)) == pytest.approx(limit, abs=1e-7)


@pytest.mark.parametrize(("roundings", "expected"), [(2, True), (6, False)])
def test_three_coordinates_round_three_times_at_most(roundings: int, expected: bool) -> None:
    X = torch.eye(3, **CPU)
    X[1, 2] = roundings * torch.finfo(torch.float64).eps
    assert is_orthogonal(X, torch.float64) == expected
