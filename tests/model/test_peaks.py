"""What calls hold at their peak against what they say, to the byte that tensors take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.memory import living_bytes
from tests.meta_device import DEVICES
from verifier.kernel.phi import kernel_sum, phi, tiles, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.losses import named_loss
from verifier.model.memory import Need
from verifier.model.network import Parameters, initialise, input_gradient, output
from verifier.model.peaks import (
    of_gradient_sum,
    of_input_gradient,
    of_kernel_sum,
    of_output,
    of_phi,
    of_weighted_direction,
)
from verifier.model.recipe import Recipe
from verifier.model.training import STACKED, train
from verifier.model.training_peaks import of_train

DTYPES = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)


def problem(
    networks: tuple[int, ...], N: int, d: int, m: int, dtype: torch.dtype, device: str = "cpu"
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(N + d + m)
    params = initialise(m, d, generator=g, dtype=dtype, device=device, networks=networks)
    X = torch.randn(N, d, generator=g, dtype=dtype, device="cpu").to(device)
    return params, X, X[:, 0].sign()


def agree(need: Need, measured: int) -> None:
    assert measured / 1.5 <= need.peak_bytes() <= 1.5 * measured, (need, measured)


SHAPES = {
    "one block": ((), 50, 20, 3000),
    "many blocks": ((), 300, 20, 3000),
    "a last block of one neuron": ((), 50, 20, 3745),
    "Gram form": ((), 60, 800, 3000),
    "Gram form, one block": ((), 3000, 1200, 50),
    "two samples": ((), 2, 2, 100_000),
    "many samples": ((), 4000, 5, 100),
    "networks in one stack": ((7,), 50, 20, 300),
    "networks in several": ((2, 3), 40, 10, 4000),
    "networks in Gram form": ((3,), 60, 800, 3000),
}


@DEVICES
@DTYPES
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("loss", ["identity", "logistic"])
def test_training_holds_what_it_says(
    loss: str, shape: tuple[Any, ...], dtype: torch.dtype, device: str
) -> None:
    params, X, y = problem(*shape, dtype, device)
    for path_weights, momentum in ((False, 0.0), (False, 0.5), (True, 0.0), (True, 0.5)):
        recipe = Recipe((0.1, 0.1), named_loss(loss), 0.1, momentum)
        need = of_train(STACKED)(params, X, y, recipe, path_weights=path_weights)
        agree(need, living_bytes(train, params, X, y, recipe, path_weights=path_weights))


@DTYPES
@pytest.mark.parametrize("loss", ["identity", "logistic"])
def test_observed_training_and_samples_of_one_s_own(loss: str, dtype: torch.dtype) -> None:
    params, X, y = problem((5,), 60, 30, 900, dtype)
    recipe = Recipe((0.1, 0.1), named_loss(loss))

    def observe(*_: object) -> None:
        """Keep nothing."""

    need = of_train(STACKED)(params, X, y, recipe, observe=observe)
    agree(need, living_bytes(train, params, X, y, recipe, observe=observe))
    own = X.expand(5, 60, 30).clone(), y.expand(5, 60).clone()
    agree(of_train(STACKED)(params, *own, recipe), living_bytes(train, params, *own, recipe))


def test_pre_activations_that_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.model.forms.HELD", 0)
    params, X, y = problem((), 300, 5, 9000, torch.float64)
    recipe = Recipe((0.1, 0.1), named_loss("logistic"))
    agree(of_train(STACKED)(params, X, y, recipe), living_bytes(train, params, X, y, recipe))


@DEVICES
@DTYPES
@pytest.mark.parametrize(
    ("networks", "m", "d", "count"),
    [
        ((), 3000, 20, 700),  # blocks of 87 points
        ((), 600_000, 2, 4),  # a point a block
        ((), 200, 900, 500),  # gradients are larger than the block
        ((5,), 300, 20, 700),
        ((2, 3), 20, 4, 9),
    ],
)
def test_outputs_and_gradients_hold_what_they_say(
    networks: tuple[int, ...], m: int, d: int, count: int, dtype: torch.dtype, device: str
) -> None:
    params, z, _ = problem(networks, count, d, m, dtype, device)
    agree(of_output(params, z, 0.1), living_bytes(output, params, z, 0.1))
    agree(of_input_gradient(params, z, 0.1), living_bytes(input_gradient, params, z, 0.1))


SUMS: dict[str, tuple[Callable[..., Need], Callable[..., Tensor]]] = {
    "phi": (of_phi, lambda z, X, weights: phi(z, X, 0.1)),
    "kernel_sum": (of_kernel_sum(tiles), lambda z, X, w: kernel_sum(z, X, w, 0.1, 1.0)),
    "weighted_direction": (
        of_weighted_direction(tiles),
        lambda z, X, w: weighted_direction(z, X, w, 0.1),
    ),
    "phi_gradient_sum": (of_gradient_sum(tiles), lambda z, X, w: phi_gradient_sum(z, X, w, 0.1, 1)),
}


@pytest.mark.slow
@DTYPES
@pytest.mark.parametrize(
    ("count", "N", "d"), [(1000, 600, 3), (300, 2300, 50), (3, 90_000, 2), (500, 500, 500)]
)
@pytest.mark.parametrize("function", SUMS)
def test_kernels_hold_what_they_say_and_less_where_no_points_are_near(
    function: str, count: int, N: int, d: int, dtype: torch.dtype
) -> None:
    """What is said is of points that nearly coincide, all of them: that takes the most."""
    need, call = SUMS[function]
    _, points, weights = problem((), count + N, d, 1, dtype)
    points = points[:1] + 1e-3 * points
    z, X, weights = points[:count], points[count:], weights[count:]
    said = need(z, X, 0.1) if function == "phi" else need(z, X, weights, 0.1, 1.0)
    agree(said, living_bytes(call, z, X, weights))
    apart, far = 1e3 * (z - z.mean(0)), 1e3 * (X - X.mean(0))
    assert living_bytes(call, apart, far, weights) <= 1.5 * said.peak_bytes()


@DTYPES
@pytest.mark.parametrize("function", ["kernel_sum", "weighted_direction", "phi_gradient_sum"])
def test_many_samples_outweigh_a_tile(function: str, dtype: torch.dtype) -> None:
    need, call = SUMS[function]
    _, X, weights = problem((), 40_000, 250, 1, dtype)
    agree(need(X[:2], X, weights, 0.1, 1.0), living_bytes(call, X[:2], X, weights))


def test_the_measure_counts_what_lives_and_no_argument() -> None:
    handed = torch.ones(1000, dtype=torch.float64)

    def call(t: Tensor) -> Tensor:
        kept = t + 1
        for _ in range(3):
            kept = kept * 2  # the old one lives until the new one is there
        kept += 1
        return kept.view(10, 100)

    assert living_bytes(call, handed) == 2 * 8000
    assert living_bytes(lambda t: t[2:], handed) == 0


def test_to_say_it_takes_no_memory_itself() -> None:
    params, X, y = problem((), 2000, 30, 500, torch.float64)
    turned, many = X.T.contiguous().T, (X.expand(9, 2000, 30), y.expand(9, 2000))
    recipe = Recipe((0.1, 0.1), named_loss("logistic"))

    def say(*_: Tensor) -> int:
        needs = (
            of_train(STACKED)(params, turned, y, recipe, path_weights=True),
            of_train(STACKED)(params, *many, recipe),
            of_kernel_sum(tiles)(turned, X, y),
        )
        return sum(need.largest("N", 1 << 20) + need.peak_bytes() for need in needs)

    assert living_bytes(say, params, X, y, turned) == 0
