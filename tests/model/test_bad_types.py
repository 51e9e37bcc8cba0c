"""Arguments of another kind than asked for get an error that names them, before any work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.errors import InputError
from verifier.kernel.phi import k_inf, kernel_sum, phi
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.kernel.random_features import kernel_sum_by_features
from verifier.model.flow import gradient_flow
from verifier.model.losses import Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train

X = torch.ones(2, 3, dtype=torch.float64, device="cpu")
y = X[:, 0]
PARAMS = Parameters(X, y, y)
BETA: dict[str, Callable[[Any], Any]] = {
    "k_inf": lambda beta: k_inf(X, X, 0.3, beta),
    "kernel_sum": lambda beta: kernel_sum(X, X, y, 0.3, beta),
    "phi_gradient_sum": lambda beta: phi_gradient_sum(X, X, y, 0.3, beta),
    "features": lambda beta: kernel_sum_by_features(
        X, X, y, 0.3, beta, features=3, generator=torch.Generator("cpu")
    ),
}


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("call", BETA.values(), ids=BETA)
def test_beta_must_be_a_finite_number(call: Callable[[Any], Any]) -> None:
    assert refused(lambda: call(float("nan"))) == "beta = nan: must be finite"
    assert refused(lambda: call("1")) == "beta = '1': must be a number"


@pytest.mark.parametrize("slope", ["0", None, True])
def test_a_slope_must_be_a_number(slope: Any) -> None:
    expected = f"slope = {slope!r}: must be a number"
    assert refused(lambda: phi(X, X, slope)) == expected
    assert refused(lambda: Recipe((1.0,), slope=slope)) == expected


def test_features_need_a_generator() -> None:
    call: Any = kernel_sum_by_features
    found = refused(lambda: call(X, X, y, 0.3, 1.0, features=3, generator=7))
    assert found == "generator = int: must be a torch.Generator"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"momentum": "0"}, "momentum = '0': must be a number"),
        ({"train_bias": "no"}, "train_bias = no: must be a bool"),
        ({"train_bias": 0.5}, "train_bias = 0.5: must be a bool"),
        ({"loss": Logistic}, f"loss = {Logistic}: must offer name, value, derivative"),
        ({"steps": (10**400,)}, "step sizes must be finite and non-negative"),
    ],
)
def test_a_recipe_checks_its_fields(fields: dict[str, Any], message: str) -> None:
    assert message in refused(lambda: Recipe(**{"steps": (1.0,), **fields}))


def test_step_sizes_of_any_real_kind_become_floats() -> None:
    recipe = Recipe([np.float32(0.5), 1])  # type: ignore[arg-type, list-item]
    assert recipe.steps == (0.5, 1.0)
    assert all(type(eta) is float for eta in recipe.steps)
    assert hash(recipe) == hash(Recipe((0.5, 1.0)))


def test_training_asks_for_parameters_and_a_recipe() -> None:
    plain: Any = tuple(PARAMS)
    rule = "params = tuple: must be a verifier.Parameters(W, b, a)"
    assert refused(lambda: train(plain, X, y, Recipe((1.0,)))) == rule
    assert refused(lambda: gradient_flow(plain, X, y, 1.0)) == rule
    steps: Any = (1.0,)
    assert refused(lambda: train(PARAMS, X, y, steps)) == "recipe = tuple: must be a Recipe"


def test_training_asks_for_dense_data_and_an_observer_that_can_be_called() -> None:
    found = refused(lambda: train(PARAMS, X.to_sparse(), y, Recipe((1.0,))))
    assert found == "X = torch.sparse_coo: must be dense, torch.strided"
    three: Any = 3
    found = refused(lambda: train(PARAMS, X, y, Recipe((1.0,)), observe=three))
    assert found == "observe = 3: must be a function, or None"


@dataclass(frozen=True)
class Shaped(Logistic):
    """Its derivative is whatever `shaped` makes of the right one."""

    shaped: Callable[[Tensor], Any] = Tensor.float

    def derivative(self, s: Tensor) -> Any:
        return self.shaped(super().derivative(s))


@pytest.mark.parametrize("shaped", [Tensor.float, Tensor.mean, lambda p: p[:, None], lambda p: 0.5])
def test_a_derivative_keeps_shape_and_dtype(shaped: Callable[[Tensor], Any]) -> None:
    found = refused(lambda: train(PARAMS, X, y, Recipe((1.0,), Shaped(shaped=shaped))))
    assert found.startswith("loss = 'logistic', whose derivative is ")
    assert found.endswith("for s of torch.float64 (2,): must keep shape and dtype")


def test_no_network_is_no_batch() -> None:
    def none(t: Tensor) -> Tensor:
        return t.expand(0, *t.shape)

    batch = Parameters(*(none(t) for t in PARAMS))
    assert "W.shape = (0, 2, 3)" in refused(lambda: train(batch, X, y, Recipe((1.0,))))
