"""E6s: its step against torch's own optimiser, correct codes, and what only later steps show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from verifier.data.distributions import Data
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.deep import ACTIVATIONS, DeepRecipe
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.depth.e6s_steps import CONTROLS, SgdStep
from verifier.statements.depth.trial import DeepConfiguration
from verifier.trial.subject import Subject

E6s = PATHWISE["E6s"]
PLAIN = DeepConfiguration(
    Data("gaussian", 6, 5),
    widths=(4, 3),
    steps=(0.3, 0.1, 0.2, 0.25),
    batch_size=2,
    activation="tanh",
    momentum=0.8,
)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"nesterov": True},
    {"weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled": True},
    {"clip_norm": 0.05},
    {"clip_norm": 50.0},
    {"clip_norm": 0.1, "nesterov": True, "weight_decay": 0.2},
    {"train_bias": False, "weight_decay": 0.1, "decoupled": True},
    {"momentum": 0.0},
    {"replacement": True, "batch_size": 9},
    {"loss": "logistic", "widths": (5, 4, 3)},
]
CODES = pytest.mark.parametrize(
    "code", [Reference(), TorchNN(), NumpyFloat64()], ids=lambda c: type(c).__name__
)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@CODES
def test_correct_codes_pass(code: Any, dtype: str, options: dict[str, Any]) -> None:
    found = E6s.check(replace(PLAIN, dtype=dtype, **options), Subject(code))
    assert found.holds, found
    assert found.held == found.comparisons > 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str) -> None:
    assert E6s.check(replace(PLAIN, activation=activation, slope=0.3), Subject()).holds


@pytest.mark.parametrize(("length", "count"), [(3, 3), (8, 4), (9, 9), (25, 20)])
def test_how_many_steps_are_compared(length: int, count: int) -> None:
    found = E6s.check(replace(PLAIN, steps=(0.1,) * length), Subject())
    weights = 4 * 7 + 3 * 5 + 4
    assert found.comparisons == found.held == count * weights


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.name)
def test_controls_are_refuted_where_they_matter(control: Any) -> None:
    options = {"weight_decay": 0.1, "decoupled": True, "nesterov": True}
    subject = Subject(control.implementation(), control.theory)
    assert not E6s.check(replace(PLAIN, **options), subject).holds


@pytest.mark.parametrize(
    "name", ["later-labels-turned", "later-batches-summed", "upper-layers-stay", "step-by-step"]
)
def test_what_the_span_statement_cannot_see(name: str) -> None:
    """Inside the span E6 compares nothing but a first step; these codes pass it."""
    control = next(c for c in REGISTRY.controls_of("E6s") if c.name == name)
    subject = Subject(control.implementation())
    assert PATHWISE["E6"].check(PLAIN, subject).holds
    assert not E6s.check(PLAIN, subject).holds


def test_a_step_is_torch_s() -> None:
    """With momentum, Nesterov, decay and clipping, against `torch.optim.SGD`, twice."""
    g = torch.Generator("cpu").manual_seed(3)
    w = torch.randn(3, 4, generator=g, dtype=torch.float64)
    gradients = [torch.randn(3, 4, generator=g, dtype=torch.float64) for _ in range(2)]
    batches = torch.zeros(2, 1, dtype=torch.int64)
    recipe = DeepRecipe(
        (0.2, 0.2), batches, momentum=0.7, nesterov=True, weight_decay=0.3, clip_norm=1.5
    )
    leaf = torch.nn.Parameter(w.clone())
    optimiser = torch.optim.SGD([leaf], lr=0.2, momentum=0.7, nesterov=True, weight_decay=0.3)
    theory = SgdStep(recipe, torch.float64)
    state, velocity, error = [w], [torch.zeros_like(w)], [torch.zeros_like(w)]
    for k, gradient in enumerate(gradients):
        leaf.grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_([leaf], 1.5)
        optimiser.step()
        step = theory.step(state, [gradient], [torch.zeros_like(w)], velocity, error, k)
        state, velocity, error = step.after, step.velocity, step.error
        torch.testing.assert_close(leaf.detach(), state[0], rtol=1e-13, atol=1e-13)
        assert float(step.bound[0].max()) < 1e-5  # torch's offset in clipping, or none
