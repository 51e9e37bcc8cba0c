from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.model.problems import (
    CPU64,
    LOSSES,
    SLOPES,
    STEPS,
    close,
    loss_name,
    problem,
    sgd,
    stated_objective,
    stored_path,
    tensors,
)
from verifier.errors import DivergedError, InputError
from verifier.model.device import read_together
from verifier.model.losses import (
    Exponential,
    Identity,
    Logistic,
    Loss,
)
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train

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
        train(params, 100 * X, y, Recipe((1e306, 1.0, 1.0), Logistic(), slope=1.0))
    assert (caught.value.step, caught.value.quantity) == (1, "the output")


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=loss_name)
@pytest.mark.parametrize("step", [0, 2])
def test_a_weight_that_overflows_is_named_with_its_step(step: int, loss: Loss) -> None:
    """Not with a later one, at which an output would show it, nor with the last."""
    params, X, y = problem(14)
    steps = [0.1] * 6
    steps[step] = 1e307
    params = params._replace(a=1e4 * params.a)
    with pytest.raises(DivergedError, match=f"at step {step}: a weight is not finite"):
        train(params, X, y, Recipe(tuple(steps), loss, slope=1.0))


def test_steps_that_add_up_beyond_the_dtype_are_refused() -> None:
    params, X, y = (problem(14)[0].to("cpu", torch.float32), *(t.float() for t in problem(14)[1:]))
    with pytest.raises(InputError, match=r"^steps = .*: must add up to no more than 3.4e\+38"):
        train(params, X, y, Recipe((3e38, 3e38)))


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


@pytest.mark.parametrize("loss", [Identity(), Logistic()], ids=loss_name)
def test_a_divergence_that_is_told_late_is_told_alike(loss: Loss) -> None:
    """Of weights that gradients are asked of, too: steps are made again, without gradients."""
    params, X, y = problem(14)
    W = params.W.clone().requires_grad_()
    wild = Parameters(W, params.b, 1e4 * params.a)

    def later() -> None:
        with read_together():
            train(wild, X, y, Recipe((0.1, 1e307, 0.1), loss, slope=1.0))

    with pytest.raises(DivergedError, match="at step 1: a weight is not finite"):
        later()
