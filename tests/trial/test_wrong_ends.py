"""No replay excuses the end of a wrong code."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trial.problems import DTYPES, STEPS, problem, replayed
from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject


def smaller_steps(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    steps = tuple(0.999 * eta for eta in recipe.steps)
    return train(params, X, y, Recipe(steps, recipe.loss, recipe.slope, recipe.momentum)).params


def other_label(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    flipped = y.clone()
    flipped[-1] *= -1
    return train(params, X, flipped, recipe).params


def other_weight(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    end = train(params, X, y, recipe).params
    end.W[3, 1] += 1e-3
    return end


def other_bias(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    end = train(params, X, y, recipe).params
    end.b[3] += 1e-3
    return end


WRONG = pytest.mark.parametrize("code", [smaller_steps, other_label, other_weight, other_bias])


@WRONG
@DTYPES
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=lambda v: v.name)
def test_a_wrong_end_of_a_clear_path_is_not_excused(
    code: Any, dtype: torch.dtype, loss: Loss
) -> None:
    params, X, y = problem(18, dtype)
    found, final = replayed(code, params, X, y, Recipe(STEPS, loss, 0.3, 0.5))
    assert not found.exact
    assert torch.equal(found.run.final.W, final.W.double())
    off_W = torch.linalg.vector_norm(found.run.final.W - found.arrived.W, dim=1)
    off_b = (found.run.final.b - found.arrived.b).abs()
    beyond = max(
        float((off_W / found.rounding.weight).max()), float((off_b / found.rounding.bias).max())
    )
    assert beyond > 5


@WRONG
def test_a_wrong_end_is_refuted(code: Any) -> None:
    class Wrong(Reference):
        def train(self, *arguments: Any) -> Parameters:
            return code(*arguments)

    c = Configuration(
        Data("gaussian", 4, 5), 12, 0.3, True, STEPS, STEPS, 0.8, "b", 0.5, "logistic"
    )
    for statement in ("E0", "E1"):
        assert not PATHWISE[statement].check(c, Subject(Wrong())).holds
        assert PATHWISE[statement].check(c).holds
