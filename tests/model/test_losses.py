from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import torch
from torch import Tensor

from verifier.errors import InputError
from verifier.model.losses import (
    LOSSES,
    Exponential,
    Identity,
    Logistic,
    Loss,
    Mixture,
    SmoothLoss,
    named_loss,
)
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import train

CPU64 = {"dtype": torch.float64, "device": "cpu"}
MIXTURES = (
    Mixture(0.3, 0.5, 0.7, 1.5, 0.2),
    Mixture(0.0, 1.0, 0.0, 0.1, 0.0),
    Mixture(0.0, 0.0, 1.0, 3.0, -1.0),
    Mixture(0.0, 0.0, 0.0, 1.0, 0.0),
)
ALL = (Identity(), Logistic(), Exponential(), *MIXTURES)

mpf: Any = mpmath.mpf


def exact(loss: Loss) -> Callable[[Any], Any]:
    """`ell` as theory writes it, on mpmath numbers."""
    if isinstance(loss, Mixture):
        c, v, w, r, o = (
            mpf(x) for x in (loss.linear, loss.convex, loss.bounded, loss.rate, loss.offset)
        )
        return lambda s: (
            c * s + v * mpmath.log1p(mpmath.exp(r * s)) / r + w * mpmath.tanh(r * (s - o)) / r
        )
    return {
        "identity": lambda s: s,
        "logistic": lambda s: mpmath.log1p(mpmath.exp(s)),
        "exponential": mpmath.exp,
    }[loss.name]


def label(loss: Any) -> str:
    return loss.name if not isinstance(loss, Mixture) else str(MIXTURES.index(loss))


@pytest.mark.parametrize("loss", ALL, ids=label)
def test_value_and_derivative_have_many_correct_digits(loss: Loss) -> None:
    s = torch.linspace(-40.0, 40.0, 33, **CPU64)
    with mpmath.workdps(60):
        ell = exact(loss)
        values = [float(ell(mpf(x))) for x in s.tolist()]
        slopes = [float(mpmath.diff(ell, mpf(x), h=mpf(10) ** -25)) for x in s.tolist()]
    # tanh's derivative decays to nothing beside the rest of the mixture
    assert loss.value(s).tolist() == pytest.approx(values, rel=1e-13, abs=1e-30)
    assert loss.derivative(s).tolist() == pytest.approx(slopes, rel=1e-13, abs=1e-30)


