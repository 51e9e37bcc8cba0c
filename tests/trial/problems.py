"""Small problems, and their replay, that tests of replays and of rounding share."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Mixture,
)
from verifier.model.network import (
    Parameters,
    initialise,
)
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.trial.replay import Replay, replay

CPU64 = {"dtype": torch.float64, "device": "cpu"}
LOSSES = (Identity(), Logistic(), Exponential(), Mixture(0.3, 0.5, 0.7, 1.5, 0.2))
DTYPES = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["64", "32"])
CODES = pytest.mark.parametrize("code", [TorchNN(), NumpyFloat64()], ids=["torch", "numpy"])
STEPS = (0.3, 0.0, 0.2, 0.4)


def problem(
    seed: int,
    dtype: torch.dtype = torch.float64,
    *,
    width: int = 12,
    d: int = 4,
    count: int = 5,
    scale: float = 1.0,
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    params = initialise(width, d, generator=g, dtype=dtype, device="cpu")
    X = scale * torch.randn(count, d, generator=g, **CPU64)
    return params, X.to(dtype), torch.randn(count, generator=g, **CPU64).sign().to(dtype)


def replayed(
    code: Any, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Replay, Parameters]:
    path = train(params, X, y, recipe, path_weights=True)
    final = (
        code(params, X, y, recipe) if callable(code) else Checked(code).train(params, X, y, recipe)
    )
    return replay(path, params, X, y, recipe, final), final
