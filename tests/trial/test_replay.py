"""Replays: right codes arrive within their bounds, and only kinks excuse another path."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.trial.problems import CODES, CPU64, DTYPES, LOSSES, STEPS, problem, replayed
from verifier.data.distributions import Data
from verifier.errors import InputError, NotComparable
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import Exponential, Logistic, Loss
from verifier.model.network import Parameters, as_double, input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.trial.configuration import Configuration
from verifier.trial.replay import replay
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial


def on_a_kink() -> tuple[Parameters, Tensor, Tensor]:
    """The first sample meets the first neuron exactly where it is zero."""
    params, X, y = problem(1)
    X[0] = 0.0
    params.b[0] = 0.0
    return params, X, y


def below_the_kink(params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
    """A correct code whose rounding puts the first neuron just below the kink."""
    b = params.b.clone()
    b[0] = -1e-18
    return train(params._replace(b=b), X, y, recipe).params


# The reference


@DTYPES
@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: v.name)
def test_the_reference_arrives_exactly(dtype: torch.dtype, loss: Loss) -> None:
    params, X, y = problem(2, dtype)
    recipe = Recipe(STEPS, loss, 0.3, 0.5)
    path = train(params, X, y, recipe, path_weights=True)
    found, final = replayed(Reference(), params, X, y, recipe)
    assert found.exact
    expected = (params, final, (X,), (y,), (path.tau,), (path.path_weights,), final)
    run = found.run
    got = (run.initial, run.final, (run.X,), (run.y,), (run.tau,), (run.path_weights,))
    for left, right in zip((*got, found.arrived), expected, strict=True):
        for part, other in zip(left, right, strict=True):
            assert part is not None
            assert part.dtype == torch.float64
            assert torch.equal(part, other.double())


def test_the_reference_is_exact_even_on_a_kink() -> None:
    found, _ = replayed(Reference(), *on_a_kink(), Recipe(STEPS))
    assert found.exact


def test_a_path_without_weights_is_refused() -> None:
    params, X, y = problem(3)
    path = train(params, X, y, Recipe(STEPS))
    with pytest.raises(InputError, match=r"^path = .*: must have recorded them$"):
        replay(path, params, X, y, Recipe(STEPS), path.params)


# Other correct codes


@CODES
@DTYPES
@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: v.name)
@pytest.mark.parametrize(("slope", "momentum", "train_bias"), [(0.0, 0.0, True), (0.3, 0.7, False)])
def test_correct_codes_are_comparable_and_within_the_bound(
    code: Any, dtype: torch.dtype, loss: Loss, slope: float, momentum: float, train_bias: bool
) -> None:
    slower = 0.1 if loss.name == "exponential" else 1.0  # it turns small errors into large ones
    recipe = Recipe(tuple(slower * eta for eta in STEPS), loss, slope, momentum, train_bias)
    worst = 0.0
    for seed in range(4, 9):
        params, X, y = problem(seed, dtype)
        found, final = replayed(code, params, X, y, recipe)
        bound, apart = found.rounding, as_double(final)
        off_W = torch.linalg.vector_norm(apart.W - found.arrived.W, dim=1)
        off_b = (apart.b - found.arrived.b).abs()
        assert bool((off_W <= bound.weight).all())
        assert bool((off_b <= bound.bias).all())
        z = torch.randn(6, 4, generator=torch.Generator("cpu").manual_seed(seed), **CPU64)
        off_f = (output(apart, z, slope) - output(found.arrived, z, slope)).abs()
        assert bool((off_f <= bound.output(z)).all())
        gradients = [input_gradient(p, z, slope) for p in (apart, found.arrived)]
        off = torch.linalg.vector_norm(gradients[0] - gradients[1], dim=1)
        assert bool((off <= bound.input_gradient(z)).all())
        # a bound that were a thousand times too wide would excuse real errors
        assert float((bound.weight / (torch.linalg.vector_norm(apart.W, dim=1) + 1)).max()) < (
            3e3 * torch.finfo(dtype).eps
        )
        worst = max(worst, float((off_W / bound.weight).max()))
    assert worst > 1e-4


@pytest.mark.parametrize("loss", LOSSES, ids=lambda v: v.name)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 2.0])
def test_float32_stays_within_its_bound_of_the_true_path(loss: Loss, scale: float) -> None:
    """The truth is the same recipe from the same numbers in float64."""
    slower = (0.01 if loss.name == "exponential" else 1.0) / (1 + scale**2)
    recipe = Recipe(tuple(slower * eta for eta in STEPS), loss, 0.3, 0.5)
    comparable = 0
    for seed in range(9, 15):
        params, X, y = problem(seed, torch.float32, scale=scale)
        truth = train(as_double(params), X.double(), y.double(), recipe).params
        try:
            found, _ = replayed(
                lambda *_, t=truth: t.to("cpu", torch.float32), params, X, y, recipe
            )
        except NotComparable:
            continue
        comparable += 1
        off_W = torch.linalg.vector_norm(truth.W - found.arrived.W, dim=1)
        assert bool((off_W <= found.rounding.weight).all())
        assert bool(((truth.b - found.arrived.b).abs() <= found.rounding.bias).all())
        z = X.double()
        off_f = (output(truth, z, 0.3) - output(as_double(found.arrived), z, 0.3)).abs()
        assert bool((off_f <= found.rounding.output(z)).all())
    assert comparable >= 4


@CODES
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("scenario", ["a", "b"])
def test_a_trial_compares_both_trainings_of_a_correct_code(
    code: Any, dtype: str, scenario: str
) -> None:
    c = Configuration(
        Data("shifted", 5, 8),
        40,
        0.2,
        True,
        STEPS,
        STEPS,
        0.8,
        scenario,
        0.5,
        "logistic",
        (),
        dtype,
    )
    trial = Trial(c, Subject(code))
    for network in (trial.f, trial.g):
        assert network.replay.run.recipe == c.f_recipe
        off = (network.replay.run.final.W - network.replay.arrived.W).norm(dim=1)
        assert bool((off <= network.replay.rounding.weight).all())


def test_blocks_of_neurons_do_not_change_what_a_replay_finds() -> None:
    """5 x 60,000 pre-activations are watched in two blocks; the first 1,000 neurons in one."""
    params, X, y = problem(15, width=60_000)
    recipe = Recipe((1e-3, 1e-3), Logistic(), 0.3)
    final = train(params, X, y, recipe).params
    final.W[-1] *= 1 + 1e-15  # not bitwise the same
    kink = params._replace(b=params.b.clone())
    last = int(params.a.abs()[-1000:].argmax()) + 59_000
    kink.b[last] = -float(X[0] @ params.W[last])  # on a kink in the last block only
    path = train(kink, X, y, recipe, path_weights=True)
    moved = Parameters(*(t.clone() for t in path.params))
    moved.W[last] += 1e-3
    with pytest.raises(NotComparable, match="kink"):
        replay(path, kink, X, y, recipe, moved)


# Kinks


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_a_sample_on_a_kink_excuses_another_path(slope: float) -> None:
    params, X, y = on_a_kink()
    recipe = Recipe(STEPS, slope=slope)
    with pytest.raises(NotComparable, match="a pre-activation passes within rounding of its kink"):
        replayed(below_the_kink, params, X, y, recipe)


def test_a_kink_on_the_way_counts_as_well() -> None:
    params, X, y = problem(16, count=1)
    first, recipe = Recipe((0.3,), slope=0.3), Recipe((0.3, 0.3), slope=0.3)
    start = params._replace(b=params.b.clone())

    def met(params: Parameters) -> float:
        return float(X[0] @ params.W[0] + params.b[0])

    for _ in range(5):  # shift neuron 0 until the first step takes it onto its kink
        start.b[0] -= met(train(start, X, y, first).params)
    assert abs(met(train(start, X, y, first).params)) < 1e-15
    assert abs(met(start)) > 1e-2

    def other(*_: Any) -> Parameters:
        end = train(start, X, y, recipe).params
        return end._replace(W=end.W + 1e-3)

    with pytest.raises(NotComparable, match="kink"):
        replayed(other, start, X, y, recipe)
    apart = start._replace(b=start.b + 1e-6)
    found, _ = replayed(other, apart, X, y, recipe)
    assert not found.exact


def test_on_a_kink_a_code_that_takes_the_same_side_is_comparable() -> None:
    params, X, y = on_a_kink()
    for code in (TorchNN(), NumpyFloat64()):
        found, _ = replayed(code, params, X, y, Recipe(STEPS, slope=0.3))
        assert (found.run.final.W - found.arrived.W).norm(dim=1).max() < 1e-14


def test_errors_that_grow_too_fast_are_not_compared() -> None:
    params, X, y = problem(18, torch.float32)
    X[1], y[0], y[1] = X[0], 1.0, -1.0  # the exponential loss overshoots from side to side

    def nudged(*arguments: Any) -> Parameters:
        end = train(*arguments).params
        return end._replace(W=end.W * (1 + 1e-6))

    with pytest.raises(NotComparable, match="rounding errors grow too fast along the path"):
        replayed(nudged, params, X, y, Recipe((0.2,) * 20, Exponential(), 1.0))
    found, _ = replayed(nudged, params, X, y, Recipe((0.02,) * 20, Logistic(), 1.0))
    assert not found.exact
