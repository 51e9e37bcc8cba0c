"""Adapters for codes in NumPy and in JAX: they are handed arrays of their own library.

>>> import numpy as np, torch
>>> @takes_numpy
... class Mine:
...     def output(self, params, z, slope):
...         W, b, a = params
...         u = z @ W.T + b
...         return np.where(u >= 0, u, slope * u) @ a / len(a) ** 0.5
>>> params = torch.eye(2), torch.zeros(2), torch.ones(2)
>>> Mine().output(params, torch.tensor([[1.0, 1.0]]), 0.0)
array([1.4142135], dtype=float32)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from copy import copy
from typing import Any, TypeVar

import numpy as np
from torch import Tensor

from verifier.errors import InputError
from verifier.evidence.extras import install
from verifier.implementations.array_losses import on_any_arrays
from verifier.implementations.contract import FUNCTIONS
from verifier.model.deep import DeepRecipe

Code = TypeVar("Code", bound=type[Any])


def takes_numpy(code: Code) -> Code:
    """A class whose functions are handed NumPy arrays, of the dtype drawn, in place of tensors.

    Of the protocol's functions only; parameters come as a tuple `(W, b, a)`. For a decorator.
    """
    return _handing(code, _to_numpy)


def takes_jax(code: Code) -> Code:
    """The same with JAX arrays; a class without `supports` supports what JAX is set to.

    That is float32, unless `jax_enable_x64` is on. Raises `InputError` where JAX is not installed.
    """
    try:
        import jax
    except ImportError as problem:
        rule = f"is not installed: {install('jax')}"
        raise InputError("the adapter needs", "jax", rule) from problem
    is_single = not jax.config.jax_enable_x64
    if is_single and not hasattr(code, "supports"):
        code.supports = {"dtypes": ["float32"]}
    return _handing(code, lambda tensor: jax.numpy.asarray(_to_numpy(tensor)))


def _to_numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy()


def _handing(code: Code, convert: Callable[[Tensor], Any]) -> Code:
    """The class, each of its functions of the protocol converting what it takes and returns."""
    for name in FUNCTIONS:
        own = getattr(code, name, None)
        if callable(own):
            setattr(code, name, _converting(own, convert))
    return code


def _converting(own: Callable[..., Any], convert: Callable[[Tensor], Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def converted(self: Any, *handed: Any, **told: Any) -> Any:
        given = [_converted(argument, convert) for argument in handed]
        named = {name: _converted(argument, convert) for name, argument in told.items()}
        return _returned(own(self, *given, **named))

    return converted


def _converted(argument: Any, convert: Callable[[Tensor], Any]) -> Any:
    if isinstance(argument, Tensor):
        return convert(argument)
    if isinstance(argument, tuple):  # parameters, layers, or step sizes, which stay as they are
        return tuple(_converted(part, convert) for part in argument)
    handed = on_any_arrays(argument)
    if isinstance(handed, DeepRecipe):
        handed = copy(handed)
        object.__setattr__(handed, "batches", convert(handed.batches))
    return handed


def _returned(answer: Any) -> Any:
    """NumPy arrays in place of a library's own: copies, since torch wants to write to them."""
    if isinstance(answer, tuple | list):
        return tuple(_returned(part) for part in answer)
    return np.array(answer)
