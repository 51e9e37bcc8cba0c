"""Neurons in blocks: the same run, and no array of all neurons and samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.memory import peak_kib
from tests.model.problems import (
    CPU64,
    close,
    problem,
    sgd,
)
from verifier.model.device import block_elements
from verifier.model.forms import FEWEST, Problem, width_of, with_ones
from verifier.model.losses import (
    Identity,
    Logistic,
    Loss,
)
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train

pytestmark = pytest.mark.filterwarnings("error:An output with one or more elements was resized")
"""Memory for a block has its size: a smaller one would be asked for anew at every step."""


@pytest.mark.parametrize(("loss", "momentum"), [(Identity(), 0.8), (Logistic(), 0.0)])
@pytest.mark.parametrize("leading", [(), (2,)])
def test_blocks_of_neurons_change_nothing(
    leading: tuple[int, ...], loss: Loss, momentum: float
) -> None:
    params, X, y = problem(16, width=4500, dimension=2, count=64, leading=leading)
    assert 64 * 4500 * math.prod(leading) > block_elements(X.device)
    recipe = Recipe((0.3, 0.1, 0.2), loss, 0.3, momentum)
    blocks: dict[int, list[slice]] = {}

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        assert u.shape == (*leading, 64, neurons.stop - neurons.start)
        blocks.setdefault(step, []).append(neurons)

    run = train(params, X, y, recipe, path_weights=True, observe=observe)
    unseen = train(params, X, y, recipe, path_weights=True)
    for step in range(3):
        seen = [i for s in blocks[step] for i in range(s.start, s.stop)]
        assert seen == list(range(4500))
        assert len(blocks[step]) > 1
    for index in np.ndindex(*leading):
        alone = Parameters(*(t[index] for t in params))
        final, tau, A = dense_path(alone, X[index], y[index], recipe)
        for found in (run, unseen):
            close(Parameters(*(t[index] for t in found.params)), final)
            assert found.path_weights is not None
            torch.testing.assert_close(found.tau[index], tau, rtol=1e-12, atol=0)
            torch.testing.assert_close(found.path_weights[index], A, rtol=1e-12, atol=0)


@pytest.mark.parametrize("train_bias", [True, False])
def test_pre_activations_computed_twice_change_nothing(
    monkeypatch: pytest.MonkeyPatch, train_bias: bool
) -> None:
    params, X, y = problem(17, width=2 * FEWEST + 1, dimension=3, count=9)
    monkeypatch.setattr(
        "verifier.model.forms.block_elements", lambda _: 1
    )  # two, the last one wider
    recipe = Recipe((0.3, 0.1), Logistic(), 0.2, 0.5, train_bias)
    held = train(params, X, y, recipe, path_weights=True)
    monkeypatch.setattr("verifier.model.forms.HELD", 0)
    twice = train(params, X, y, recipe, path_weights=True)
    close(held.params, twice.params)
    assert held.path_weights is not None
    assert twice.path_weights is not None
    assert torch.equal(held.path_weights, twice.path_weights)


@pytest.mark.parametrize("width", [1, FEWEST, 600 + FEWEST - 1, 600 + FEWEST, 5000])
def test_no_block_is_narrower_than_products_want_it(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("verifier.model.forms.block_elements", lambda _: 12 * 600)
    params, X, y = problem(19, width=width, dimension=3, count=8)
    A = torch.zeros(8, width, **CPU64)
    blocks = Problem(params, with_ones(X), y, params, torch.zeros_like(y), A).blocks()
    assert [i for block in blocks for i in range(width)[block]] == list(range(width))
    assert all(FEWEST <= width_of(block) < 600 + FEWEST for block in blocks) or width < FEWEST
    assert len(blocks) == max(1, (width + 600 - FEWEST) // 600)


def test_what_an_observer_keeps_stays_as_it_was() -> None:
    params, X, y = problem(18)
    kept, then = [], []

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        kept.append(u)
        then.append(u.clone())

    train(params, X, y, Recipe((0.3, 0.1)), observe=observe)
    assert len(kept) == 2
    assert all(torch.equal(u, copy) for u, copy in zip(kept, then, strict=True))


def dense_path(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Parameters, Tensor, Tensor]:
    """Weights by SGD's autograd, tau and A from the states it passes through."""
    tau, A = torch.zeros_like(y), torch.zeros(params.width, len(y), **CPU64)
    for j in range(len(recipe.steps)):
        state = sgd(params, X, y, recipe.prefix(j)) if j else params
        omega = sum(eta * recipe.momentum**k for k, eta in enumerate(recipe.steps[j:]))
        u = state.W @ X.T + state.b[:, None]
        f = params.a @ torch.maximum(u, recipe.slope * u) / math.sqrt(params.width)
        p = recipe.loss.derivative(-y * f)
        tau = tau + omega * p
        A = A + omega * p * torch.where(u >= 0, 1.0, recipe.slope * torch.ones_like(u))
    return sgd(params, X, y, recipe), tau, A


BEFORE = """
from verifier import Recipe, train
from verifier.model import forms
from verifier.model.losses import named_loss
from verifier.model.network import initialise
forms.HELD = 0
recipe = Recipe((0.1,), named_loss({loss!r}), momentum=0.5)
cpu = {{"dtype": torch.float64, "device": "cpu"}}
g = torch.Generator("cpu").manual_seed(1)
params = initialise(10_000, 2, generator=g, **cpu)
X, y = torch.randn(1_000, 2, generator=g, **cpu), torch.ones(1_000, **cpu)
train(params, X[:2], y[:2], recipe)
"""


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["identity", "logistic"])
def test_no_array_of_all_neurons_and_samples_is_held(loss: str) -> None:
    """m N float64 numbers are 76 MiB here; the blocks take a few."""
    assert peak_kib(BEFORE.format(loss=loss), "train(params, X, y, recipe)") < 40 * 1024
