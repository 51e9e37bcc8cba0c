"""E0k: draws where u = 0 exactly, conventions that are known, and codes that have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.evidence import Evidence
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.published import Published
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, activation_pattern, preactivation, seen_through
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.broken_codes import Plain
from verifier.statements.identities.at_kink import AtKink, beside_an_active_one
from verifier.statements.identities.e0k_kink import AT_ZERO, AtZero
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

E0K = PATHWISE["E0k"]
POINTS = ((0.5, 0.0, 0.0, 0.0), (0.0, 2.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 4.0))
PLAIN = Configuration(
    Data("raw", 4, 4, points=POINTS), 4, 0.25, True, (4.0,), (4.0,), 0.5, "b", loss="logistic"
)
DRAWN = drawn(strategy_for(E0K), 30, run_seed=3)
FUNCTIONS = ("train", "input_gradient", "perturb")


def told(found: Evidence) -> dict[str, set[str]]:
    """By function, the values that notes tell."""
    return {
        f: {v for v in ("1", "gamma", "between", "outside") if f"{AT_ZERO}{f}: {v}" in found.notes}
        for f in FUNCTIONS
    }


class Chosen(Plain):
    """A code with one phi'(0): `weight` of 1 and the rest of the slope, and `excess`."""

    def __init__(self, weight: float = 0.5, excess: float = 0.0) -> None:
        self.weight = weight
        self.excess = excess

    def of(self, u: Tensor, slope: float) -> Tensor:
        at_zero = self.weight + (1 - self.weight) * slope + self.excess
        return torch.where(u == 0, at_zero, activation_pattern(u, slope))

    def pattern(self, params: Parameters, start: Parameters, X: Tensor, recipe: Recipe) -> Tensor:
        return self.of(preactivation(params, X), recipe.slope)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return seen_through(self.of(preactivation(params, z), slope), params)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        along = self.input_gradient(params, X, slope)
        return eps * targets[:, None] * torch.nn.functional.normalize(along, dim=1)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_every_pre_activation_is_zero_in_every_order(dtype: torch.dtype) -> None:
    for configuration in DRAWN:
        start = AtKink(configuration).draw
        W, b, X = (t.to(dtype) for t in (start.f_0.W, start.f_0.b, start.X))
        assert torch.equal(W.double(), start.f_0.W.double())  # few enough digits
        terms = torch.cat((W[:, None] * X, b[:, None, None].expand(-1, len(X), 1)), dim=2)
        for order in (terms, terms.flip(2), terms.roll(1, 2)):
            u = torch.zeros_like(order[..., 0])
            for k in range(order.shape[2]):
                u = u + order[..., k]
            assert bool((u == 0).all())
        assert bool((start.f_0.b != 0).all())
        assert bool((start.f_0.a != 0).all())


CODES = [(Reference(), "1"), (TorchNN(), "1"), (NumpyFloat64(), "1"), (Published(), "gamma")]


@pytest.mark.parametrize(("code", "value"), CODES, ids=[type(c).__name__ for c, _ in CODES])
def test_what_is_told_of_known_codes_is_true(code: Any, value: str) -> None:
    for configuration in (PLAIN, *DRAWN):
        found = E0K.check(configuration, Subject(code))
        assert found.holds, found
        known = {value} if configuration.slope < 1 else set()
        assert told(found) == dict.fromkeys(FUNCTIONS, known)


@pytest.mark.parametrize("weight", [0.0, 0.25, 0.5, 1.0])
def test_any_value_between_is_correct_and_told(weight: float) -> None:
    name = {0.0: "gamma", 1.0: "1"}.get(weight, "between")
    for configuration in (PLAIN, replace(PLAIN, slope=0.0, dtype="float32")):
        found = E0K.check(configuration, Subject(Chosen(weight)))
        assert found.holds, found
        assert told(found) == {function: {name} for function in FUNCTIONS}


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_smallest_error_noticed(weight: float) -> None:
    """An excess of a hundred roundings at either end."""
    outward = 1 if weight else -1
    for dtype in (torch.float64, torch.float32):
        configuration = replace(PLAIN, dtype=str(dtype).removeprefix("torch."), loss="identity")
        excess = outward * 100 * torch.finfo(dtype).eps
        assert not E0K.check(configuration, Subject(Chosen(weight, excess))).holds
        assert E0K.check(configuration, Subject(Chosen(weight, excess / 100))).holds


def test_a_code_that_only_trains_is_asked_for_steps_alone() -> None:
    plain: Any = type("Trains", (), {"train": Reference().train})()
    found = E0K.check(PLAIN, Subject(plain))
    assert found.holds
    assert told(found) == {"train": {"1"}, "input_gradient": set(), "perturb": set()}


def test_with_equal_sides_there_is_one_derivative_and_no_convention() -> None:
    linear = replace(PLAIN, slope=1.0)
    assert not E0K.check(linear, Subject()).notes
    assert E0K.check(linear, Subject()).holds
    assert not E0K.check(linear, Subject(Chosen(1.0, -0.01))).holds


