from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.attack import natural_inputs, perturb
from verifier.model.losses import Exponential, Identity, Logistic
from verifier.model.network import Parameters, initialise
from verifier.model.recipe import Recipe
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.learning import learn_from_perturbations

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SLOPES = (0.0, 0.3, 1.0)


def problem(
    seed: int, width: int = 30, d: int = 4, count: int = 7
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    params = initialise(width, d, generator=g, **CPU64)
    X = torch.randn(count, d, generator=g, **CPU64)
    return params, X, torch.randn(count, generator=g, **CPU64).sign()


def plain_output(params: Parameters, x: Tensor, slope: float) -> Tensor:
    u = torch.nn.functional.linear(x, params.W, params.b)
    return (torch.maximum(u, slope * u) * params.a).sum(dim=1) / math.sqrt(len(params.a))


def differentiated(params: Parameters, X: Tensor, slope: float) -> Tensor:
    x = X.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(plain_output(params, x, slope).sum(), x)
    return gradient


# perturb


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("eps", [1e-6, 0.7, 1e6])
def test_perturbations_have_length_eps_along_autograd_s_gradient(slope: float, eps: float) -> None:
    params, X, targets = problem(1)
    gradient = differentiated(params, X, slope)
    r = perturb(params, X, targets, eps, slope)
    for n in range(len(X)):
        expected = (
            eps * float(targets[n]) * gradient[n] / math.sqrt(float(gradient[n] @ gradient[n]))
        )
        torch.testing.assert_close(r[n], expected, rtol=1e-12, atol=1e-13 * eps)
        assert math.hypot(*r[n].tolist()) == pytest.approx(eps, rel=1e-14)


@pytest.mark.parametrize("loss", [Identity(), Logistic(), Exponential()], ids=lambda v: v.name)
def test_perturbations_descend_the_loss_of_the_target_fastest(loss: Identity | Logistic) -> None:
    params, X, targets = problem(2)
    x = X.clone().requires_grad_()
    attacked = loss.value(-targets * plain_output(params, x, 0.3)).sum()
    (uphill,) = torch.autograd.grad(attacked, x)
    r = perturb(params, X, targets, 0.7, 0.3)
    torch.testing.assert_close(r, -0.7 * torch.nn.functional.normalize(uphill, dim=1))
    small = perturb(params, X, targets, 1e-4, 0.3)
    before, after = (loss.value(-targets * plain_output(params, p, 0.3)) for p in (X, X + small))
    assert bool((after < before).all())


def test_the_target_label_is_forgotten() -> None:
    params, X, targets = problem(3)
    r, flipped = (perturb(params, X, t, 0.7, 0.3) for t in (targets, -targets))
    assert torch.equal(flipped, -r)


def test_eps_zero_perturbs_nothing() -> None:
    params, X, targets = problem(4)
    assert torch.equal(perturb(params, X, targets, 0.0, 0.3).abs(), torch.zeros_like(X))


def test_dead_networks_give_zero_perturbations() -> None:
    params, X, targets = problem(5)
    dead = Parameters(params.W, -1e3 * torch.ones_like(params.b), params.a)
    assert torch.equal(perturb(dead, X, targets, 0.7, 0.0).abs(), torch.zeros_like(X))
    assert bool((perturb(dead, X, targets, 0.7, 0.01) != 0).all())


def test_a_neuron_perturbs_only_the_samples_it_sees() -> None:
    _, X, targets = problem(6, d=2)
    neuron = Parameters(*(torch.tensor(v, **CPU64) for v in ([[3.0, 4.0]], [0.0], [-2.0])))
    r = perturb(neuron, X, targets, 0.5, 0.0)
    for n, x in enumerate(X.tolist()):
        sees = 3 * x[0] + 4 * x[1] >= 0
        expected = [-0.3 * float(targets[n]), -0.4 * float(targets[n])] if sees else [0.0, 0.0]
        assert r[n].tolist() == pytest.approx(expected, rel=1e-15)


def test_half_of_all_single_relu_neurons_are_dead() -> None:
    g = torch.Generator("cpu").manual_seed(7)
    count = 20_000
    neurons = initialise(1, 3, generator=g, networks=(count,), **CPU64)
    X, targets = torch.ones(1, 3, **CPU64), torch.ones(1, **CPU64)
    r = perturb(neurons, X, targets, 0.7, 0.0)
    assert r.shape == (count, 1, 3)
    dead = float((r == 0).all(dim=-1).double().mean())
    assert abs(dead - 0.5) < 4 * 0.5 / math.sqrt(count)


@pytest.mark.parametrize("factor", [1e-300, 1e-200, 1e200, 1e300])
@pytest.mark.parametrize("slope", SLOPES)
def test_extreme_gradients_still_give_unit_directions(factor: float, slope: float) -> None:
    params, X, targets = problem(8)
    scaled = params._replace(a=factor * params.a)
    r = perturb(scaled, X, targets, 1.0, slope)
    torch.testing.assert_close(r, perturb(params, X, targets, 1.0, slope), rtol=1e-12, atol=1e-14)
    assert [math.hypot(*v) for v in r.tolist()] == pytest.approx([1.0] * len(X), rel=1e-14)


def test_extreme_gradients_of_float32_still_give_unit_directions() -> None:
    params, X, targets = problem(9)
    expected = perturb(params, X, targets, 1.0, 0.3)
    for factor in (1e-30, 1e30):
        scaled = params._replace(a=factor * params.a).to("cpu", torch.float32)
        r = perturb(scaled, X.float(), targets.float(), 1.0, 0.3)
        assert r.dtype == torch.float32
        assert (r.double() - expected).abs().max() < 1e-5


def test_nothing_handed_over_is_written_to() -> None:
    params, X, targets = problem(10)
    handed = (*params, X, targets)
    copies = [t.clone() for t in handed]
    perturb(params, X, targets, 0.7, 0.3)
    assert all(torch.equal(s, t) for s, t in zip(handed, copies, strict=True))


# Perturbation learning


def test_natural_inputs_are_zero_or_the_samples() -> None:
    X = problem(11)[1]
    assert torch.equal(natural_inputs(X, "a"), torch.zeros_like(X))
    assert torch.equal(natural_inputs(X, "b"), X)


def configuration(**changes: object) -> Configuration:
    plain = Configuration(
        data=Data("shifted", 4, 6),
        width=20,
        slope=0.3,
        train_bias=True,
        f_steps=(0.2, 0.1),
        g_steps=(0.3, 0.2, 0.1),
        eps=0.8,
        scenario="b",
        momentum=0.5,
        loss="logistic",
    )
    return dataclasses.replace(plain, **changes)


def by_autograd(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    W, b = params.W.clone().requires_grad_(), params.b.clone().requires_grad_(recipe.train_bias)
    trained = [t for t in (W, b) if t.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1.0, momentum=recipe.momentum)
    for eta in recipe.steps:
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        f = plain_output(Parameters(W, b, params.a), X, recipe.slope)
        torch.autograd.backward(recipe.loss.value(-y * f).mean())
        optimiser.step()
    return Parameters(W.detach(), b.detach(), params.a)


@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("train_bias", [True, False])
@pytest.mark.parametrize("loss", ["identity", "logistic"])
def test_g_is_trained_on_the_perturbations_with_the_targets(
    scenario: str, train_bias: bool, loss: str
) -> None:
    c = configuration(scenario=scenario, train_bias=train_bias, loss=loss)
    start, learnt = draw(c), learn_from_perturbations(c)
    f = by_autograd(start.f_0, start.X, start.y, c.f_recipe)
    gradient = differentiated(f, start.X, c.slope)
    r = c.eps * start.targets[:, None] * torch.nn.functional.normalize(gradient, dim=1)
    inputs = r if scenario == "a" else start.X + r
    g = by_autograd(start.g_0, inputs, start.targets, c.g_recipe)
    torch.testing.assert_close(learnt.r, r, rtol=1e-11, atol=1e-12)
    for got, expected in ((learnt.f, f), (learnt.g, g)):
        for part, other in zip(got, expected, strict=True):
            torch.testing.assert_close(part, other, rtol=1e-11, atol=1e-12)
    assert learnt.zero_perturbations == 0


def test_without_perturbations_g_learns_the_natural_inputs() -> None:
    for scenario in ("a", "b"):
        c = configuration(eps=0.0, scenario=scenario)
        start, learnt = draw(c), learn_from_perturbations(c)
        assert not bool(learnt.r.any())
        natural = torch.zeros_like(start.X) if scenario == "a" else start.X
        g = by_autograd(start.g_0, natural, start.targets, c.g_recipe)
        for part, other in zip(learnt.g, g, strict=True):
            torch.testing.assert_close(part, other, rtol=1e-11, atol=1e-12)


def test_zero_perturbations_are_counted() -> None:
    counts = []
    for separation in range(12):  # as many draws of a single ReLU neuron
        data = Data("gaussian", 3, 9, separation=float(separation))
        learnt = learn_from_perturbations(configuration(data=data, width=1, slope=0.0))
        zero = sum(not any(row) for row in learnt.r.tolist())
        assert learnt.zero_perturbations == zero
        counts.append(zero)
    assert 0 < sum(counts) < 12 * 9
    leaky = learn_from_perturbations(configuration(width=1, slope=0.3))
    assert leaky.zero_perturbations == 0


def test_learning_is_repeatable_and_keeps_the_dtype() -> None:
    for dtype in ("float32", "float64"):
        c = configuration(dtype=dtype)
        once, again = learn_from_perturbations(c), learn_from_perturbations(c)
        for part, other in zip(
            (*once.f, once.r, *once.g), (*again.f, again.r, *again.g), strict=True
        ):
            assert torch.equal(part, other)
            assert part.dtype == c.torch_dtype
