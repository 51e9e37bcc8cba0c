"""The adapter for a `torch.nn.Module` and its training loop, as `verifier init --torch` uses it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.bad_input import P, X, Y, refused
from tests.implementations.starts import refuted, written
from verifier.implementations.contract import is_told_the_loss, offered
from verifier.implementations.reference import Reference
from verifier.implementations.torch_module import TorchModule
from verifier.model.losses import Logistic
from verifier.model.recipe import Recipe

RECIPE = Recipe((0.3, 0.2, 0.4), Logistic(), 0.3, momentum=0.9)
CHECKED = ("E0", "E1", "E2", "E3", "E4", "E5", "D3", "S1")

STEP = "            optimiser.step()"
F = "f = net(X).squeeze(1)"
LOSS = "recipe.loss.value(-y * f).mean()"
SGD = "torch.optim.SGD(net.parameters(), lr=1.0, momentum=recipe.momentum)"
NORMED = "return eps * gradient / length.where(length > 0, 1)"

FAULTS = {
    "dampening": (SGD, SGD.replace("momentum)", "momentum, dampening=recipe.momentum)")),
    "nesterov": (SGD, SGD.replace("momentum)", "momentum, nesterov=recipe.momentum > 0)")),
    "decay": (SGD, SGD.replace("momentum)", "momentum, weight_decay=1e-4)")),
    "another optimiser": (SGD, "torch.optim.Adam(net.parameters(), lr=1.0)"),
    "(N, 1) against (N,)": (F, "f = net(X)"),
    "no zero_grad": ("            optimiser.zero_grad()\n", ""),
    "a sum for a mean": (LOSS, LOSS.replace("mean", "sum")),
    "one sample dropped": (F, f"X, y = (X[1:], y[1:]) if len(y) > 1 else (X, y)\n            {F}"),
    "schedule off by one": ("in recipe.steps:", "in (*recipe.steps[1:], recipe.steps[-1]):"),
    "a step too many": ("in recipe.steps:", "in (*recipe.steps, recipe.steps[-1]):"),
    "the readout trains": (".requires_grad_(False)", ""),
    "1e-10 in the norm": (NORMED, "return eps * gradient / (length + 1e-10)"),
    "clamped": (
        NORMED,
        "return (X + eps * gradient / length.where(length > 0, 1)).clamp(0, 1) - X",
    ),
    "away from the target": ("return eps * gradient", "return -eps * gradient"),
    "normalised over the batch": (
        "largest = gradient.abs().amax(dim=1, keepdim=True)",
        "gradient = gradient - gradient.mean(dim=0)\n"
        "        largest = gradient.abs().amax(dim=1, keepdim=True)",
    ),
}


def test_what_init_writes_holds() -> None:
    assert offered(written("torch")) == {"train", "output", "input_gradient", "perturb"}
    assert is_told_the_loss(written("torch"))
    assert not refuted(written("torch"), CHECKED)
    assert not refuted(written("torch"), CHECKED, dtype="float32")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_it_is_refuted(fault: str) -> None:
    assert refuted(written("torch", FAULTS[fault]), ("E0", "E4"))


def test_it_trains_as_the_reference_does() -> None:
    for train_bias in (True, False):
        recipe = Recipe(RECIPE.steps, RECIPE.loss, 0.3, 0.9, train_bias)
        own = written("torch").train(P, X, Y, recipe)
        for part, expected in zip(own, Reference().train(P, X, Y, recipe), strict=True):
            torch.testing.assert_close(part, expected, rtol=1e-12, atol=1e-14)


class Plain(TorchModule):
    """A module that keeps its readout in a buffer, divides by sqrt m, and has no biases."""

    weight, bias, readout, is_scaled = "W.weight", None, "a", False

    def build(self, width: int, dimension: int, slope: float) -> nn.Module:
        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.W = nn.Linear(dimension, width, bias=False)
                self.register_buffer("a", torch.zeros(width))

            def forward(self, x: Tensor) -> Tensor:
                u = nn.functional.leaky_relu(self.W(x), slope)
                return u @ self.a / width**0.5

        return Net()

    def fit(self, net: nn.Module, X: Tensor, y: Tensor, recipe: Recipe) -> None:
        optimiser = torch.optim.SGD(net.parameters(), lr=1.0, momentum=recipe.momentum)
        for eta in recipe.steps:
            optimiser.param_groups[0]["lr"] = eta
            optimiser.zero_grad()
            torch.autograd.backward(recipe.loss.value(-y * net(X)).mean())
            optimiser.step()


def test_a_module_may_keep_its_readout_elsewhere_and_have_no_biases() -> None:
    bare = P._replace(b=torch.zeros_like(P.b))
    recipe = Recipe(RECIPE.steps, RECIPE.loss, 0.3, 0.9, train_bias=False)
    W, b, a = Plain().train(bare, X, Y, recipe)
    expected = Reference().train(bare, X, Y, recipe)
    torch.testing.assert_close(W, expected.W, rtol=1e-12, atol=1e-14)
    assert torch.equal(b, bare.b)
    assert torch.equal(a, bare.a)
    assert offered(Plain()) == {"train", "output", "input_gradient"}  # it has no attack


def test_gradients_are_on_whatever_the_caller_had_set() -> None:
    with torch.no_grad():
        W, _, _ = written("torch").train(P, X, Y, RECIPE)
        slope = written("torch").input_gradient(P, X, 0.3)
    assert not torch.equal(W, P.W)
    torch.testing.assert_close(slope, Reference().input_gradient(P, X, 0.3))


def test_building_a_module_draws_nothing_from_the_caller_s_generator() -> None:
    before = torch.get_rng_state()
    written("torch").output(P, X, 0.3)
    assert torch.equal(torch.get_rng_state(), before)


class Elsewhere(Plain):
    def __init__(self, **names: Any) -> None:
        vars(self).update(names)


class NoModule(Plain):
    def build(self, width: int, dimension: int, slope: float) -> Any:
        return None


class Transposed(Plain):
    def build(self, width: int, dimension: int, slope: float) -> Any:
        return super().build(dimension, width, slope)


@pytest.mark.parametrize(
    ("code", "argument", "value", "rule"),
    [
        (
            Elsewhere(weight="hidden"),
            "weight",
            "'hidden'",
            "one of the module's a, W.weight",
        ),
        (Elsewhere(bias="W.weight"), "bias", "W.weight (5, 3)", "must have the shape (5,)"),
        (Transposed(), "weight", "W.weight (3, 5)", "must have the shape (5, 3)"),
        (NoModule(), "build", "NoModule.build", "must return an nn.Module, not NoneType"),
    ],
)
def test_bad_input(code: TorchModule, argument: str, value: str, rule: str) -> None:
    refused(lambda: code.output(P, X, 0.3), argument, value, rule)
