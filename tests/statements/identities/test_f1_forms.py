"""F1: its second sources against autograd and each other; its check and its controls."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.model.device import as_if_reads_waited
from verifier.model.forms import NARROW, Problem, gram_pays, with_ones
from verifier.model.losses import LOSSES
from verifier.model.network import Parameters, output
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.identities.forms import (
    DIMENSION,
    NEURONS,
    SAMPLES,
    Forms,
    clear_pairs,
    widened,
)
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory
from verifier.trial.trial import Trial

F1 = PATHWISE["F1"]
PLAIN = Configuration(
    Data("shifted", 5, 6, separation=1.0),
    20,
    0.3,
    True,
    (0.2, 0.1, 0.3),
    (0.1,),
    1.0,
    "b",
    momentum=0.5,
    loss="logistic",
    kink_free=True,
)


@pytest.mark.parametrize("loss", ["identity", "logistic"])
@pytest.mark.parametrize("train_bias", [True, False])
def test_every_form_makes_the_steps_of_torch_s_sgd(loss: str, train_bias: bool) -> None:
    trial = Trial(PLAIN)
    recipe = Recipe((0.2,) * 4, LOSSES[loss](), 0.3, 0.5, train_bias)
    start, _ = clear_pairs(trial, recipe)
    X, y = trial.draw.X, trial.draw.y
    W, b = start.W.clone().requires_grad_(), start.b.clone().requires_grad_()
    moving = torch.optim.SGD([W, b] if train_bias else [W], lr=0.2, momentum=0.5)
    for _ in range(4):
        hidden = torch.nn.functional.leaky_relu(X @ W.T + b, 0.3)
        s = -y * (hidden @ start.a) / math.sqrt(len(b))
        (s if loss == "identity" else torch.nn.functional.softplus(s)).mean().backward()
        moving.step()
        moving.zero_grad()
        b.grad = None
    for name, found in Forms(recipe).each(start, X, y).items():
        assert torch.allclose(found.params.W, W.detach(), rtol=0, atol=1e-13), name
        assert torch.allclose(found.params.b, b.detach(), rtol=0, atol=1e-12), name


def test_a_wide_copy_has_the_network_s_pre_activations_and_needs_blocks() -> None:
    trial = Trial(replace(PLAIN, width=7))
    X, y = trial.draw.X, trial.draw.y
    start, _ = clear_pairs(trial, PLAIN.f_recipe)
    wide = widened(start, X, y)
    u = wide.X @ wide.start.W.T + wide.start.b
    assert np.allclose(u[: len(X), :7], X @ start.W.T + start.b, rtol=1e-13)
    outputs = [output(p, t, 0.3) for p, t in ((start, X), (wide.start, wide.X[: len(X)]))]
    assert torch.allclose(*outputs, rtol=1e-12)
    assert wide.X.shape[1] == DIMENSION > NARROW
    problem = Problem(
        wide.start, with_ones(wide.X), wide.y, wide.start, torch.zeros_like(wide.y), None
    )
    assert len(problem.blocks()) > 1
    assert gram_pays(problem, Recipe((0.1,) * 12))
    assert not gram_pays(problem, Recipe((0.1,) * 2))
    assert wide.start.width >= NEURONS
    assert len(wide.y) >= SAMPLES


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("width", [1, 20])
def test_the_library_s_training_passes(momentum: float, slope: float, width: int) -> None:
    configuration = replace(PLAIN, momentum=momentum, slope=slope, width=width)
    found = F1.check(configuration)
    assert found.holds, found


def test_it_passes_where_reads_wait() -> None:
    """As on a GPU, where flow makes other runs."""
    with as_if_reads_waited():
        assert F1.check(PLAIN, Subject(Reference())).holds


@pytest.mark.parametrize("control", REGISTRY.controls_of("F1"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any) -> None:
    assert not F1.check(PLAIN, Subject(theory=control.theory)).holds


def test_a_readout_that_moves_is_refuted() -> None:
    class ReadoutMoves(Forms):
        def gram(self, start: Parameters, X: torch.Tensor, y: torch.Tensor) -> Any:
            found = super().gram(start, X, y)
            found.params.a.mul_(1 + 1e-15)
            return found

    from verifier.trial.theory import Theory

    found = F1.check(PLAIN, Subject(theory=Theory({Forms: ReadoutMoves})))
    assert not found.holds


class PathWeightsOfAStackOff(Forms):
    """Right ends, wrong sums along the paths."""

    def stacked(self, *about: Any, **how: bool) -> Any:
        found = super().stacked(*about, **how)
        weights = found.path_weights
        return found if weights is None else replace(found, path_weights=1.01 * weights)


def test_path_weights_of_a_stack_are_looked_at() -> None:
    assert not F1.check(PLAIN, Subject(theory=Theory({Forms: PathWeightsOfAStackOff}))).holds
