"""E9: a trained readout against autograd, its laws, and the sign that a step may turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.published import Published
from verifier.model.losses import Logistic
from verifier.model.network import Parameters, output, preactivation
from verifier.model.readout import train_readout
from verifier.model.recipe import Recipe
from verifier.model.vectors import row_norms
from verifier.statements import PATHWISE
from verifier.statements.beyond.broken_readouts import MovingReadout
from verifier.statements.beyond.margins import bias_gradient_error
from verifier.statements.beyond.readout import Balance, ReadoutPath
from verifier.statements.beyond.readout_replay import replay_readout
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.subject import Subject

E9 = PATHWISE["E9"]
CPU64 = {"dtype": torch.float64, "device": "cpu"}
PLAIN = Configuration(
    Data("gaussian", 4, 6), 20, 0.3, True, (0.3, 0.2, 0.4), (0.2,), 0.5, "b", loss="logistic"
)
HOWS = pytest.mark.parametrize(
    "changes",
    [{}, {"train_bias": False}, {"momentum": 0.8}, {"loss": "identity", "slope": 0.0}],
    ids=["plain", "frozen biases", "momentum", "ReLU"],
)


def objective(parts: list[Tensor], start: Draw, recipe: Recipe) -> Tensor:
    W, b, a = parts
    u = start.X @ W.T + b
    f = torch.where(u >= 0, u, recipe.slope * u) @ a / len(a) ** 0.5
    return recipe.loss.value(-start.y * f).mean()


def gradients(params: Parameters, start: Draw, recipe: Recipe) -> list[Tensor]:
    parts = [t.clone().requires_grad_() for t in params]
    return list(torch.autograd.grad(objective(parts, start, recipe), parts))


@HOWS
def test_training_is_sgd_on_all_parameters(changes: dict[str, Any]) -> None:
    c = replace(PLAIN, **changes)
    start, how = draw(c), c.f_recipe
    parts = [t.clone().requires_grad_() for t in start.f_0]
    parts[1].requires_grad_(how.train_bias)
    optimiser = torch.optim.SGD([p for p in parts if p.requires_grad], 1.0, how.momentum)
    for eta in how.steps:
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        torch.autograd.backward(objective(parts, start, how))
        optimiser.step()
    for found, wanted in zip(train_readout(start.f_0, start.X, start.y, how), parts, strict=True):
        torch.testing.assert_close(found, wanted.detach(), rtol=1e-12, atol=1e-14)


def path_of(c: Configuration, dtype: torch.dtype = torch.float64) -> tuple[ReadoutPath, Draw]:
    start = draw(c)
    how = c.f_recipe
    return replay_readout(ReadoutPath, start.f_0, start.X, start.y, how, dtype), start


@HOWS
def test_the_sums_end_where_training_does(changes: dict[str, Any]) -> None:
    path, start = path_of(replace(PLAIN, **changes))
    final = train_readout(start.f_0, start.X, start.y, path.recipe)
    for found, wanted in zip(path.final(), final, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-14)
    z = start.z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(output(final, z, path.recipe.slope).sum(), z)
    torch.testing.assert_close(path.input_gradient(final, start.z), gradient)


@HOWS
def test_float32_stays_within_the_bounds(changes: dict[str, Any]) -> None:
    for seed in range(10):
        c = replace(PLAIN, dtype="float32", eps=0.1 + seed, kink_free=False, **changes)
        path, start = path_of(c, torch.float32)
        if not path.clear:
            continue
        final = train_readout(start.f_0, start.X, start.y, path.recipe)
        apart = [f.double() - w for f, w in zip(final, path.final(), strict=True)]
        sizes = torch.linalg.vector_norm(apart[0], dim=1), apart[1].abs(), apart[2].abs()
        for size, error in zip(sizes, path.error, strict=True):
            assert bool((size <= error).all())
        assert float((sizes[2] / path.error[2]).max()) > 1e-3


@pytest.mark.parametrize("train_bias", [True, False])
def test_the_law_of_a_step_with_autograd_s_gradients(train_bias: bool) -> None:
    c = replace(PLAIN, train_bias=train_bias)
    start, eta = draw(c), 0.7
    g = gradients(start.f_0, start, c.f_recipe)
    law = Balance(start.f_0, start.X, start.y, c.f_recipe, eta)
    W, b, a = start.f_0
    after = Parameters(W - eta * g[0], b - eta * train_bias * g[1], a - eta * g[2])
    found = law.amount(after) - law.amount(start.f_0)
    claimed = law.change(g[0], g[1] if train_bias else law.bias_gradient(), g[2])
    torch.testing.assert_close(found, claimed, rtol=0.0, atol=1e-14)
    torch.testing.assert_close(law.bias_gradient(), g[1], rtol=1e-12, atol=1e-16)
    if not train_bias:  # the other law is another
        other = eta**2 * (g[0].square().sum(dim=1) - g[2].square())
        assert float((found - other).abs().max()) > 1e-3


def test_momentum_breaks_the_law() -> None:
    c = replace(PLAIN, momentum=0.9)
    start, how = draw(c), c.f_recipe
    first, second = (train_readout(start.f_0, start.X, start.y, how.prefix(k)) for k in (1, 2))
    law = Balance(first, start.X, start.y, how, how.steps[1])
    moved = [(old - new) / how.steps[1] for old, new in zip(first, second, strict=True)]
    found = law.amount(second) - law.amount(first)
    assert float((found - law.change(*moved)).abs().max()) > 1e-3


def one(a: float, w: float, b: float) -> Parameters:
    return Parameters(*(torch.tensor(v, **CPU64) for v in ([[w]], [b], [a])))


def test_a_readout_may_turn_though_it_is_the_longest() -> None:
    """The counterexample: a^2 >= |w|^2 + b^2, which keeps a's sign in the flow, not in a step."""
    f, X, y = one(1.0, 0.5, 0.5), torch.tensor([[3.0]], **CPU64), -torch.ones(1, **CPU64)
    assert train_readout(f, X, y, Recipe((1.0,))).a.tolist() == [-1.0]
    slow = train_readout(f, X, y, Recipe((0.001,) * 1000))
    assert 0 < float(slow.a) < 1
    whole = Balance(f, X, y, Recipe((1.0,)), 1.0)
    assert float((whole.amount(slow) - whole.amount(f)).abs()) < 0.01


