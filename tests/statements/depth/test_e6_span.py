"""E6: correct codes stay in the span, and its controls miss it by far."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from tests.statements.depth.settings import E6, OPTIONS, PLAIN, plain
from verifier.data.distributions import Data
from verifier.errors import DivergedError
from verifier.evidence.comparisons import Comparisons
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.deep import (
    DeepRecipe,
    Layers,
)
from verifier.statements.depth import e6_span as depth
from verifier.statements.depth.controls import CONTROLS, PlainDeep
from verifier.statements.depth.one_step import DescentStep
from verifier.statements.depth.trial import DeepConfiguration, DeepTrial, draw_deep
from verifier.suite.strategies import deep_configurations
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

FEW = settings(max_examples=40, deadline=None, database=None, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "code", [Reference(), TorchNN(), NumpyFloat64(), PlainDeep()], ids=lambda o: type(o).__name__
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("changes", OPTIONS, ids=str)
def test_correct_codes_stay_in_the_span(code: Any, dtype: str, changes: dict[str, Any]) -> None:
    for widths in ((1,), (7, 5), (20, 3, 8, 2, 6)):
        evidence = E6.check(plain(**changes, dtype=dtype, widths=widths), Subject(code))
        entries = sum(m * (d + 1) for d, m in pairwise((PLAIN.data.dimension, *widths, 1)))
        entries += widths[0] + PLAIN.fresh_points + 4 * len(PLAIN.steps)
        assert evidence.held == evidence.comparisons == entries
        assert 0 < evidence.error < 0.5


@pytest.mark.slow
@FEW
@given(deep_configurations())
def test_other_codes_hold_wherever_the_reference_does(c: DeepConfiguration) -> None:
    try:
        evidence = E6.check(c)
    except DivergedError:
        return
    assert evidence.error < 0.5
    for code in (TorchNN(), NumpyFloat64()):
        assert E6.check(c, Subject(code)).error < 0.5


@pytest.mark.parametrize("control", CONTROLS, ids=lambda m: m.name)
def test_controls_miss_by_far(control: Any) -> None:
    c = plain(steps=(0.05, 0.1, 0.1, 0.1), decoupled=control.name == "kappa-coupled", batch_size=2)
    assert E6.check(c, Subject(control.implementation(), control.theory)).error > 1e6


@pytest.mark.parametrize("control", CONTROLS, ids=lambda m: m.name)
def test_the_span_alone_refutes_all_controls_that_train(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth, "_check_descent", lambda trial, out: None)
    c = plain(steps=(0.05, 0.1, 0.1, 0.1), decoupled=control.name == "kappa-coupled", batch_size=2)
    error = E6.check(c, Subject(control.implementation(), control.theory)).error
    assert error <= 1 if control.name == "never-trains" else error > 1e6


@pytest.mark.parametrize("layer", range(3))
def test_one_step_sees_every_layer(layer: int) -> None:
    """A relative error of 1e-9 in one layer's change."""

    class OneLayerOff(Reference):
        def train_deep(self, layers: Layers, X: Tensor, y: Tensor, recipe: DeepRecipe) -> Layers:
            found = list(super().train_deep(layers, X, y, recipe))
            (W, b), (W_0, _) = found[layer], layers[layer]
            found[layer] = (W + 1e-9 * (W - W_0), b)
            return tuple(found)

    trial, out = DeepTrial(plain(), Subject(OneLayerOff())), Comparisons()
    depth._check_descent(trial, out)
    assert out.worst["error"] > 1e3


def test_a_kink_within_rounding_is_not_compared() -> None:
    """Samples and biases at the origin."""
    start = draw_deep(plain())
    layers = tuple((W.double(), 0 * b.double()) for W, b in start.layers)
    arguments = (0 * start.X, start.y)
    relu, tanh = start.recipe, dataclasses.replace(start.recipe, activation="tanh")
    assert not DescentStep.of(layers, *arguments, relu, torch.float64).comparable
    assert DescentStep.of(layers, *arguments, tanh, torch.float64).comparable


def test_samples_that_fill_the_space_leave_nothing_to_check() -> None:
    c = plain(data=Data("gaussian", 4, 6), batch_size=6)
    evidence = E6.check(c, Subject(CONTROLS[0].implementation()))
    assert evidence.holds
    assert evidence.is_vacuous
    assert evidence.comparisons == 7 + 4 + 7 * 5 + 5 * 8 + 6


def test_only_the_samples_that_were_drawn_count() -> None:
    c = plain(data=Data("gaussian", 4, 60), batch_size=1, steps=(0.1, 0.1))
    assert DeepTrial(c).samples.basis.shape == (4, 2)
    assert not E6.check(c).is_vacuous


def test_a_subnormal_slope_is_no_finding() -> None:
    tame = DeepConfiguration(Data("gaussian", 3, 1), (1,), (0.1,), 1, slope=2.2250738585e-313)
    for seed in range(20):
        assert E6.check(tame, Subject(settings=Settings(seed))).error <= 1
