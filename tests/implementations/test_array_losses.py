"""`recipe.loss` as a code under test is handed it: on arrays of torch, NumPy and JAX."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from verifier.implementations.array_losses import ArrayLoss, on_any_arrays
from verifier.implementations.checked import Checked
from verifier.model.losses import Exponential, Identity, Logistic, Loss, Mixture
from verifier.model.recipe import Recipe

LOSSES = (Identity(), Logistic(), Exponential(), Mixture(0.2, 1.5, 0.7, 2.0, 0.3))
S = np.array([-800.0, -40.0, -3.0, -1e-9, 0.0, 1e-9, 0.4, 2.5, 30.0])


def numpy_array(s: np.ndarray) -> Any:
    return s


def jax_array(s: np.ndarray) -> Any:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    return jax.numpy.asarray(s)


@pytest.mark.parametrize("library", [numpy_array, jax_array])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_values_and_derivatives_are_torch_s(
    loss: Loss, library: Callable[[np.ndarray], Any]
) -> None:
    s = library(S)
    of_torch = torch.from_numpy(S)
    for part in ("value", "derivative"):
        found = getattr(ArrayLoss(loss), part)(s)
        assert type(found) is type(s)
        assert found.dtype == s.dtype
        wanted = getattr(loss, part)(of_torch).numpy()
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=4e-15, atol=0)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_single_precision_stays(loss: Loss) -> None:
    s = S[1:].astype(np.float32)
    assert ArrayLoss(loss).value(s).dtype == np.float32
    assert ArrayLoss(loss).derivative(s).dtype == np.float32


def test_jax_differentiates_and_compiles_it() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    for loss in map(ArrayLoss, LOSSES):
        for at in (-3.0, 0.4, 2.5):
            found = jax.jit(jax.grad(loss.value))(at)
            np.testing.assert_allclose(found, loss.derivative(np.float64(at)), rtol=1e-14)


class Cubed:
    """A user's own loss, written for torch."""

    name = "cubed"

    def value(self, s: torch.Tensor) -> torch.Tensor:
        return s**3

    def derivative(self, s: torch.Tensor) -> torch.Tensor:
        return 3 * s**2


def test_a_loss_of_one_s_own_takes_numpy_arrays_and_no_others() -> None:
    np.testing.assert_array_equal(ArrayLoss(Cubed()).derivative(S), 3 * S**2)
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    with pytest.raises(TypeError, match="'cubed' is written for torch and NumPy"):
        ArrayLoss(Cubed()).value(jax.numpy.ones(2))


def test_it_says_what_the_loss_says_and_survives_a_copy() -> None:
    loss = pickle.loads(pickle.dumps(ArrayLoss(LOSSES[3])))
    assert (loss.name, loss.rate, loss.steepest) == ("mixture", 2.0, LOSSES[3].steepest)
    assert on_any_arrays(loss) is loss
    assert on_any_arrays(0.3) == 0.3
    assert not hasattr(loss, "nothing_such")


class Seeing:
    def train(self, params: Any, X: Any, y: Any, recipe: Recipe) -> Any:
        self.recipe = recipe
        return params

    def perturb(
        self, params: Any, X: Any, targets: Any, eps: float, slope: float, loss: Loss
    ) -> Any:
        self.loss = loss
        return X


def test_a_code_under_test_is_handed_such_losses() -> None:
    from tests.bad_input import P, X, Y

    code, recipe = Seeing(), Recipe((0.1, 0.2), Logistic(), 0.3)
    Checked(code).train(P, X, Y, recipe)
    Checked(code).perturb(P, X, Y, 1.0, 0.3, Logistic())
    assert code.recipe == replace(recipe, loss=ArrayLoss(Logistic()))
    assert code.loss == ArrayLoss(Logistic())
