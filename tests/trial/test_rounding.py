from __future__ import annotations

import math

import pytest
import torch

from tests.trial.problems import CPU64, STEPS, problem, replayed
from verifier.implementations.reference import Reference
from verifier.model.losses import (
    Identity,
    Logistic,
    Loss,
)
from verifier.model.recipe import Recipe
from verifier.statements.identities.formulas import Decomposition
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained


def test_the_bound_is_the_stated_sum() -> None:
    params, X, y = problem(19)
    recipe = Recipe(STEPS, Logistic(), 0.3, 0.5)
    run = replayed(Reference(), params, X, y, recipe)[0].run
    n = len(STEPS) + 5 + 2 + 4  # steps, samples, sqrt d, single operations
    abar = sum(v * v for v in params.a.tolist()) / 12
    for dtype, eps in ((torch.float64, 2.0**-52), (torch.float32, 2.0**-23)):
        assert unit(run, dtype) == pytest.approx(n * eps)
        assert RoundingBound.of(run, dtype).sums == pytest.approx(math.sqrt(12) * eps)
        drift = 1e-9 * torch.arange(1, 6, **CPU64)
        plain, drifted = RoundingBound.of(run, dtype), RoundingBound.of(run, dtype, drift)
        of_C = [abar * (n + math.sqrt(12)) * eps * t / 5 for t in run.tau.tolist()]
        assert plain.coefficients().tolist() == pytest.approx(of_C)
        for i in range(12):
            pull = abs(float(params.a[i])) / (5 * math.sqrt(12))
            lengths = [math.hypot(*x) for x in X.tolist()]
            moved = sum(float(t) * x for t, x in zip(run.tau, lengths, strict=True))
            size = math.hypot(*params.W[i].tolist()) + pull * moved
            assert float(plain.size[i]) == pytest.approx(size)
            assert float(plain.weight[i]) == pytest.approx(n * eps * size)
            bias = abs(float(params.b[i])) + pull * float(run.tau.sum())
            assert float(plain.bias[i]) == pytest.approx(n * eps * bias)
            late = pull * sum(float(v) * x for v, x in zip(drift, lengths, strict=True))
            assert float(drifted.weight[i]) == pytest.approx(n * eps * size + late)
            assert float(drifted.bias[i]) == pytest.approx(
                n * eps * bias + pull * float(drift.sum())
            )


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda v: v.name)
def test_the_bound_of_the_coefficients_covers_their_rounding(loss: Loss) -> None:
    """Against sums over the neurons that are rounded once."""
    params, X, y = problem(21, width=400)
    run = replayed(Reference(), params, X, y, Recipe((0.01,) * 30, loss, 0.3, 0.5))[0].run
    z = torch.randn(6, 4, generator=torch.Generator("cpu").manual_seed(22), **CPU64)
    bound = RoundingBound.of(run, torch.float64).coefficients()
    active = (z @ run.final.W.T + run.final.b >= 0).double()
    terms = (run.initial.a**2 * (0.3 + 0.7 * active))[:, :, None] * run.path_weights
    exact = [[math.fsum(terms[p, :, n].tolist()) / 2000 for n in range(5)] for p in range(6)]
    off = (Decomposition(run).coefficients(z) - torch.tensor(exact, **CPU64)).abs()
    assert bool((off <= bound).all())
    assert bool((bound < 1e3 * 2.0**-52 * run.tau).all())


def test_where_the_loss_underflows_the_bound_of_the_path_is_absolute() -> None:
    params, X, y = problem(23)
    recipe = Recipe((1e-3,), Logistic())
    nothing = torch.zeros(12, 5, **CPU64)
    run = Trained(params, params, X, y, recipe, nothing[0], nothing)
    path = RoundingBound.of(run, torch.float64).path
    assert bool((path > 0).all())
    assert bool((path < 1e-300).all())


def test_patterns_that_may_flip_enter_the_bound_of_the_gradient() -> None:
    params, X, y = problem(20)
    run = replayed(Reference(), params, X, y, Recipe(STEPS, slope=0.3))[0].run
    bound = RoundingBound.of(run, torch.float64)
    w, b = run.final.W[2], run.final.b[2]
    z = (-b * w / (w @ w))[None]
    near = bound.near_kink(z)[0].tolist()
    assert near == [i == 2 for i in range(12)]
    flip = 0.7 * abs(float(params.a[2])) * float(w.norm()) / math.sqrt(12)
    assert float(bound.input_gradient(z)) > flip
    assert float(bound.input_gradient(z + 0.01)) < 1e-12