@pytest.mark.parametrize("loss", ALL, ids=label)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_derivative_is_autograd_s_of_value(loss: Loss, dtype: torch.dtype) -> None:
    s = torch.linspace(-9.0, 9.0, 40, dtype=dtype, device="cpu").reshape(4, 10).requires_grad_()
    (by_autograd,) = torch.autograd.grad(loss.value(s).sum(), s)
    derivative = loss.derivative(s.detach())
    assert derivative.shape == s.shape
    assert derivative.dtype == loss.value(s).dtype == dtype
    tolerance = 100 * torch.finfo(dtype).eps
    torch.testing.assert_close(derivative, by_autograd, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("loss", ALL, ids=label)
def test_derivative_is_the_finite_difference_of_value(loss: Loss) -> None:
    s, gap = torch.linspace(-3.0, 3.0, 25, **CPU64), 1e-5
    rise = (loss.value(s + gap) - loss.value(s - gap)) / (2 * gap)
    torch.testing.assert_close(loss.derivative(s), rise, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("loss", ALL, ids=label)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_second_derivative_is_autograd_s_of_the_derivative(
    loss: SmoothLoss, dtype: torch.dtype
) -> None:
    s = torch.linspace(-9.0, 9.0, 40, dtype=dtype, device="cpu").reshape(4, 10).requires_grad_()
    rise = loss.derivative(s)
    by_autograd = torch.zeros_like(s)
    if rise.requires_grad:  # a constant has no graph
        (by_autograd,) = torch.autograd.grad(rise.sum(), s)
    found = loss.second_derivative(s.detach())
    assert found.dtype == dtype
    tolerance = 100 * torch.finfo(dtype).eps
    torch.testing.assert_close(found, by_autograd, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("loss", ALL, ids=label)
def test_how_steep_and_how_sharp_a_loss_is(loss: SmoothLoss) -> None:
    s = torch.linspace(-60.0, 60.0, 120_001, **CPU64)
    steep, sharp = float(loss.derivative(s).max()), float(loss.second_derivative(s).max())
    if loss.name == "exponential":
        assert loss.steepest == loss.sharpest == math.inf
        return
    assert steep <= loss.steepest + 1e-12
    convex = bool((loss.second_derivative(s) >= 0).all())
    if convex:  # tanh and the rest are not steepest at one place
        assert steep == pytest.approx(loss.steepest, rel=0.003, abs=1e-12)
        assert sharp == pytest.approx(loss.sharpest, rel=1e-9, abs=1e-12)
    else:
        assert loss.sharpest == math.inf


@pytest.mark.parametrize("loss", ALL, ids=label)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_no_loss_decreases(loss: Loss, dtype: torch.dtype) -> None:
    s = torch.linspace(-1000.0, 80.0, 5001, dtype=dtype, device="cpu")
    assert bool((loss.derivative(s) >= 0).all())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_logistic_is_stable_far_out(dtype: torch.dtype) -> None:
    s = torch.tensor([-1000.0, -60.0, 60.0, 1000.0], dtype=dtype, device="cpu")
    value, derivative = Logistic().value(s).double(), Logistic().derivative(s).double()
    rounding = 4 * torch.finfo(dtype).eps
    assert value.tolist() == pytest.approx([0.0, math.exp(-60), 60.0, 1000.0], rel=rounding)
    assert derivative.tolist() == pytest.approx([0.0, math.exp(-60), 1.0, 1.0], rel=rounding)


@pytest.mark.parametrize("loss", MIXTURES, ids=label)
def test_mixture_is_stable_far_out(loss: Mixture) -> None:
    s = torch.tensor([-1000.0, 1000.0], **CPU64)
    low, high = loss.derivative(s).tolist()
    assert low == pytest.approx(loss.linear, abs=1e-40)
    assert high == pytest.approx(loss.linear + loss.convex, rel=1e-15)
    low, high = loss.value(s).tolist()
    assert low == pytest.approx(-1000 * loss.linear - loss.bounded / loss.rate, rel=1e-12)
    rise = 1000 * (loss.linear + loss.convex) + loss.bounded / loss.rate
    assert high == pytest.approx(rise, rel=1e-12)


def test_names_build_the_losses() -> None:
    assert named_loss("identity") == Identity()
    assert named_loss("logistic") == Logistic()
    assert named_loss("exponential") == Exponential()
    constants = {"linear": 0.3, "convex": 0.5, "bounded": 0.7, "rate": 1.5, "offset": 0.2}
    assert named_loss("mixture", **constants) == MIXTURES[0]
    assert [kind.name for kind in LOSSES.values()] == list(LOSSES)
    assert all(isinstance(loss, Loss) for loss in ALL)


@pytest.mark.parametrize("part", ["linear", "convex", "bounded"])
def test_a_mixture_that_could_decrease_is_refused(part: str) -> None:
    constants = {"linear": 1.0, "convex": 1.0, "bounded": 1.0, "rate": 1.0, "offset": 0.0}
    for value in (-0.1, math.nan):
        with pytest.raises(InputError, match=rf"^{part} = {value}: must be non-negative$"):
            Mixture(**{**constants, part: value})


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan])
def test_a_mixture_needs_a_positive_rate(rate: float) -> None:
    with pytest.raises(InputError, match=rf"^rate = {rate}: must be positive$"):
        Mixture(1.0, 1.0, 1.0, rate, 0.0)


# A user's own loss


class Ramp:
    """`s + sqrt(1 + s^2)`: nothing shared with the built-in losses but the protocol."""

    name = "ramp"

    def value(self, s: Tensor) -> Tensor:
        return s + torch.sqrt(1 + s * s)

    def derivative(self, s: Tensor) -> Tensor:
        return 1 + s / torch.sqrt(1 + s * s)


class Falling:
    """Rises to its maximum at 0 and falls from there on: training must refuse the fall."""

    name = "falling-from-zero"

    def __init__(self) -> None:
        self.calls = 0

    def value(self, s: Tensor) -> Tensor:
        return -s * s

    def derivative(self, s: Tensor) -> Tensor:
        self.calls += 1
        return -2 * s


def small_network() -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(1)
    params = initialise(6, 3, generator=g, **CPU64)
    X = torch.randn(5, 3, generator=g, **CPU64)
    return params, X, torch.tensor([1.0, -1.0, -1.0, 1.0, 1.0], **CPU64)


def test_training_accepts_a_user_s_own_loss() -> None:
    params, X, y = small_network()
    assert isinstance(Ramp(), Loss)
    run = train(params, X, y, Recipe((0.4,), Ramp(), 0.2))
    W, b = params.W.clone().requires_grad_(), params.b.clone().requires_grad_()
    u = X @ W.T + b
    f = torch.where(u >= 0, u, 0.2 * u) @ params.a / math.sqrt(6)
    objective = Ramp().value(-y * f).mean()
    gradient_W, gradient_b = torch.autograd.grad(objective, (W, b))
    torch.testing.assert_close(run.params.W, params.W - 0.4 * gradient_W)
    torch.testing.assert_close(run.params.b, params.b - 0.4 * gradient_b)
    torch.testing.assert_close(run.tau, 0.4 * Ramp().derivative(-y * f).detach())


def test_a_decreasing_loss_is_refused_by_name() -> None:
    params, X, y = small_network()
    loss = Falling()
    with pytest.raises(InputError, match="must be non-decreasing") as caught:
        train(params, X, y, Recipe((0.1, 0.1), loss))
    assert caught.value.argument == "loss"
    assert loss.calls == 1
    assert loss.name in str(caught.value)


@pytest.mark.parametrize("part", ["name", "value", "derivative"])
def test_a_loss_that_lacks_a_part_is_refused_at_once(part: str) -> None:
    parts = {"name": "own", "value": Ramp.value, "derivative": Ramp.derivative}
    incomplete = type("Own", (), {k: v for k, v in parts.items() if k != part})()
    with pytest.raises(InputError, match=r"^loss = .*: must offer name, value, derivative$"):
        Recipe((0.1,), incomplete)
