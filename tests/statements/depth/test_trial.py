from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from tests.meta_device import assert_unaffected
from tests.statements.depth.settings import E6, PLAIN, plain
from verifier.data.distributions import Data
from verifier.errors import DivergedError, InputError
from verifier.implementations.checked import Checked
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.deep import (
    DeepRecipe,
    Layers,
    signal,
    train_deep,
)
from verifier.statements.depth.controls import PlainDeep
from verifier.statements.depth.trial import DeepConfiguration, DeepTrial, draw_deep
from verifier.suite.strategies import deep_configurations
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

FEW = settings(max_examples=40, deadline=None, database=None, derandomize=True)


def test_configurations_survive_json() -> None:
    c = plain(
        loss="mixture",
        loss_constants=(("linear", 1), ("convex", 0), ("bounded", 0), ("rate", 1), ("offset", 0)),
    )
    again = DeepConfiguration.from_json(json.loads(json.dumps(c.to_json())))
    assert again == c
    assert hash(again) == hash(c)
    assert again.seed(3) == c.seed(3) != c.seed(4)
    assert plain(weight_decay=1).seed(0) == plain(weight_decay=1.0).seed(0)
    assert plain(clip_norm=1).seed(0) == plain(clip_norm=1.0).seed(0)
    assert c.seed(0, 1) != c.seed(0)


@FEW
@given(deep_configurations())
def test_drawn_configurations_survive_json(c: DeepConfiguration) -> None:
    assert DeepConfiguration.from_json(json.loads(json.dumps(c.to_json()))) == c


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("data", None),
        ("widths", ()),
        ("widths", (3, 0)),
        ("steps", ()),
        ("steps", (-0.1,)),
        ("steps", (math.nan,)),
        ("batch_size", 0),
        ("batch_size", 7),
        ("activation", "cubic"),
        ("slope", 1.5),
        ("momentum", 1.0),
        ("nesterov", 1),
        ("weight_decay", -1.0),
        ("clip_norm", 0.0),
        ("train_bias", None),
        ("loss", "hinge"),
        ("dtype", "float16"),
        ("fresh_points", 0),
    ],
)
def test_bad_configurations_name_the_argument(argument: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"^{argument}"):
        plain(**{argument: value})


def test_nesterov_needs_momentum() -> None:
    with pytest.raises(InputError, match=r"^nesterov"):
        plain(momentum=0.0)


def test_bad_json_names_the_configuration() -> None:
    with pytest.raises(InputError, match=r"^configuration"):
        DeepConfiguration.from_json({"data": {"family": "gaussian"}})


def test_batches_follow_the_description() -> None:
    without = draw_deep(plain(data=Data("gaussian", 5, 50), batch_size=50, steps=(0.1,) * 6))
    assert all(sorted(row) == list(range(50)) for row in without.recipe.batches.tolist())
    assert without.recipe.batches[0].tolist() != without.recipe.batches[1].tolist()
    larger = draw_deep(plain(batch_size=40, replacement=True)).recipe.batches
    assert larger.shape == (4, 40)
    assert set(larger.flatten().tolist()) == set(range(6))


def test_weights_have_the_variance_they_should() -> None:
    layers = draw_deep(plain(data=Data("gaussian", 300, 2), widths=(400, 200), batch_size=1)).layers
    for (W, b), inputs in zip(layers[:2], (300, 400), strict=True):
        assert float(W.square().mean()) * inputs == pytest.approx(1, abs=0.05)
        assert float(b.square().mean()) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("changes", [{}, {"dtype": "float32", "activation": "sine"}], ids=str)
def test_nothing_uses_the_default_device(device: str, changes: dict[str, Any]) -> None:
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    c, where = plain(**changes), Settings(device=device)
    start = draw_deep(c, where)
    assert_unaffected(lambda: [draw_deep(c, where).layers, start.X], device, c.torch_dtype)
    arguments = (start.layers, start.X, start.y, start.recipe)
    for code in (Reference(), TorchNN(), PlainDeep()):
        assert_unaffected(lambda code=code: code.train_deep(*arguments), device, c.torch_dtype)

    def everything() -> list[Tensor]:
        trial = DeepTrial(c, Subject(settings=where))
        bounds = [trial.rounding.bound, trial.rounding.terms, trial.samples.basis]
        return [*bounds, *signal(trial.trained, start.z.double(), start.recipe)]

    assert_unaffected(everything, device, torch.float64)
    assert E6.check(c, Subject(NumpyFloat64(), settings=where)).holds


# what an implementation returns


class Returns:
    def __init__(self, result: Any) -> None:
        self.result = result

    def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Any:
        for t in (X, recipe.batches, layers[0][0]):
            t.zero_()
        if isinstance(self.result, Exception):
            raise self.result
        return self.result(layers) if callable(self.result) else self.result


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "must be 3 layers"),
        (lambda layers: layers[:2], "must be 3 layers"),
        (lambda layers: [W for W, _ in layers], "must be"),
        (lambda layers: [(b, W) for W, b in layers], "shape"),
        (lambda layers: [(W + math.nan, b) for W, b in layers], "finite"),
        (DivergedError(0, "whatever it likes"), "replay"),
    ],
)
def test_bad_results_name_the_function(result: Any, words: str) -> None:
    with pytest.raises(InputError, match=rf"^train_deep\(\.\.\.\).*{words}"):
        DeepTrial(PLAIN, Subject(Returns(result))).trained  # noqa: B018


def test_an_implementation_cannot_change_what_it_was_given() -> None:
    trial = DeepTrial(PLAIN, Subject(Returns(lambda layers: layers)))
    handed = draw_deep(PLAIN)
    _ = trial.trained
    assert torch.equal(trial.draw.X, handed.X)
    assert torch.equal(trial.draw.recipe.batches, handed.recipe.batches)
    assert torch.equal(trial.draw.layers[0][0], handed.layers[0][0])


def test_lists_and_arrays_are_accepted() -> None:
    start = draw_deep(PLAIN)
    arrays = [[np.asarray(W), np.asarray(b)] for W, b in start.layers]
    found = Checked(Returns(arrays)).train_deep(start.layers, start.X, start.y, start.recipe)
    assert all(torch.equal(W, V) for (W, _), (V, _) in zip(found, start.layers, strict=True))


def test_bad_arguments_of_training_are_named() -> None:
    start = draw_deep(PLAIN)
    layers, recipe = start.layers, start.recipe
    for argument, call in {
        "layers": lambda: train_deep(layers[:1], start.X, start.y, recipe),
        r"layers\[1\]": lambda: train_deep((layers[0], layers[2]), start.X, start.y, recipe),
        "X": lambda: train_deep(layers, start.X.float(), start.y, recipe),
        "y": lambda: train_deep(layers, start.X, 2 * start.y, recipe),
        r"batches\.shape": lambda: dataclasses.replace(recipe, steps=(0.1,)),
        r"batches\.dtype": lambda: dataclasses.replace(recipe, batches=recipe.batches.float()),
    }.items():
        with pytest.raises(InputError, match=f"^{argument}"):
            call()
