"""The adapters for codes in NumPy and JAX, as `verifier init` uses them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from tests.bad_input import P, X, Y
from tests.implementations.starts import refuted, written
from verifier.errors import InputError
from verifier.implementations.arrays import takes_jax, takes_numpy
from verifier.implementations.reference import Reference
from verifier.model.deep import DeepRecipe
from verifier.model.losses import Logistic
from verifier.model.recipe import Recipe

RECIPE = Recipe((0.3, 0.2, 0.4), Logistic(), 0.3, momentum=0.9)
CHECKED = ("E0", "E1", "E2", "E4", "E5")
PERTURBED = "return eps * gradient / {}.where(length > 0, length, 1)"


@pytest.fixture
def jax() -> Iterator[Any]:
    """JAX, its floating-point type as it was afterwards."""
    found = pytest.importorskip("jax", reason="JAX is not installed")
    was = found.config.jax_enable_x64
    found.config.update("jax_enable_x64", False)
    yield found
    found.config.update("jax_enable_x64", was)


def test_what_init_writes_for_numpy_holds() -> None:
    assert not refuted(written("numpy"), CHECKED)
    assert not refuted(written("numpy"), CHECKED, dtype="float32")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("W = W - eta * v_W", "W = W + eta * v_W"),
        ("-y * self._f", "-self._f"),
        ("/ m**0.5", "/ m"),
        (PERTURBED.format("np"), PERTURBED.format("np").replace("eps", "2 * eps")),
    ],
)
def test_a_fault_in_it_is_refuted(old: str, new: str) -> None:
    assert refuted(written("numpy", (old, new)), ("E0", "E4"))


def test_what_init_writes_for_jax_holds_in_single_precision(jax: Any) -> None:
    code = written("jax")
    assert code.supports == {"dtypes": ["float32"]}
    assert not refuted(code, CHECKED, dtype="float32")


def test_and_in_double(jax: Any) -> None:
    jax.config.update("jax_enable_x64", True)
    code = written("jax")
    assert not hasattr(code, "supports")
    assert not refuted(code, CHECKED)
    wrong = written("jax", ("momentum * v + g", "momentum * v + (1 - momentum) * g"))
    assert refuted(wrong, ("E0",))


def test_a_code_that_says_what_it_supports_is_not_overruled(jax: Any) -> None:
    @takes_jax
    class Mine:
        supports = {"slopes": [0]}  # noqa: RUF012

    assert Mine.supports == {"slopes": [0]}


def test_without_jax_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(InputError, match=r"jax: is not installed: pip install .*\[jax\]"):
        takes_jax(type("Mine", (), {}))


@takes_numpy
class Seeing:
    """Keeps what it is handed, and returns it."""

    def train(self, params: Any, X: Any, y: Any, recipe: Recipe) -> Any:
        self.seen = [*params, X, y]
        return list(params)

    def train_deep(self, layers: Any, X: Any, y: Any, recipe: DeepRecipe) -> Any:
        self.seen = [*layers[0], recipe.batches]
        return layers

    def other(self, X: Any) -> Any:
        return X


def test_functions_of_the_protocol_are_handed_arrays_and_return_copies() -> None:
    code = Seeing()
    returned = code.train(P, X, Y, RECIPE)
    assert all(isinstance(value, np.ndarray) for value in (*code.seen, *returned))
    assert returned[0] is not code.seen[0]
    assert returned[0].dtype == np.float64
    layers = ((P.W, P.b),)
    batches = torch.zeros(1, 2, dtype=torch.int64, device="cpu")
    code.train_deep(layers, X, Y, DeepRecipe((0.1,), batches))
    assert [value.dtype.kind for value in code.seen] == ["f", "f", "i"]
    assert code.other(X) is X


def test_it_trains_as_the_reference_does() -> None:
    own = written("numpy").train(P, X, Y, RECIPE)
    for part, expected in zip(own, Reference().train(P, X, Y, RECIPE), strict=True):
        np.testing.assert_allclose(part, expected.numpy(), rtol=1e-12, atol=1e-14)
