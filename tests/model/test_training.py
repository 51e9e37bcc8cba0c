from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.memory import peak_kib
from verifier.errors import DivergedError, InputError
from verifier.model.forms import FEWEST
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Loss,
    Mixture,
)
from verifier.model.network import Parameters, block_elements, initialise
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun, train

CPU64 = {"dtype": torch.float64, "device": "cpu"}
LOSSES = (Identity(), Logistic(), Exponential(), Mixture(0.3, 0.5, 0.7, 1.5, 0.2))
SLOPES = (0.0, 0.3, 1.0)
STEPS = (0.3, 0.0, 0.1, 0.25, 0.2)


def loss_name(value: object) -> str | None:
    return getattr(value, "name", None)


def problem(
    seed: int, width: int = 6, dimension: int = 3, count: int = 5, leading: tuple[int, ...] = ()
) -> tuple[Parameters, Tensor, Tensor]:
    g = torch.Generator("cpu").manual_seed(seed)
    params = initialise(width, dimension, generator=g, networks=leading, **CPU64)
    X = torch.randn(*leading, count, dimension, generator=g, **CPU64)
    y = torch.where(torch.randn(*leading, count, generator=g, **CPU64) >= 0, 1.0, -1.0)
    return params, X, y.to(torch.float64)


def stated_objective(
    W: Tensor, b: Tensor, a: Tensor, X: Tensor, y: Tensor, recipe: Recipe
) -> Tensor:
    u = torch.nn.functional.linear(X, W, b)
    f = (torch.maximum(u, recipe.slope * u) * a).sum(dim=1) / math.sqrt(len(a))
    return recipe.loss.value(-y * f).mean()


