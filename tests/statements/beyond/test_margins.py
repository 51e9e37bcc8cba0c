"""Bounds on rounding in E8 to E10: each is met by some error, and no smaller one would do."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.model.attack import Attack
from verifier.model.classes import ClassRecipe
from verifier.model.losses import Logistic
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE
from verifier.statements.beyond import own_readout
from verifier.statements.beyond.class_replay import replay_classes
from verifier.statements.beyond.classes import ClassPath
from verifier.statements.beyond.margins import law_error, step_sizes
from verifier.statements.beyond.measured import Stepped
from verifier.statements.beyond.own_readout import OwnRounding
from verifier.statements.beyond.readout import Balance, ReadoutPath
from verifier.statements.beyond.readout_replay import replay_readout
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

E8, E8p = PATHWISE["E8"], PATHWISE["E8p"]
CPU64 = {"dtype": torch.float64, "device": "cpu"}
TRIAL = Configuration(Data("gaussian", 4, 6), 20, 0.3, True, (0.3, 0.2), (0.2,), 0.5, "b")


def tensor(*values: float | list[float]) -> Tensor:
    return torch.tensor(values, **CPU64)


@pytest.mark.parametrize(("name", "power"), [("L2", 1.0), ("L3", 0.5), ("L1.25", 4.0), ("Linf", 0)])
def test_an_attack_may_be_too_long_by_one_rounding_and_its_power_more(
    name: str, power: float
) -> None:
    """A dual norm off by a unit, raised to the power q - 1, and all other operations together."""

    class Longer(Reference):
        def __init__(self, units: float) -> None:
            c = replace(TRIAL, attack=name)
            operations = len(c.f_steps) + c.data.samples + math.sqrt(c.data.dimension) + 4
            self.factor = 1 + units * operations * torch.finfo(torch.float64).eps

        def perturb_by(
            self,
            params: Parameters,
            X: Tensor,
            targets: Tensor,
            eps: float,
            slope: float,
            attack: Attack,
        ) -> Tensor:
            return self.factor * super().perturb_by(params, X, targets, eps, slope, attack)

    c = replace(TRIAL, attack=name)
    assert E8.check(c, Subject(Longer(0.9 * (1 + power)))).holds
    found = E8.check(c, Subject(Longer(1.1 * (1 + power))))
    assert not found.holds
    assert name == "Linf" or "|r_n|_p = eps" in found.conclusion  # there every entry is as exact


@pytest.mark.parametrize("train_bias", [True, False])
def test_the_law_of_a_step_is_off_by_as_much_as_its_error_allows(train_bias: bool) -> None:
    """A step whose rounding is all along the weights, where the law shows it most."""
    unit, eta = 2.0**-20, 0.5
    state = Parameters(
        *(tensor(*part) for part in (map(list, own_readout._W), own_readout._B, own_readout._A))
    )
    X, y = tensor(*map(list, own_readout._X)), tensor(*own_readout._Y)
    recipe = Recipe((eta,), Logistic(), 0.25, 0.0, train_bias)
    law = Balance(state, X, y, recipe, eta)
    g_W, g_b, g_a = exact_gradients(law)
    exact = Parameters(state.W - eta * g_W, state.b - eta * train_bias * g_b, state.a - eta * g_a)
    off = [
        unit * ((size(old) + size(new)) / 2 + eta * terms)
        for old, new, terms in zip(state, exact, step_sizes(law), strict=True)
    ]
    after = Parameters(
        exact.W + off[0][:, None] * state.W / size(state.W)[:, None],
        exact.b + train_bias * off[1] * state.b.sign(),
        exact.a - off[2] * state.a.sign(),
    )
    g = [(old - new) / eta for old, new in zip(state, after, strict=True)]
    g[1] = g[1] if train_bias else g_b
    defect = (law.amount(after) - law.amount(state) - law.change(*g)).abs()
    share = defect / law_error(law, after, unit)
    assert share.tolist() == pytest.approx([1.0] * 4, rel=1e-4)


def exact_gradients(law: Balance) -> tuple[Tensor, ...]:
    parts = [part.clone().requires_grad_() for part in law.state]
    W, b, a = parts
    u = law.X @ W.T + b
    f = torch.where(u >= 0, u, law.recipe.slope * u) @ a / math.sqrt(len(a))
    return torch.autograd.grad(law.recipe.loss.value(-law.y * f).mean(), parts)


def size(part: Tensor) -> Tensor:
    return part.abs() if part.ndim == 1 else torch.linalg.vector_norm(part, dim=1)


def test_squares_are_off_where_nothing_was_before() -> None:
    """From zero weights and biases the law's rounding is of its own squares alone."""
    nothing, defects, bounds = torch.zeros(1, **CPU64), [], []
    for k in range(1, 200):
        a, eta = math.sqrt(k), 1 / k**0.3
        state = Parameters(torch.zeros(1, 3, **CPU64), nothing, tensor(a))
        X, y = tensor([0.1 * k, 1.7, -0.3]), tensor(1.0)
        law = Balance(state, X, y, Recipe((eta,)), eta)
        W, b = eta * a * X, tensor(eta * a)
        after = Parameters(W, b, state.a)
        g = (-W / eta, -b / eta, nothing)
        defects.append(float((law.amount(after) - law.amount(state) - law.change(*g)).abs()))
        bounds.append(float(law_error(law, after, 0.0)))
    own = (math.sqrt(3) + 4) * torch.finfo(torch.float64).eps
    sums = [float(W.square().sum() + b**2), float(state.a) ** 2]  # of W, b: new and moved
    assert bounds[-1] == pytest.approx(2 * own * sum(sums), rel=1e-12)
    assert any(defects)
    assert all(found <= most for found, most in zip(defects, bounds, strict=True))
    assert max(map(float.__truediv__, defects, bounds)) > 0.05


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(("share", "clear"), [(1.001, True), (0.999, False), (-1.001, True)])
def test_a_kink_is_near_within_the_rounding_of_the_preactivation(
    share: float, clear: bool, dtype: torch.dtype
) -> None:
    """Of one sample and neuron: `|u|` just above what u may be off, and just below."""
    x, w = (1.0, 2.0), (1.0, -0.5)  # <w, x> = 0, so that u = b
    eps = torch.finfo(dtype).eps
    operations = 1 + math.sqrt(2) + 1 + 4
    of_w = operations * eps * math.hypot(*w) * math.hypot(*x)
    b = share * of_w / (1 - operations * eps)  # of itself b is off too
    start = Parameters(tensor([*w]), tensor(b), tensor(0.5))
    path = replay_readout(ReadoutPath, start, tensor([*x]), tensor(1.0), Recipe((0.1,)), dtype)
    assert path.clear == clear
    two = start._replace(a=tensor([0.5], [-0.5]))  # classes, whose number is in the unit too
    b = share * of_w * (operations + 2) / operations / (1 - (operations + 2) * eps)
    label, recipe = torch.zeros(1, dtype=torch.long, device="cpu"), ClassRecipe((0.1,))
    again = two._replace(b=tensor(b))
    assert replay_classes(ClassPath, again, tensor([*x]), label, recipe, dtype).clear == clear


