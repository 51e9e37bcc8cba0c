"""Training of deeper networks."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.statements.depth.settings import E6, OPTIONS, plain
from verifier.errors import DivergedError
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.model.deep import (
    ACTIVATIONS,
    signal,
    train_deep,
)
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Mixture,
)
from verifier.statements.depth.controls import PlainDeep
from verifier.statements.depth.trial import draw_deep

CPU64 = {"dtype": torch.float64, "device": "cpu"}


def close(left: Any, right: Any) -> None:
    for parts in zip(left, right, strict=True):
        for one, other in zip(*parts, strict=True):
            a, b = np.asarray(one), np.asarray(other)
            assert np.abs(a - b).max() <= 1e-11 * np.abs(b).max()


@pytest.mark.parametrize(
    "other", [TorchNN(), NumpyFloat64(), PlainDeep()], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_three_codes_agree(other: Any, activation: str, changes: dict[str, Any]) -> None:
    for train_bias, clip, widths, loss in (
        (True, 0.3, (4,), Identity()),
        (True, None, (7, 5), Logistic()),
        (False, 2.0, (3, 1, 4, 2), Exponential()),
        (True, 0.1, (6, 2), Mixture(0.3, 0.5, 0.7, 1.5, 0.2)),
    ):
        c = plain(
            **(changes | {"train_bias": train_bias, "clip_norm": clip}),
            widths=widths,
            activation=activation,
            replacement=True,
            batch_size=9,
        )
        start = draw_deep(c)
        recipe = dataclasses.replace(start.recipe, loss=loss)
        arguments = (start.layers, start.X, start.y, recipe)
        close(train_deep(*arguments), other.train_deep(*arguments))


def test_the_gradients_are_those_of_the_objective() -> None:
    """By central differences of the objective in every weight and bias."""
    c = plain(steps=(1.0,), momentum=0.0, nesterov=False, weight_decay=0.0, clip_norm=None)
    c = dataclasses.replace(c, activation="tanh")
    start = draw_deep(c)
    X, y, recipe = start.X[start.recipe.batches[0]], start.y[start.recipe.batches[0]], start.recipe
    flat = [t.clone() for layer in start.layers for t in layer]

    def objective() -> float:
        h = X
        for W, b in zip(flat[:-2:2], flat[1:-2:2], strict=True):
            h = torch.tanh(h @ W.T + b)
        f = (h @ flat[-2].T + flat[-1])[:, 0]
        return float(recipe.loss.value(-y * f).mean())

    moved = [t for layer in train_deep(start.layers, start.X, start.y, recipe) for t in layer]
    for k, tensor in enumerate(flat):
        before = tensor.clone()
        for i in range(tensor.numel()):
            sides = []
            for step in (1e-5, -1e-5):
                tensor.view(-1)[i] = before.view(-1)[i] + step
                sides.append(objective())
            tensor.copy_(before)
            slope = (sides[0] - sides[1]) / 2e-5
            assert float((before - moved[k]).view(-1)[i]) == pytest.approx(slope, abs=1e-9)


def test_the_signal_is_the_derivative_in_the_first_preactivations() -> None:
    """Moving b_1 moves u_1; moving z moves f along the input gradient."""
    start = draw_deep(plain(activation="sine"))
    layers, z = start.layers, start.z

    def f(first_bias: Tensor, points: Tensor) -> Tensor:
        h = points
        for k, (W, b) in enumerate(layers):
            h = h @ W.T + (first_bias if k == 0 else b)
            h = torch.sin(h) if k < len(layers) - 1 else h
        return h[:, 0]

    gradient, delta = signal(layers, z, start.recipe)
    bias = layers[0][1]
    for table, move_of in (
        (delta, lambda e: (bias + e, z)),
        (gradient, lambda e: (bias, z + e)),
    ):
        for i in range(table.shape[1]):
            e = torch.zeros(table.shape[1], **CPU64)
            e[i] = 1e-5
            slope = (f(*move_of(e)) - f(*move_of(-e))) / 2e-5
            assert torch.allclose(table[:, i], slope, atol=1e-8, rtol=1e-6)


def test_diverging_training_says_so() -> None:
    c = plain(steps=(1e200,) * 4, clip_norm=None, activation="leaky relu")
    with pytest.raises(DivergedError):
        E6.check(c)
    huge = plain(steps=(1e30,), clip_norm=None, dtype="float32", momentum=0.0, nesterov=False)
    with pytest.raises(DivergedError, match="square"):
        E6.check(huge)
