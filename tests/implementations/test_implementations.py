from __future__ import annotations

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.contract import load, offered
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.kernel import phi as kernel
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Loss,
    Mixture,
)
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

LOSSES = (Identity(), Logistic(), Exponential(), Mixture(0.3, 0.5, 0.7, 1.5, 0.2))
SLOPES = (0.0, 0.3, 1.0)
OWN = (TorchNN(), NumpyFloat64())
PAIRS = tuple(itertools.combinations((*OWN, Reference()), 2))
CPU64 = {"dtype": torch.float64, "device": "cpu"}


def name(value: Any) -> str | None:
    if isinstance(value, tuple):
        return "-".join(type(v).__name__ for v in value)
    return getattr(value, "name", type(value).__name__ if not isinstance(value, float) else None)


def normal(g: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=g, **CPU64)


def draw(
    seed: int, width: int = 12, dimension: int = 5, count: int = 7
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    W = normal(g, width, dimension) / dimension**0.5
    params = Parameters(W, normal(g, width), normal(g, width))
    signs = torch.where(normal(g, count) >= 0, 1.0, -1.0).to(torch.float64)
    return params, normal(g, count, dimension), signs


def close(left: Any, right: Any, relative: float = 1e-10) -> None:
    left, right = np.asarray(left), np.asarray(right)
    assert left.shape == right.shape
    assert left.dtype == right.dtype == np.float64
    assert np.max(np.abs(left - right)) <= relative * np.max(np.abs(right))


def exact_phi(z: Tensor, x: Tensor, slope: float) -> float:
    with mpmath.workdps(100):
        z_, x_ = ([mpmath.mpf(float(v)) for v in t] for t in (z, x))
        c, s_z, s_x = (mpmath.fdot(p, q) / len(z_) + 1 for p, q in ((z_, x_), (z_, z_), (x_, x_)))
        angle = mpmath.atan2(c, mpmath.sqrt(max(s_z * s_x - c * c, mpmath.mpf(0))))
        g = mpmath.mpf(slope)
        return float(g + (1 - g) ** 2 * (mpmath.mpf(1) / 4 + angle / (2 * mpmath.pi)))


@pytest.mark.parametrize("pair", PAIRS, ids=name)
@pytest.mark.parametrize("slope", SLOPES)
def test_output_gradient_and_perturbation_agree(pair: tuple[Any, Any], slope: float) -> None:
    for seed, scale in ((1, 1.0), (2, 1e8), (3, 1e-8)):
        params, X, targets = draw(seed)
        left, right = pair
        close(left.output(params, scale * X, slope), right.output(params, scale * X, slope))
        close(
            left.input_gradient(params, scale * X, slope),
            right.input_gradient(params, scale * X, slope),
        )
        arguments = (params, scale * X, targets, 0.7, slope)
        close(left.perturb(*arguments), right.perturb(*arguments))


@pytest.mark.parametrize("pair", PAIRS, ids=name)
@pytest.mark.parametrize("loss", LOSSES, ids=name)
@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("train_bias", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_training_agrees(
    pair: tuple[Any, Any], loss: Loss, slope: float, train_bias: bool, momentum: float
) -> None:
    params, X, y = draw(4)
    recipe = Recipe((0.3, 0.1, 0.0, 0.2, 0.25), loss, slope, momentum, train_bias)
    left, right = (implementation.train(params, X, y, recipe) for implementation in pair)
    for part, other, initial in zip(left, right, params, strict=True):
        close(part, other)
        moved = not np.array_equal(np.asarray(part), np.asarray(initial))
        assert moved == (initial is params.W or (initial is params.b and train_bias))


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_training_agrees_on_inputs_of_any_size(pair: tuple[Any, Any]) -> None:
    for scale in (1e-8, 1e8):
        params, X, y = draw(5)
        recipe = Recipe((0.3, 0.2, 0.1), Identity(), 0.3, 0.5)
        left, right = (i.train(params, scale * X, y, recipe) for i in pair)
        for part, other in zip(left, right, strict=True):
            close(part, other)


def test_numpy_uses_the_losses_stably() -> None:
    params, X, y = draw(6)
    recipe = Recipe((1e3,) * 3, Logistic(), 0.3)
    for part, other in zip(
        NumpyFloat64().train(params, 1e3 * X, y, recipe),
        TorchNN().train(params, 1e3 * X, y, recipe),
        strict=True,
    ):
        close(part, other)


@pytest.mark.filterwarnings("error")
def test_numpy_returns_diverged_training_without_a_warning() -> None:
    params, X, y = draw(6)
    W, _, _ = NumpyFloat64().train(params, 1e3 * X, -y, Recipe((1e3,) * 5, Exponential(), 0.3))
    assert not np.isfinite(W).all()


@pytest.mark.parametrize("implementation", [*OWN, Reference()], ids=name)
def test_a_zero_gradient_gives_a_zero_perturbation(implementation: Any) -> None:
    params, X, targets = draw(7)
    dead = Parameters(torch.zeros_like(params.W), -torch.ones_like(params.b), params.a)
    assert not np.asarray(implementation.perturb(dead, X, targets, 0.7, 0.0)).any()
    half = Parameters(0 * params.W[:1] + 1, -params.b[:1].abs(), params.a[:1].abs())
    points = torch.stack([torch.ones_like(X[0]), -torch.ones_like(X[0])])
    r = np.asarray(implementation.perturb(half, 10 * points, targets[:2], 0.7, 0.0))
    assert np.linalg.norm(r[0]) == pytest.approx(0.7, rel=1e-14)
    assert np.sign(r[0]).tolist() == [float(targets[0])] * 5
    assert not r[1].any()


@pytest.mark.parametrize("implementation", [*OWN, Reference()], ids=name)
@pytest.mark.parametrize("factor", [1e-250, 1e-170, 1e170, 1e250])
def test_perturbations_keep_their_length_for_tiny_and_huge_gradients(
    implementation: Any, factor: float
) -> None:
    params, X, targets = draw(8)
    scaled = Parameters(params.W, params.b, factor * params.a)
    r = implementation.perturb(scaled, X, targets, 0.7, 0.3)
    close(r, implementation.perturb(params, X, targets, 0.7, 0.3))


@pytest.mark.parametrize("implementation", [*OWN, Reference()], ids=name)
def test_perturbations_survive_saturated_margins(implementation: Any) -> None:
    params, X, targets = draw(9)
    r = np.asarray(implementation.perturb(params, 1e8 * X, targets, 0.7, 0.3))
    assert np.linalg.norm(r, axis=1) == pytest.approx(np.full(len(X), 0.7), rel=1e-14)


@pytest.mark.parametrize("implementation", [*OWN, Reference()], ids=name)
@pytest.mark.parametrize("slope", SLOPES)
def test_the_activation_has_slope_one_at_zero(implementation: Any, slope: float) -> None:
    params, X, y = draw(10)
    params = Parameters(params.W, torch.zeros_like(params.b), params.a)
    origin = torch.zeros_like(X[:1])
    expected = params.a @ params.W / params.width**0.5
    close(implementation.input_gradient(params, origin, slope), expected[None])
    _, b, _ = implementation.train(params, origin, y[:1], Recipe((1.0,), slope=slope))
    close(b, y[0] * params.a / params.width**0.5)


@pytest.mark.parametrize("implementation", OWN, ids=name)
@pytest.mark.parametrize("grad", [torch.no_grad, torch.enable_grad, torch.inference_mode])
def test_what_is_handed_over_is_not_modified(implementation: Any, grad: Any) -> None:
    params, X, y = draw(11)
    handed = (*params, X, y)
    copies = tuple(t.clone() for t in handed)
    with grad():
        trained = implementation.train(params, X, y, Recipe((0.3, 0.2), Logistic()))
        implementation.perturb(params, X, y, 0.7, 0.0)
        implementation.output(params, X, 0.0)
        implementation.input_gradient(params, X, 0.0)
    for part in trained:
        part *= 0
    for tensor, copy in zip(handed, copies, strict=True):
        assert torch.equal(tensor, copy)
        assert not tensor.requires_grad
        assert tensor.grad is None


def test_torch_keeps_dtype_device_and_random_state_under_foreign_defaults() -> None:
    params, X, y = draw(12)
    singles = (params.to("cpu", torch.float32), X.float(), y.float())
    state = torch.get_rng_state()
    torch.set_default_device("meta")
    try:
        for dtype, (p, points, labels) in (
            (torch.float64, (params, X, y)),
            (torch.float32, singles),
        ):
            results = (
                *TorchNN().train(p, points, labels, Recipe((0.3, 0.2), Logistic(), momentum=0.5)),
                TorchNN().output(p, points, 0.0),
                TorchNN().input_gradient(p, points, 0.0),
                TorchNN().perturb(p, points, labels, 0.7, 0.0),
            )
            for result in results:
                assert (result.dtype, result.device.type) == (dtype, "cpu")
                assert result.isfinite().all()
        mixture = Recipe((0.3,), LOSSES[-1])
        assert np.isfinite(NumpyFloat64().train(params, X, y, mixture)[0]).all()
        assert np.isfinite(NumpyFloat64().kernel(X, X, 0.0)).all()
    finally:
        torch.set_default_device(None)
    assert torch.equal(torch.get_rng_state(), state)


def test_numpy_computes_in_float64_whatever_comes_in() -> None:
    params, X, y = draw(13)
    for dtype in (torch.float32, torch.bfloat16):
        low = params.to("cpu", dtype)
        high = low.to("cpu", torch.float64)
        points = X.to(dtype)
        recipe = Recipe((0.3, 0.2), LOSSES[-1])
        left = NumpyFloat64().train(low, points, y.to(dtype), recipe)
        right = NumpyFloat64().train(high, points.double(), y, recipe)
        for part, other in zip(left, right, strict=True):
            assert np.array_equal(part, other)
            assert part.dtype == np.float64


def test_they_load_and_pass_the_checked_calls() -> None:
    params, X, y = draw(14)
    common = {"train", "train_deep", "output", "input_gradient", "perturb"}
    attacks = {"perturb_by", "perturb_in_steps"}
    common |= {"train_batches", "train_readout"}
    own = (("torch_nn:TorchNN", common | attacks), ("numpy_float64:NumpyFloat64", common))
    for path, names in own:
        implementation = load(f"verifier.implementations.{path}")
        assert offered(implementation) - {"kernel", "initialise"} == names
        checked = Checked(implementation)
        checked.train(params, X, y, Recipe((0.3,)))
        checked.perturb(params, X, y, 0.7, 0.0, Identity())
    assert "kernel" in offered(NumpyFloat64())


@pytest.mark.parametrize("slope", SLOPES)
def test_kernel_agrees_with_the_reference_on_generic_points(slope: float) -> None:
    g = torch.Generator("cpu").manual_seed(15)
    for dimension in (1, 3, 40):
        z, X = normal(g, 9, dimension), normal(g, 11, dimension)
        got = NumpyFloat64().kernel(z, X, slope)
        assert np.abs(got - np.asarray(kernel.phi(z, X, slope))).max() <= 1e-13


def near_and_far(dimension: int) -> tuple[Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(16)
    size = torch.logspace(-8, 8, 9, **CPU64)[:, None]
    X = size * normal(g, 9, dimension) / dimension**0.5
    shifts = [X + gap * size * normal(g, 9, dimension) for gap in (1e-13, 1e-9, 1e-5, 1e-1)]
    return torch.cat([X, *shifts, -X, 3 * X, 1e8 * X.flip(0), torch.zeros_like(X[:1])]), X


@pytest.mark.parametrize("which", [NumpyFloat64(), Reference()], ids=name)
@pytest.mark.parametrize("dimension", [1, 2, 10])
def test_kernel_agrees_with_many_digits(which: Any, dimension: int) -> None:
    z, X = near_and_far(dimension)
    exact = np.array([[exact_phi(p, x, 0.0) for x in X] for p in z])
    error = np.abs(np.asarray(which.kernel(z, X, 0.0)) - exact)
    worst = np.unravel_index(error.argmax(), error.shape)
    assert error[worst] <= 1e-13, (worst, z[worst[0]], X[worst[1]])


def test_kernel_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    z, X = near_and_far(3)
    whole = NumpyFloat64().kernel(z, X, 0.3)
    monkeypatch.setattr("verifier.implementations.numpy_float64.CHUNK", 1)
    assert np.array_equal(NumpyFloat64().kernel(z, X, 0.3), whole)
