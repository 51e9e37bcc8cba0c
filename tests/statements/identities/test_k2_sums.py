"""K2: its pairs against autograd, exact fractions and a mean over draws; its check and controls."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from verifier.data.distributions import Data
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.identities.k1_kernel import ClosedForm
from verifier.statements.identities.pairs import Pairs
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

K2 = PATHWISE["K2"]
PLAIN = Configuration(
    Data("shifted", 5, 6, separation=1.0), 3, 0.3, True, (0.1,), (0.1,), 1.0, "a", kink_free=True
)


def points(seed: int, count: int) -> torch.Tensor:
    chance = np.random.default_rng(seed)
    return torch.from_numpy(chance.normal(size=(count, 3)).astype(np.float32)).double()


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_the_kernel_is_k1_s_and_its_gradient_autograd_s(slope: float) -> None:
    z, X = points(0, 4).requires_grad_(), points(1, 5)
    pairs = Pairs(z.detach(), X, slope)
    values, bound = ClosedForm(slope).values(z, X)
    assert ((pairs.phi() - values).abs() <= bound).all()
    for n in range(5):
        (by_autograd,) = torch.autograd.grad(values[:, n].sum(), z, retain_graph=True)
        assert torch.allclose(pairs.gradient()[:, n], by_autograd, rtol=0, atol=1e-13)


def test_neighbours_are_as_far_apart_as_exact_fractions_say() -> None:
    X = (points(2, 3).float() * 1e4).double()
    z = (X.float() * (1 + 2.0**-22)).double()
    found = Pairs(z, X, 0.0).root.diagonal()
    for n in range(3):
        left, right = ([Fraction(float(v)) for v in t[n]] for t in (z, X))
        s_z, s_x = (sum(v * v for v in t) / 3 + 1 for t in (left, right))
        c = sum(p * q for p, q in zip(left, right, strict=True)) / 3 + 1
        assert float(found[n]) == pytest.approx(math.sqrt(s_z * s_x - c * c), rel=1e-13)


def test_terms_of_drawn_neurons_have_the_sum_for_a_mean() -> None:
    z, X = points(3, 2), points(4, 5)
    weights = torch.tensor([1.0, -2.0, 0.5, 0.0, 1.0], dtype=torch.float64)
    draws = torch.from_numpy(np.random.default_rng(5).normal(size=(200_000, 4)))
    pairs = Pairs(z, X, 0.2)
    terms, sizes = pairs.terms(draws, weights, 1.0)
    error = terms.std(dim=1) / len(draws) ** 0.5
    gap = terms.mean(dim=1) - pairs.k_inf(1.0) @ weights
    assert (gap.abs() <= 6 * error).all()
    assert (terms.abs() <= sizes).all()


def test_a_gradient_vanishes_at_its_cusp_and_is_nowhere_steeper_than_said() -> None:
    z = points(6, 4)
    pairs = Pairs(z, torch.cat((z, z * (1 + 1e-9))), 0.1)
    lengths = torch.linalg.vector_norm(pairs.gradient(), dim=2)
    assert (lengths.diagonal() == 0).all()
    assert (lengths <= pairs.steepest()[:, None] * (1 + 1e-12)).all()


@pytest.mark.parametrize("slope", [0.0, 1e-9, 0.3, 1 - 1e-9, 1.0])
@pytest.mark.parametrize("scale", [1.0, 1e-3, 30.0])
@pytest.mark.parametrize("dimension", [1, 5])
def test_the_library_s_sums_pass(slope: float, scale: float, dimension: int) -> None:
    data = replace(PLAIN.data, scale=scale, dimension=dimension)
    found = K2.check(replace(PLAIN, slope=slope, data=data))
    assert found.holds, found
    assert found.held == found.comparisons


@pytest.mark.parametrize("control", REGISTRY.controls_of("K2"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any) -> None:
    assert not K2.check(PLAIN, Subject(theory=control.theory)).holds


def test_a_quick_run_s_draw_has_much_in_it() -> None:
    (first,) = drawn(strategy_for(K2), 1, 0)
    assert min(first.data.dimension, first.data.samples, len(first.f_steps)) > 1
    assert first.momentum
    assert first.train_bias
