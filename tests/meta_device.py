"""A default device, and dtype, that nothing may use, and what must not be affected by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration

DEVICES = pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(
                not torch.cuda.is_available(), reason="this machine has no CUDA device"
            ),
        ),
    ],
)
MIXTURE = (("linear", 0.1), ("convex", 0.5), ("bounded", 0.7), ("rate", 1.5), ("offset", 0.2))
PLAIN = Configuration(
    Data("shifted", 4, 5, separation=1.5), 30, 0.3, True, (0.3, 0.1), (0.2, 0.1), 0.8, "b"
)


@contextmanager
def unusable_defaults() -> Iterator[None]:
    """Default device "meta" and default dtype bfloat16, restored whatever happens."""
    dtype = torch.get_default_dtype()
    torch.set_default_device("meta")
    torch.set_default_dtype(torch.bfloat16)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_default_device(None)


def tensors_of(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if dataclasses.is_dataclass(value):
        return tensors_of([getattr(value, f.name) for f in dataclasses.fields(value)])
    if isinstance(value, list | tuple):
        return [t for part in value for t in tensors_of(part)]
    return []


def assert_unaffected(call: Callable[[], Any], device: str, dtype: torch.dtype) -> None:
    """The same tensors, bit for bit, on the device and in the dtype asked for."""
    expected = tensors_of(call())
    state = torch.get_rng_state()
    with unusable_defaults():
        found = tensors_of(call())
    assert torch.equal(torch.get_rng_state(), state)
    assert found
    for part, other in zip(found, expected, strict=True):
        assert part.device.type == device
        assert part.dtype == dtype
        if device == "cpu":
            assert torch.equal(part, other)
        else:
            torch.testing.assert_close(part, other)


def configurations() -> list[Configuration]:
    """One of each loss, both scenarios, both dtypes, with and without biases and momentum."""
    changes: list[dict[str, Any]] = [
        {"scenario": "a"},
        {"scenario": "b"},
        {"scenario": "a", "loss": "logistic", "momentum": 0.5, "dtype": "float32"},
        {"scenario": "b", "loss": "exponential", "train_bias": False},
        {"scenario": "a", "loss": "mixture", "loss_constants": MIXTURE, "slope": 0.0},
        {"scenario": "b", "loss": "identity", "dtype": "float32", "eps": 0.0},
    ]
    return [dataclasses.replace(PLAIN, **change) for change in changes]


def short(c: Configuration) -> str:
    return f"{c.scenario}-{c.loss}-{c.dtype}"


EACH = pytest.mark.parametrize("configuration", configurations(), ids=short)