def test_a_step_turns_the_readout_iff_it_goes_further_than_it_is_long() -> None:
    random, turned = np.random.default_rng(1), 0
    for _ in range(300):
        a, w, b, x, eta = random.standard_normal(5) * [1, 1, 1, 2, 1]
        y, eta = torch.tensor([random.choice([-1.0, 1.0])], **CPU64), abs(eta)
        f, X = one(a, w, b), torch.tensor([[x]], **CPU64)
        side = 1.0 if w * x + b >= 0 else 0.3
        along = side * float(y) * (w * x + b)  # <v, G>
        ended = float(train_readout(f, X, y, Recipe((eta,), slope=0.3)).a)
        assert (ended * a < 0) == (eta * along / a < -1)
        turned += ended * a < 0
    assert 30 < turned < 200


@pytest.mark.parametrize(
    ("d", "share"), [(1, 0.294), (2, 0.258), (5, 0.229), (100, 0.206), (784, 0.205)]
)
def test_how_many_readouts_are_the_longest_at_the_start(d: int, share: float) -> None:
    random = np.random.default_rng(d)
    count = 200_000
    longest = random.standard_normal(count) ** 2
    hidden = random.chisquare(d, count) / d + random.standard_normal(count) ** 2
    assert np.mean(longest >= hidden) == pytest.approx(share, abs=0.0005 + 5 * 0.5 / count**0.5)


@HOWS
@pytest.mark.parametrize("code", [MovingReadout, NumpyFloat64])
def test_another_correct_code_passes(code: type, changes: dict[str, Any]) -> None:
    found = E9.check(replace(PLAIN, **changes), Subject(code()))
    assert found.holds
    assert found.notes["neurons"] == 20
    assert 0 < found.notes["neurons whose readout keeps its sign"] <= 20


def test_a_code_that_freezes_its_readout_loses_nothing() -> None:
    assert E9.unavailable(Published()) == ("train_readout",)


def test_pre_activations_off_by_rounding_move_the_bias_gradient_within_its_bound() -> None:
    unit, random = 1e-6, np.random.default_rng(4)
    W, X = (torch.from_numpy(random.normal(size=shape)) for shape in ((5, 3), (4, 3)))
    b, a = torch.full((5,), 9.0, **CPU64), torch.tensor([2.0, -1.0, 1.0, -2.0, 0.1], **CPU64)
    y = torch.tensor([1.0, -1.0, 1.0, 1.0], **CPU64)
    recipe = Recipe((1.0,), slope=0.3, loss=Logistic(), train_bias=False)
    law = Balance(Parameters(W, b, a), X, y, recipe, 1.0)
    u = preactivation(law.state, X)
    assert (u > 1).all()
    # every output towards its label's other side, so that all pulls grow together
    off = unit * (torch.linalg.vector_norm(X, dim=1)[:, None] * row_norms(W) + b)
    moved = u - off * a.sign() * y[:, None]
    pulls = (law.pull(moved) - law.pull(u)) * y
    assert (pulls > 0).all()
    change = (a * law.pull(moved).sum() - a * law.pull(u).sum()).abs()
    worst = a.abs() * pulls.sum()
    bound = bias_gradient_error(law, unit)
    assert (change <= bound).all()
    assert (worst <= bound).all()
    # as much again is for the rounding of each output's own sum
    assert (worst > 0.4 * bound).all()
