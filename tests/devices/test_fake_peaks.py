"""What the loops hold on a GPU at the paper's sizes, counted on tensors that take no memory.

`make gpu-fake` prints the table. Each number is compared with the formula by which a call that runs
out of memory says what would fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.devices.conftest import peaks_key
from tests.devices.fake import NEEDS_CUDA_BUILD, fake_cuda
from tests.memory import living_bytes
from verifier.kernel.phi import kernel_sum, tiles, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.losses import Identity, Logistic
from verifier.model.memory import OFF, Need
from verifier.model.network import Parameters, input_gradient
from verifier.model.peaks import (
    of_gradient_sum,
    of_input_gradient,
    of_kernel_sum,
    of_weighted_direction,
)
from verifier.model.recipe import Recipe
from verifier.model.training import STACKED, train
from verifier.model.training_peaks import of_train

pytestmark = NEEDS_CUDA_BUILD

SHAPES = {
    "synthetic": (1000, 100, 1000),
    "images": (12_000, 784, 1000),
    "wide": (1000, 100, 100_000),
    "many samples": (100_000, 784, 100),
}
"""N, d, m."""


def normal(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.zeros(*shape, dtype=dtype, device="cuda")


def network(dtype: torch.dtype, m: int, d: int) -> Parameters:
    return Parameters(normal(dtype, m, d), normal(dtype, m), normal(dtype, m))


def training(loss: Any, momentum: float, **options: Any) -> Callable[..., tuple[Any, ...]]:
    def at(dtype: torch.dtype, N: int, d: int, m: int) -> tuple[Any, ...]:
        recipe = Recipe((0.1, 0.1), loss, 0.0, momentum)
        given = network(dtype, m, d), normal(dtype, N, d), normal(dtype, N), recipe
        return train, of_train(STACKED), given, options

    return at


def gradient(dtype: torch.dtype, N: int, d: int, m: int) -> tuple[Any, ...]:
    return input_gradient, of_input_gradient, (network(dtype, m, d), normal(dtype, N, d), 0.0), {}


def summed(function: Any, need: Any, *constants: float) -> Callable[..., tuple[Any, ...]]:
    def at(dtype: torch.dtype, N: int, d: int, m: int) -> tuple[Any, ...]:
        given = normal(dtype, 1000, d), normal(dtype, N, d), normal(dtype, N), 0.0, *constants
        return function, need(tiles), given, {}

    return at


CALLS = {
    "train, identity": training(Identity(), 0.9),
    "train, logistic": training(Logistic(), 0.9),
    "train, path weights": training(Logistic(), 0.9, path_weights=True),
    "input_gradient": gradient,
    "kernel_sum, 1000 points": summed(kernel_sum, of_kernel_sum, 1.0),
    "weighted_direction, 1000 points": summed(weighted_direction, of_weighted_direction),
    "phi_gradient_sum, 1000 points": summed(phi_gradient_sum, of_gradient_sum, 1.0),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_peak_memory(
    name: str, shape: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    measured = {}
    with fake_cuda(monkeypatch):
        for dtype in (torch.float64, torch.float32):
            function, need, given, options = CALLS[name](dtype, *SHAPES[shape])
            measured[dtype] = living_bytes(function, *given, **options)
            said: Need = need(*given, **options)
            assert measured[dtype] <= OFF * said.peak_bytes(), said
            if name.startswith(("train", "input")):  # kernel sums say what near pairs may take
                assert said.peak_bytes() <= OFF * measured[dtype], said
    both = tuple(measured[dtype] for dtype in (torch.float64, torch.float32))
    request.config.stash[peaks_key].append((name, *SHAPES[shape], *both))