# The formulas


def test_a_step_s_push_is_the_gradient_by_autograd() -> None:
    """Of torch's leaky ReLU, whose derivative at 0 is the slope."""
    for configuration in (PLAIN, replace(PLAIN, loss="exponential", slope=0.5)):
        start, recipe = AtKink(configuration).draw, configuration.f_recipe
        W, b = start.f_0.W.clone().requires_grad_(), start.f_0.b.clone().requires_grad_()
        u = start.X @ W.T + b
        f = torch.nn.functional.leaky_relu(u, recipe.slope) @ start.f_0.a / len(b) ** 0.5
        objective = recipe.loss.value(-start.y * f).mean()
        of_W, of_b = torch.autograd.grad(objective, (W, b))
        push = recipe.slope * AtZero(recipe.slope).push(start.f_0, start.y, recipe)
        eta = recipe.steps[0]
        torch.testing.assert_close(push * start.X.diagonal(), -eta * of_W, rtol=1e-14, atol=0)
        torch.testing.assert_close(push.sum(dim=1), -eta * of_b, rtol=1e-14, atol=1e-14)


def test_a_gradient_has_the_one_sided_derivatives() -> None:
    """Differences on either side of the kink: 1 above, the slope below; no derivative is asked."""
    start, slope, h = AtKink(PLAIN).draw, PLAIN.slope, 2.0**-12
    for i in range(4):
        pair = beside_an_active_one(start.f_0, i, start.X)
        first, second = pair.W
        assert float(first @ second) == 0.0
        assert torch.linalg.vector_norm(first) == torch.linalg.vector_norm(second)
        u = start.X @ pair.W.T + pair.b
        assert bool((u[:, 0] == 0).all())
        assert bool((u[:, 1] >= 1).all())

        def f(x: Tensor, pair: Parameters = pair) -> Tensor:
            u = x @ pair.W.T + pair.b
            return torch.maximum(u, slope * u) @ pair.a / 2**0.5

        for side, at_zero in ((1.0, 1.0), (-1.0, slope)):
            for along in (side * first, side * first + second):
                found = (f(start.X + h * along) - f(start.X)) / h
                ones = torch.ones_like(found)
                expected = AtZero(slope).gradient(pair, at_zero * ones) @ along
                torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


# The check

BREAKS = {
    "step-dead-at-0": "in train: at least gamma",
    "step-of-both-sides": "in train: at most 1",
    "step-doubled-at-0": "in train: at most 1",
    "step-noisy-at-0": "in train: at ",
    "biases-other-side": "b moves by the phi'(0) of W",
    "gradient-dead-at-0": "in input_gradient: at least gamma",
    "gradient-noisy-at-0": "in input_gradient: at ",
    "gradient-torn-at-0": "the gradient at a kink is that of one phi'(0)",
    "attack-short-at-0": "the attack at a kink follows the gradient of one phi'(0)",
    "attack-dead-at-0": "in perturb: at least gamma",
    "slope-alone": "at most 1",
    "push-no-label": "in train: at least gamma",
    "push-no-mean": "in train: at least gamma",
    "kink-no-root": "in input_gradient: at most 1",
}


@pytest.mark.parametrize("control", REGISTRY.controls_of("E0k"), ids=lambda c: c.name)
def test_each_control_breaks_its_own_conclusion(control: Any) -> None:
    out = Comparisons()
    configuration = replace(PLAIN, slope=0.375)
    E0K.compare(AtKink(configuration, Subject(control.implementation(), control.theory)), out)
    assert out.worst["error"] > 1
    assert BREAKS[control.name] in out.worst["conclusion"]


def test_elsewhere_broken_codes_are_correct() -> None:
    """So that nothing but draws at the kink shows them."""
    anywhere = Configuration(
        Data("gaussian", 3, 5), 9, 0.3, True, (0.3, 0.2), (0.1,), 0.5, "b", momentum=0.5
    )
    codes = [c for c in REGISTRY.controls_of("E0k") if not c.altered]
    assert len(codes) >= 3
    for control in codes:
        for name in ("E0", "E1", "E4"):
            assert PATHWISE[name].check(anywhere, Subject(control.implementation())).holds


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"data": Data("gaussian", 4, 4)}, "data"),
        ({"data": Data("raw", 4, 4, scale=3.0, points=POINTS)}, "data"),
        ({"data": Data("raw", 4, 4, points=(POINTS[1], POINTS[0], *POINTS[2:]))}, "data"),
        ({"data": Data("raw", 4, 3, points=POINTS[:3])}, "data"),
        ({"data": Data("raw", 1, 1, points=((1.0,),))}, "data"),
        ({"data": Data("raw", 4, 4, points=((0.0,) * 4, *POINTS[1:]))}, "data"),
        ({"width": 3}, "width"),
    ],
)
def test_other_configurations_are_refused(changes: dict[str, Any], argument: str) -> None:
    with pytest.raises(InputError, match=rf"^{argument} = "):
        E0K.check(replace(PLAIN, **changes))
