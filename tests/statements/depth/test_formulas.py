from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import settings
from torch import Tensor, nn

from tests.statements.depth.settings import OPTIONS, PLAIN, plain
from verifier.data.distributions import Data
from verifier.implementations.torch_nn import TorchNN
from verifier.model.deep import (
    DeepRecipe,
    move,
)
from verifier.statements.depth.formulas import Influence, Span, Subspace
from verifier.statements.depth.trial import draw_deep

FEW = settings(max_examples=60, deadline=None, database=None, derandomize=True)
CPU64 = {"dtype": torch.float64, "device": "cpu"}


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)


# the formulas


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_kappa_is_what_decay_does_to_weights_without_a_gradient(changes: dict[str, Any]) -> None:
    """Samples at the origin give W_1 no gradient: `torch.optim.SGD` itself then shows kappa."""
    c = plain(**changes, data=Data("zero", 5, 4))
    start = draw_deep(c)
    W = TorchNN().train_deep(start.layers, start.X, start.y, start.recipe)[0][0]
    ratio = W / start.layers[0][0]
    kappa = Span().kappa(start.recipe)
    assert torch.allclose(ratio, torch.full_like(ratio, kappa), rtol=1e-13, atol=0)
    assert (kappa == 1) == (c.weight_decay == 0)


def test_kappa_is_a_product_without_momentum_or_when_decoupled() -> None:
    product = math.prod(1 - eta * 0.8 for eta in PLAIN.steps)
    for changes in OPTIONS[2:6]:
        assert Span().kappa(draw_deep(plain(**changes)).recipe) == pytest.approx(product, rel=1e-14)
    for changes in OPTIONS[:2]:
        kappa = Span().kappa(draw_deep(plain(**changes)).recipe)
        assert abs(kappa - product) > 1e-3


@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_influences_are_the_derivatives_of_the_recursion(changes: dict[str, Any]) -> None:
    """An impulse at each place of each step; the recursion is linear, so its effect is exact."""
    recipe = draw_deep(plain(**changes)).recipe
    influence = Influence.of(recipe)

    def final(place: str = "", step: int = -1) -> float:
        w, v = torch.zeros((), **CPU64), torch.zeros((), **CPU64)
        for k, eta in enumerate(recipe.steps):
            impulse = {n: float(n == place and k == step) for n in Influence._fields}
            if impulse["velocity"]:  # the velocity of this step, seen by its direction too
                v = v + impulse["velocity"] / recipe.momentum if recipe.momentum else v
            gradient = torch.full((), impulse["gradient"], **CPU64)
            if impulse["velocity"] and not recipe.momentum:
                gradient = gradient + impulse["velocity"]
            w, v, _ = move(w, v, gradient, eta, recipe)
            w = w + impulse["weights"] - eta * impulse["direction"]
        return float(w)

    for name, k in itertools.product(Influence._fields, range(len(recipe.steps))):
        assert final(name, k) == pytest.approx(getattr(influence, name)[k], rel=1e-13, abs=1e-15)


def test_the_start_reaches_the_end_by_kappa() -> None:
    """Two recursions for one number: forward, and transposed through the first step."""
    for changes in OPTIONS:
        recipe = draw_deep(plain(**changes)).recipe
        influence = Influence.of(recipe)
        kept = 1 - recipe.steps[0] * recipe.decoupled_decay
        start = kept * influence.weights[0] + recipe.coupled_decay * influence.gradient[0]
        assert start == pytest.approx(Span().kappa(recipe), rel=1e-13)


# the span


def test_the_rank_is_that_of_the_samples() -> None:
    X = normal(1, 5, 9)
    assert Subspace.of(X, torch.float64).basis.shape == (9, 5)
    assert Subspace.of(torch.cat((X, X, 0 * X)), torch.float64).basis.shape == (9, 5)
    assert Subspace.of(torch.cat((X, X[:1] + 1e-6 * X[1:2])), torch.float64).basis.shape == (9, 5)
    line = normal(2, 20, 1) * X[:1]
    for dtype in (torch.float64, torch.float32):
        rounded = (1e8 * line).to(dtype).double()
        assert Subspace.of(rounded, dtype).basis.shape == (9, 1)
    assert Subspace.of(0 * X, torch.float64).basis.shape == (9, 0)
    assert Subspace.of(normal(3, 9, 9), torch.float64).fills_the_space
    assert not Subspace.of(normal(3, 8, 9), torch.float64).fills_the_space


def test_small_and_huge_samples_count_alike() -> None:
    X = normal(4, 3, 6) * torch.tensor([[1e-8], [1.0], [1e8]], **CPU64)
    samples = Subspace.of(X, torch.float64)
    assert samples.basis.shape == (6, 3)
    assert float((samples.outside(X) / X.norm(dim=1, keepdim=True)).abs().max()) < 1e-14


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_what_is_dropped_is_bounded(dtype: torch.dtype) -> None:
    """Samples dependent up to any distance: no combination sticks out by more than it says."""
    for k, distance in enumerate(10.0 ** -np.arange(0.0, 18.0)):
        base = normal(5 + k, 4, 30)
        X = torch.cat((base, base + distance * normal(50 + k, 4, 30))).to(dtype).double()
        samples = Subspace.of(X, dtype)
        rows = X / X.norm(dim=1, keepdim=True)
        c = normal(90 + k, 100, 8)
        sticks_out = samples.outside(c @ rows).norm(dim=1)
        assert bool((sticks_out <= samples.dropped * c.abs().sum(dim=1)).all())
        assert samples.basis.shape[1] >= 4


def test_layers_above_may_be_anything() -> None:
    """Batch norm and dropout after the first layer, trained by torch alone, stay in the span."""
    torch_state = torch.get_rng_state()
    torch.manual_seed(0)
    X, y = normal(6, 5, 9), torch.where(normal(7, 5) > 0, 1.0, -1.0)
    first = nn.Linear(9, 8, **CPU64)
    above = (nn.BatchNorm1d(8, **CPU64), nn.GELU(), nn.Dropout(0.4), nn.Linear(8, 1, **CPU64))
    f = nn.Sequential(first, *above)
    W_0 = first.weight.detach().clone()
    options = {"momentum": 0.8, "nesterov": True, "weight_decay": 0.5}
    optimiser = torch.optim.SGD(f.parameters(), lr=0.1, **options)
    batches = torch.tensor([[0, 1, 2], [4, 4, 1], [3, 0, 3]], device="cpu")
    for batch in batches:
        optimiser.zero_grad()
        torch.nn.functional.softplus(-y[batch] * f(X[batch])[:, 0]).mean().backward()
        optimiser.step()
    kappa = Span().kappa(DeepRecipe((0.1,) * 3, batches, **options))
    outside = Subspace.of(X, torch.float64).outside
    change = first.weight.detach() - kappa * W_0
    assert float(outside(change).abs().max()) < 1e-15 < 1e-3 < float(change.abs().max())
    f.eval()
    z = normal(8, 4, 9).requires_grad_()
    u = first(z)
    gradient, delta = torch.autograd.grad(f[1:](u).sum(), (z, u))
    assert float(outside(gradient - kappa * delta @ W_0).abs().max()) < 1e-15
    torch.set_rng_state(torch_state)