def test_a_kink_that_a_later_step_meets_is_near() -> None:
    """What the first step is off is among what u may be off at the second."""
    recipe = Recipe((0.5, 0.25), Logistic(), 0.25, 0.5)
    X, y = tensor(*map(list, own_readout._X)), tensor(*own_readout._Y)
    met = set()
    for k in range(200):
        neurons = own_readout._neurons()
        del neurons[2]  # whose kink is near from the start
        neurons[0].b += k / 50
        biases, readouts = [n.b for n in neurons], [n.a for n in neurons]
        start = Parameters(tensor(*(n.w for n in neurons)), tensor(*biases), tensor(*readouts))
        path = replay_readout(ReadoutPath, start, X, y, recipe, torch.float16)
        unit = (len(y) + math.sqrt(2) + math.sqrt(3) + 4) * torch.finfo(torch.float16).eps
        own, clear = OwnRounding(recipe, unit), []
        for eta in recipe.steps:
            found = [own.u(neuron, x) for neuron in neurons for x in own_readout._X]
            clear.append(all(abs(u) > off for u, off in found))
            own.step(neurons, eta)
        assert path.clear == all(clear)
        met.add(tuple(clear))
    assert met >= {(True, True), (False, True), (True, False)}


def test_a_step_that_ends_within_rounding_of_a_kink_is_not_compared() -> None:
    """Float32 sees a pattern change at the end of a step that the threshold just allows."""
    far, eps = 1000.0, 0.1  # a bias so large that it rounds u by more than is left of it
    W, b = tensor([3.1, 2.2, -0.9], [1.0, -3.0, 2.0]), tensor(-far, 10 * far)
    f = Parameters(W, b, tensor(-1.0, 1e-3))
    u = eps * W[0].norm() + torch.linspace(1e-5, 4e-5, 40, **CPU64)  # float32 has steps of 6e-5
    aside = torch.outer(torch.linspace(-200, 200, 40, **CPU64), tensor(1.0, -1.0, 1.0))
    X = ((far + u)[:, None] * W[0] / W[0].square().sum() + aside).float()
    described = replace(
        TRIAL,
        data=Data("raw", 1, 1, points=((0.0,),)),
        width=1,
        slope=0.0,
        f_steps=(0.0,),
        g_steps=(0.0,),
        eps=eps,
        scenario="a",
        attack="L2",
        dtype="float32",
    )
    single = Parameters(*(part.float() for part in f))
    case = Case.of(described, single, X, torch.ones_like(X[:, 0]), X)
    trial = E8p.inputs.trial_of(case.configuration, Subject(), case.start)
    run = Stepped.of(trial)
    due = run.theory.length(run.schedules[0]) * run.along
    astray = torch.linalg.vector_norm(run.perturbations(run.schedules[0]) - due, dim=1) > eps / 10
    beyond = replace(run.theory, slack=torch.zeros_like(run.theory.slack)).may_change(run.X)
    assert bool((astray & ~beyond.any(dim=1)).any())  # the exact premise holds there
    assert bool((run.error[astray] < 1).any())
    assert E8p.check(case.configuration, Subject(), case.start).holds