def sgd(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    W, b = params.W.clone().requires_grad_(), params.b.clone().requires_grad_(recipe.train_bias)
    trained = [t for t in (W, b) if t.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1.0, momentum=recipe.momentum)
    for eta in recipe.steps:
        optimiser.param_groups[0]["lr"] = eta
        optimiser.zero_grad()
        torch.autograd.backward(stated_objective(W, b, params.a, X, y, recipe))
        optimiser.step()
    return Parameters(W.detach(), b.detach(), params.a)


def stored_path(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Parameters, np.ndarray, np.ndarray]:
    """Loops over neurons and samples that keep every step's pattern and p, then sum them up."""
    W, b, a, x, label = (t.numpy().copy() for t in (*params, X, y))
    (m, d), N = W.shape, len(label)
    velocity_W, velocity_b = np.zeros((m, d)), np.zeros(m)
    patterns, weights = [], []
    for eta in recipe.steps:
        u = np.array([[w @ p + bias for p in x] for w, bias in zip(W, b, strict=True)])
        pattern = np.where(u >= 0, 1.0, recipe.slope)
        f = np.array([sum(a[i] * u[i, n] * pattern[i, n] for i in range(m)) for n in range(N)])
        s = torch.tensor(-label * f / math.sqrt(m), **CPU64)
        p = recipe.loss.derivative(s).numpy()
        patterns.append(pattern)
        weights.append(p)
        for i in range(m):
            fall = [p[n] * label[n] * a[i] * pattern[i, n] / (N * math.sqrt(m)) for n in range(N)]
            velocity_W[i] = recipe.momentum * velocity_W[i] + sum(
                g * xn for g, xn in zip(fall, x, strict=True)
            )
            velocity_b[i] = recipe.momentum * velocity_b[i] + sum(fall)
        W = W + eta * velocity_W
        b = b + (eta * velocity_b if recipe.train_bias else 0.0)
    K = len(recipe.steps)
    omega = [
        sum(recipe.steps[k] * recipe.momentum ** (k - j) for k in range(j, K)) for j in range(K)
    ]
    tau = sum(omega[j] * weights[j] for j in range(K))
    A = np.zeros((m, N))
    for j, i, n in itertools.product(range(K), range(m), range(N)):
        A[i, n] += omega[j] * weights[j][n] * patterns[j][i, n]
    final = Parameters(torch.from_numpy(W), torch.from_numpy(b), params.a)
    return final, tau, A


def close(left: Parameters, right: Parameters, relative: float = 1e-12) -> None:
    for part, other in zip(left, right, strict=True):
        torch.testing.assert_close(part, other, rtol=relative, atol=relative)


# Recipes


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("steps", [(0.7,), (0.3, 0.0, 0.1, 0.25), (0.1,) * 9])
def test_effective_steps_are_the_double_sum(steps: tuple[float, ...], momentum: float) -> None:
    recipe = Recipe(steps, momentum=momentum)
    K, mu = len(steps), Fraction(momentum)
    omega = [sum(Fraction(steps[k]) * mu ** (k - j) for k in range(j, K)) for j in range(K)]
    assert recipe.effective_steps() == pytest.approx([float(w) for w in omega], rel=1e-14)
    assert recipe.time == pytest.approx(float(sum(omega)), rel=1e-14)


def test_beta_says_whether_biases_are_trained() -> None:
    assert Recipe((1.0,)).beta == 1.0
    assert Recipe((1.0,), train_bias=False).beta == 0.0


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_a_prefix_is_where_the_whole_run_passes(momentum: float) -> None:
    params, X, y = problem(1)
    recipe = Recipe(STEPS, Logistic(), 0.3, momentum, train_bias=False)
    seen: dict[int, Tensor] = {}

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        seen[step] = u.clone()

    train(params, X, y, recipe, observe=observe)
    assert list(seen) == list(range(len(STEPS)))
    for count in range(1, len(STEPS)):
        early = recipe.prefix(count)
        assert early == Recipe(STEPS[:count], Logistic(), 0.3, momentum, train_bias=False)
        state = train(params, X, y, early).params
        torch.testing.assert_close(seen[count], X @ state.W.T + state.b, rtol=1e-13, atol=1e-14)


# One network


@pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("train_bias", [True, False])
def test_one_step_is_minus_eta_times_the_gradient(
    loss: Loss, slope: float, train_bias: bool
) -> None:
    params, X, y = problem(2)
    recipe = Recipe((0.4,), loss, slope, 0.5, train_bias)
    W, b = params.W.clone().requires_grad_(), params.b.clone().requires_grad_()
    gradients = torch.autograd.grad(stated_objective(W, b, params.a, X, y, recipe), (W, b))
    after = train(params, X, y, recipe).params
    torch.testing.assert_close(after.W - params.W, -0.4 * gradients[0], rtol=1e-12, atol=1e-14)
    moved = -0.4 * gradients[1] if train_bias else torch.zeros_like(b)
    torch.testing.assert_close(after.b - params.b, moved, rtol=1e-12, atol=1e-14)
    assert torch.equal(after.a, params.a)


@pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
def test_one_step_is_minus_eta_times_finite_differences(loss: Loss) -> None:
    params, X, y = problem(3, width=3)
    recipe = Recipe((0.4,), loss, 0.3)
    after, gap = train(params, X, y, recipe).params, 1e-6
    for part, index in (("W", (2, 1)), ("W", (0, 0)), ("b", (1,))):
        ends = []
        for sign in (1, -1):
            there = params.clone()
            getattr(there, part)[index] += sign * gap
            ends.append(float(stated_objective(*there, X, y, recipe)))
        slope = (ends[0] - ends[1]) / (2 * gap)
        moved = float(getattr(after, part)[index] - getattr(params, part)[index])
        assert moved == pytest.approx(-0.4 * slope, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("train_bias", [True, False])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_training_is_torch_s_sgd(
    loss: Loss, slope: float, train_bias: bool, momentum: float
) -> None:
    params, X, y = problem(4)
    recipe = Recipe(STEPS, loss, slope, momentum, train_bias)
    close(train(params, X, y, recipe).params, sgd(params, X, y, recipe))


@pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_tau_and_path_weights_are_sums_over_the_stored_path(
    loss: Loss, slope: float, momentum: float
) -> None:
    params, X, y = problem(5)
    recipe = Recipe(STEPS, loss, slope, momentum)
    run = train(params, X, y, recipe, path_weights=True)
    final, tau, A = stored_path(params, X, y, recipe)
    close(run.params, final)
    assert run.path_weights is not None
    assert (tuple(run.tau.shape), tuple(run.path_weights.shape)) == ((5,), (6, 5))
    assert run.tau.numpy() == pytest.approx(tau, rel=1e-12)
    assert run.path_weights.numpy() == pytest.approx(A, rel=1e-12)


def test_recording_changes_nothing_and_is_off_unless_asked_for() -> None:
    params, X, y = problem(6)
    recipe = Recipe(STEPS, Logistic(), 0.3, 0.5)
    plain, recorded = train(params, X, y, recipe), train(params, X, y, recipe, path_weights=True)
    assert plain.path_weights is None
    assert all(torch.equal(s, t) for s, t in zip(plain.params, recorded.params, strict=True))
    assert torch.equal(plain.tau, recorded.tau)


def test_under_the_identity_loss_tau_is_the_time() -> None:
    params, X, y = problem(7)
    recipe = Recipe((0.3, 0.1, 0.2), momentum=0.5)
    assert recipe.time == pytest.approx(0.3 + 0.1 + 0.2 + 0.5 * 0.1 + 0.5 * 0.2 + 0.25 * 0.2)
    assert train(params, X, y, recipe).tau.tolist() == pytest.approx([recipe.time] * 5, rel=1e-14)


@pytest.mark.parametrize("slope", SLOPES)
def test_a_sample_on_the_kink_pulls_with_slope_one(slope: float) -> None:
    params, X, y = problem(8, count=1)
    params = params._replace(b=torch.zeros_like(params.b))
    run = train(params, 0 * X, y, Recipe((1.0,), slope=slope), path_weights=True)
    torch.testing.assert_close(run.params.b, y[0] * params.a / math.sqrt(6))
    assert run.path_weights is not None
    assert torch.equal(run.path_weights, torch.ones(6, 1, **CPU64))


def test_frozen_biases_stay_bit_for_bit_and_change_the_path() -> None:
    params, X, y = problem(9)
    frozen = train(params, X, y, Recipe(STEPS, Logistic(), 0.3, 0.5, train_bias=False)).params
    free = train(params, X, y, Recipe(STEPS, Logistic(), 0.3, 0.5)).params
    assert torch.equal(frozen.b, params.b)
    assert not torch.equal(free.b, params.b)
    assert not torch.equal(free.W, frozen.W)


def test_nothing_handed_over_is_written_to() -> None:
    params, X, y = problem(10)
    handed = (*params, X, y)
    copies = [t.clone() for t in handed]
    run = train(params, X, y, Recipe(STEPS, Logistic(), 0.3, 0.5), path_weights=True)
    for part in run.params:
        part.zero_()
    assert all(torch.equal(s, t) for s, t in zip(handed, copies, strict=True))


@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_float32_stays_float32_and_close_to_float64(momentum: float) -> None:
    params, X, y = problem(11, width=40, dimension=6)
    recipe = Recipe(STEPS, Logistic(), 0.3, momentum)
    low = train(params.to("cpu", torch.float32), X.float(), y.float(), recipe, path_weights=True)
    high = train(params, X, y, recipe, path_weights=True)
    parts = zip(tensors(low), tensors(high), strict=True)
    for single, double in parts:
        assert single.dtype == torch.float32
        assert (single.double() - double).abs().max() < 2e-6


def tensors(run: TrainingRun) -> list[Tensor]:
    assert run.path_weights is not None
    return [*run.params, run.tau, run.path_weights]


# Several networks in one call


@pytest.mark.parametrize("leading", [(3,), (2, 2)])
@pytest.mark.parametrize("shared", ["nothing", "X", "X and y"])
@pytest.mark.parametrize("loss", LOSSES, ids=loss_name)
@pytest.mark.parametrize("momentum", [0.0, 0.8])
@pytest.mark.parametrize("at_once", [1, 3, None])
def test_several_networks_at_once_are_each_one_alone(
    leading: tuple[int, ...],
    shared: str,
    loss: Loss,
    momentum: float,
    at_once: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params, X, y = problem(12, leading=leading)
    if at_once is not None:
        monkeypatch.setattr(
            "verifier.model.training.block_elements", lambda _: at_once * 6 * (5 + 4)
        )
        monkeypatch.setattr("verifier.model.training.STACKED", 1)
    first = (0,) * len(leading)
    X = X[first] if "X" in shared else X
    y = y[first] if "y" in shared else y
    recipe = Recipe(STEPS, loss, 0.3, momentum)
    run = train(params, X, y, recipe, path_weights=True)
    assert run.tau.shape == (*leading, 5)
    assert run.path_weights is not None
    assert run.path_weights.shape == (*leading, 6, 5)
    for index in np.ndindex(*leading):
        own_X = X if "X" in shared else X[index]
        own_y = y if "y" in shared else y[index]
        alone = Parameters(*(t[index] for t in params))
        final, tau, A = stored_path(alone, own_X, own_y, recipe)
        close(Parameters(*(t[index] for t in run.params)), final)
        assert run.tau[index].numpy() == pytest.approx(tau, rel=1e-12)
        assert run.path_weights[index].numpy() == pytest.approx(A, rel=1e-12)


def test_networks_may_lie_in_memory_in_any_order() -> None:
    params, X, y = problem(13, leading=(2, 3))
    turned = Parameters(*(t.transpose(0, 1).contiguous().transpose(0, 1) for t in params))
    recipe = Recipe(STEPS, Logistic(), 0.3)
    expected, found = (train(start, X, y, recipe, path_weights=True) for start in (params, turned))
    for one, other in zip(tensors(expected), tensors(found), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(found.params.W, params.W)


# Divergence


def test_divergence_names_the_step() -> None:
    params, X, _ = problem(23, count=2)
    X, y = X[:1].expand(2, 3), torch.tensor([1.0, -1.0], **CPU64)  # no output suits both
    recipe = Recipe((20.0,) * 9, Exponential(), 0.3)
    with pytest.raises(DivergedError, match="the loss derivative is not finite") as caught:
        train(params, X, y, recipe)
    step = caught.value.step
    assert 1 < step < 8
    for count in range(1, step + 1):
        before, *_ = stored_path(params, X, y, recipe.prefix(count))
        u = X @ before.W.T + before.b
        f = (torch.maximum(u, 0.3 * u) * params.a).sum(dim=1) / math.sqrt(6)
        assert bool(torch.isfinite(torch.exp(-y * f)).all()) == (count < step)
    assert f"at step {step}: " in str(caught.value)
    assert "use smaller steps" in str(caught.value)


def test_an_output_that_overflows_is_divergence() -> None:
    params, X, y = problem(14)
    with pytest.raises(DivergedError, match="at step 1: the output is not finite") as caught:
        train(params, 100 * X, y, Recipe((1e307, 1.0, 1.0), slope=1.0))
    assert (caught.value.step, caught.value.quantity) == (1, "the output")


@pytest.mark.parametrize("only_biases", [False, True])
@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=loss_name)
def test_weights_that_overflow_in_the_last_step_are_divergence(
    loss: Loss, only_biases: bool
) -> None:
    params, X, y = problem(15)
    huge = params._replace(a=1e8 * params.a)
    with pytest.raises(DivergedError, match="at step 1: a weight is not finite"):
        train(huge, 0 * X if only_biases else X, y, Recipe((0.0, 1e308), loss))


def test_a_bias_that_overflows_alone_is_divergence() -> None:
    one = torch.ones(1, 1, **CPU64)
    params = Parameters(0 * one, 1.5e308 * one[0], one[0])
    with pytest.raises(DivergedError, match="a weight is not finite"):
        train(params, 0 * one, one[0], Recipe((1e308,)))


# Blocks of neurons


@pytest.mark.parametrize(("loss", "momentum"), [(Identity(), 0.8), (Logistic(), 0.0)])
@pytest.mark.parametrize("leading", [(), (2,)])
def test_blocks_of_neurons_change_nothing(
    leading: tuple[int, ...], loss: Loss, momentum: float
) -> None:
    params, X, y = problem(16, width=4500, dimension=2, count=64, leading=leading)
    assert 64 * 4500 * math.prod(leading) > block_elements(X.device)
    recipe = Recipe((0.3, 0.1, 0.2), loss, 0.3, momentum)
    blocks: dict[int, list[slice]] = {}

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        assert u.shape == (*leading, 64, neurons.stop - neurons.start)
        blocks.setdefault(step, []).append(neurons)

    run = train(params, X, y, recipe, path_weights=True, observe=observe)
    unseen = train(params, X, y, recipe, path_weights=True)
    for step in range(3):
        seen = [i for s in blocks[step] for i in range(s.start, s.stop)]
        assert seen == list(range(4500))
        assert len(blocks[step]) > 1
    for index in np.ndindex(*leading):
        alone = Parameters(*(t[index] for t in params))
        final, tau, A = dense_path(alone, X[index], y[index], recipe)
        for found in (run, unseen):
            close(Parameters(*(t[index] for t in found.params)), final)
            assert found.path_weights is not None
            torch.testing.assert_close(found.tau[index], tau, rtol=1e-12, atol=0)
            torch.testing.assert_close(found.path_weights[index], A, rtol=1e-12, atol=0)


@pytest.mark.parametrize("train_bias", [True, False])
def test_pre_activations_computed_twice_change_nothing(
    monkeypatch: pytest.MonkeyPatch, train_bias: bool
) -> None:
    params, X, y = problem(17, width=2 * FEWEST + 1, dimension=3, count=9)
    monkeypatch.setattr("verifier.model.forms.block_elements", lambda _: 1)  # three blocks
    recipe = Recipe((0.3, 0.1), Logistic(), 0.2, 0.5, train_bias)
    held = train(params, X, y, recipe, path_weights=True)
    monkeypatch.setattr("verifier.model.forms.HELD", 0)
    twice = train(params, X, y, recipe, path_weights=True)
    close(held.params, twice.params)
    assert held.path_weights is not None
    assert twice.path_weights is not None
    assert torch.equal(held.path_weights, twice.path_weights)


def test_what_an_observer_keeps_stays_as_it_was() -> None:
    params, X, y = problem(18)
    kept, then = [], []

    def observe(step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        kept.append(u)
        then.append(u.clone())

    train(params, X, y, Recipe((0.3, 0.1)), observe=observe)
    assert len(kept) == 2
    assert all(torch.equal(u, copy) for u, copy in zip(kept, then, strict=True))


def dense_path(
    params: Parameters, X: Tensor, y: Tensor, recipe: Recipe
) -> tuple[Parameters, Tensor, Tensor]:
    """Weights by SGD's autograd, tau and A from the states it passes through."""
    tau, A = torch.zeros_like(y), torch.zeros(params.width, len(y), **CPU64)
    for j in range(len(recipe.steps)):
        state = sgd(params, X, y, recipe.prefix(j)) if j else params
        omega = sum(eta * recipe.momentum**k for k, eta in enumerate(recipe.steps[j:]))
        u = state.W @ X.T + state.b[:, None]
        f = params.a @ torch.maximum(u, recipe.slope * u) / math.sqrt(params.width)
        p = recipe.loss.derivative(-y * f)
        tau = tau + omega * p
        A = A + omega * p * torch.where(u >= 0, 1.0, recipe.slope * torch.ones_like(u))
    return sgd(params, X, y, recipe), tau, A


BEFORE = """
import verifier.forms
from verifier import Recipe, train
from verifier.losses import named_loss
from tests.memory import peak_kib
from verifier.network import initialise
verifier.model.forms.HELD = 0
recipe = Recipe((0.1,), named_loss({loss!r}), momentum=0.5)
cpu = {{"dtype": torch.float64, "device": "cpu"}}
g = torch.Generator("cpu").manual_seed(1)
params = initialise(10_000, 2, generator=g, **cpu)
X, y = torch.randn(1_000, 2, generator=g, **cpu), torch.ones(1_000, **cpu)
train(params, X[:2], y[:2], recipe)
"""


@pytest.mark.parametrize("loss", ["identity", "logistic"])
def test_no_array_of_all_neurons_and_samples_is_held(loss: str) -> None:
    """m N float64 numbers are 76 MiB here; the blocks take a few."""
    assert peak_kib(BEFORE.format(loss=loss), "train(params, X, y, recipe)") < 40 * 1024


def test_an_empty_prefix_is_refused() -> None:
    with pytest.raises(InputError, match=r"^steps = \(\): must hold at least one step size$"):
        Recipe(STEPS).prefix(0)
