"""The losses of `model.losses` on arrays of any library: what a code under test is handed.

The library's own take torch tensors. A code in NumPy or JAX applies `recipe.loss` to arrays of its
own, inside `jax.jit` and `jax.grad` too, where no value can be carried over to torch.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from verifier.model.deep import DeepRecipe
from verifier.model.losses import Exponential, Identity, Logistic, Loss, Mixture
from verifier.model.recipe import Recipe

Formula = Callable[[Any, Any, Any], Any]
"""Of a loss, a library of arrays (NumPy, or `jax.numpy`), and an array s."""


def _sigmoid(xp: Any, s: Any) -> Any:
    """`1 / (1 + e^-s)`, all digits kept at both ends."""
    decay = xp.exp(-abs(s))
    return xp.where(s >= 0, 1.0, decay) / (1.0 + decay)


def _softplus(xp: Any, s: Any) -> Any:
    return xp.logaddexp(s, xp.zeros_like(s))


def _mixture(loss: Any, xp: Any, s: Any) -> Any:
    r = loss.rate
    bounded = loss.bounded * xp.tanh(r * (s - loss.offset))
    return loss.linear * s + (loss.convex * _softplus(xp, r * s) + bounded) / r


def _slope_of_mixture(loss: Any, xp: Any, s: Any) -> Any:
    r = loss.rate
    tail = xp.exp(-2 * abs(r * (s - loss.offset)))
    bounded = loss.bounded * 4 * tail / (1 + tail) ** 2
    return loss.linear + loss.convex * _sigmoid(xp, r * s) + bounded


VALUES: dict[type[Any], Formula] = {
    Identity: lambda loss, xp, s: s,
    Logistic: lambda loss, xp, s: _softplus(xp, s),
    Exponential: lambda loss, xp, s: xp.exp(s),
    Mixture: _mixture,
}
DERIVATIVES: dict[type[Any], Formula] = {
    Identity: lambda loss, xp, s: xp.ones_like(s),
    Logistic: lambda loss, xp, s: _sigmoid(xp, s),
    Exponential: lambda loss, xp, s: xp.exp(s),
    Mixture: _slope_of_mixture,
}


def _library(array: Any) -> Any:
    """`jax.numpy` for its arrays, and for what it traces; NumPy for all others."""
    is_jax = type(array).__module__.partition(".")[0] in ("jax", "jaxlib")
    return importlib.import_module("jax.numpy") if is_jax else np


@dataclass(frozen=True)
class ArrayLoss:
    """A loss on arrays of any library; on torch tensors it is `loss` itself.

    `value(s)`, `derivative(s)`: same shape, dtype and library as s. A loss of a user's own, which
    is written for torch, takes NumPy's arrays by way of torch; JAX's raise `TypeError`.
    """

    loss: Loss

    @property
    def name(self) -> str:
        """The loss's own."""
        return self.loss.name

    def value(self, s: Any) -> Any:
        """`ell(s)`."""
        return self._applied(self.loss.value, VALUES, s)

    def derivative(self, s: Any) -> Any:
        """`ell'(s)`."""
        return self._applied(self.loss.derivative, DERIVATIVES, s)

    def _applied(self, own: Callable[[Tensor], Tensor], known: dict[Any, Formula], s: Any) -> Any:
        if isinstance(s, Tensor):
            return own(s)
        xp = _library(s)
        if type(self.loss) in known:
            return known[type(self.loss)](self.loss, xp, s)
        if xp is not np:
            raise TypeError(f"the loss {self.name!r} is written for torch and NumPy")
        return own(torch.as_tensor(np.asarray(s), device="cpu")).numpy()

    def __getattr__(self, name: str) -> Any:
        """What else the loss says of itself, e.g. its constants, or how steep it is."""
        if name == "loss":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self.loss, name)


def on_any_arrays(argument: Any) -> Any:
    """A recipe, or a loss, as a code under test is handed it; anything else as it is."""
    if isinstance(argument, Recipe | DeepRecipe):
        return replace(argument, loss=on_any_arrays(argument.loss))
    is_bare = isinstance(argument, Loss) and not isinstance(argument, ArrayLoss | Tensor)
    return ArrayLoss(argument) if is_bare else argument
