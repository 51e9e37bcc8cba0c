"""Gradient flow against exact solutions where there are some, and against very many small steps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from tests.model.test_training import problem
from verifier.errors import InputError
from verifier.model.flow import (
    EARLY,
    Flow,
    gradient_flow,
    growing_steps,
)
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.model.training import train


def small_steps(params: Parameters, X: torch.Tensor, y: torch.Tensor, time: float, slope: float):
    """A loop in NumPy, with 50,000 equal steps."""
    W, b, a, x, label = (t.numpy().copy() for t in (*params, X, y))
    delta, gain = time / 50_000, (a / math.sqrt(len(a)))[:, None]
    for _ in range(50_000):
        pattern = np.where(W @ x.T + b[:, None] >= 0, 1.0, slope) * label / len(label)
        W, b = W + delta * gain * (pattern @ x), b + delta * gain[:, 0] * pattern.sum(axis=1)
    return torch.from_numpy(W), torch.from_numpy(b)


def relative(flow: Flow, W: torch.Tensor, b: torch.Tensor, start: Parameters) -> float:
    gap = torch.hypot(
        *(torch.linalg.vector_norm(t) for t in (flow.params.W - W, flow.params.b - b))
    )
    way = torch.hypot(*(torch.linalg.vector_norm(t) for t in (W - start.W, b - start.b)))
    return float(gap / way)


@pytest.mark.parametrize("time", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("count", [1, 7, 500])
def test_growing_steps_sum_to_the_time_and_grow_geometrically(time: float, count: int) -> None:
    steps = np.array(growing_steps(time, count, 0.3))
    assert len(steps) == count
    assert math.fsum(steps) == pytest.approx(time, rel=1e-12)
    times = np.concatenate(([0.0], np.cumsum(steps)[:-1]))
    share = steps / (times + 0.3)
    np.testing.assert_allclose(share, share[0], rtol=1e-8)


Schedules = list[tuple[float, tuple[float, ...]]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Schedules:
    """The onset and the steps of every run that flows make."""
    found: Schedules = []

    def recorded(time: float, count: int, onset: float) -> tuple[float, ...]:
        found.append((onset, growing_steps(time, count, onset)))
        return found[-1][1]

    monkeypatch.setattr("verifier.model.flow.growing_steps", recorded)
    return found


def test_the_first_step_is_short_beside_the_time_the_start_takes_to_fade(made: Schedules) -> None:
    """All positive, and so active: `u(t) = u(0) + t a (|x|^2 + 1)/sqrt m`."""
    params, X, _ = problem(4, width=3, dimension=2, count=1)
    params = Parameters(params.W.abs(), params.b.abs(), params.a.abs())
    X = X.abs()
    gradient_flow(params, X, torch.ones_like(X[:, 0]), 1e3)
    u = params.W @ X[0] + params.b
    speed = params.a * (X[0].square().sum() + 1) / math.sqrt(3)
    onsets = [onset for onset, _ in made]
    assert len(onsets) >= 2
    assert onsets == pytest.approx([EARLY * float(u.norm() / speed.norm())] * len(onsets))


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_the_flow_is_that_of_very_many_small_steps(seed: int, slope: float) -> None:
    params, X, y = problem(seed, width=12, dimension=4, count=9)
    W, b = small_steps(params, X, y, 30.0, slope)
    flow = gradient_flow(params, X, y, 30.0, slope=slope, tolerance=4e-3, most_steps=8192)
    assert float(flow.error) <= 4e-3
    assert relative(flow, W, b, params) <= 4e-3
    assert torch.equal(flow.params.a, params.a)


@pytest.mark.long
@pytest.mark.slow
def test_coarse_runs_say_that_they_err() -> None:
    """Over many draws the stated error is of the order of the true one, never far below it."""
    shares = []
    for seed in range(12):
        params, X, y = problem(seed, width=12, dimension=4, count=9)
        W, b = small_steps(params, X, y, 30.0, 0.0)
        flow = gradient_flow(params, X, y, 30.0, tolerance=1e-9, most_steps=32)
        assert flow.steps == 24
        shares.append(relative(flow, W, b, params) / float(flow.error))
    assert 0.05 < np.median(shares) < 1
    assert max(shares) < 3


@pytest.mark.parametrize("train_bias", [True, False])
def test_where_no_pattern_changes_the_flow_is_a_line(train_bias: bool) -> None:
    """A positive readout and one sample of label 1: what is active stays so, the rest stays."""
    params, X, y = problem(3, width=10, dimension=3, count=1)
    params = params._replace(a=params.a.abs())
    flow = gradient_flow(params, X, y.abs(), 500.0, train_bias=train_bias)
    active = (params.W @ X[0] + params.b >= 0).to(torch.float64)
    pull = 500.0 * params.a * active / math.sqrt(10)
    torch.testing.assert_close(flow.params.W, params.W + pull[:, None] * X[0])
    torch.testing.assert_close(flow.params.b, params.b + (pull if train_bias else 0.0))
    assert float(flow.error) < 1e-12


def test_a_neuron_slides_along_its_kink() -> None:
    """Pulled along the kink by one sample and back to it by the other, it must stay there."""
    one = torch.ones((), dtype=torch.float64, device="cpu")
    W = torch.stack((one, 0.5 * one)).reshape(1, 2)
    params = Parameters(W, W.new_zeros(1), W.new_ones(1))
    X = torch.stack((one, 0 * one, 0.1 * one, one)).reshape(2, 2)
    y = X.new_tensor([1.0, -1.0])
    flow = gradient_flow(params, X, y, 1e4, train_bias=False, tolerance=1e-3, most_steps=2048)
    along = X.new_tensor([1.0, -0.1]) / math.sqrt(1.01)  # of the second's kink
    where = flow.params.W[0]
    assert float((where / where.norm() - along).norm()) < 2e-2
    assert float(where @ along) == pytest.approx(0.5e4 * float(along[0]), rel=1e-2)


def test_each_network_of_a_batch_has_its_error() -> None:
    params, X, y = problem(1, width=12, dimension=4, count=9, leading=(3,))
    flow = gradient_flow(params, X, y, 30.0, most_steps=32)
    assert flow.error.shape == (3,)
    assert len(set(flow.error.tolist())) == 3


def test_the_error_is_the_distance_of_the_last_two_runs(made: Schedules) -> None:
    params, X, y = problem(6, width=12, dimension=4, count=9)
    flow = gradient_flow(params, X, y, 30.0, tolerance=1e-9, most_steps=96)
    assert [len(steps) for _, steps in made] == [6, 24, 96]
    assert (flow.steps, flow.converged) == (96, False)
    coarse, fine = (train(params, X, y, Recipe(steps)).params for _, steps in made[1:])
    assert torch.equal(fine.W, flow.params.W)
    gap, way = (
        math.hypot(float((fine.W - other.W).norm()), float((fine.b - other.b).norm()))
        for other in (coarse, params)
    )
    assert float(flow.error) == pytest.approx(gap / way, rel=1e-9)
    assert gradient_flow(params, X, y, 30.0, tolerance=2 * gap / way, most_steps=96).converged


def test_every_network_of_a_batch_must_agree() -> None:
    params, X, y = problem(1, width=12, dimension=4, count=9, leading=(2,))
    params.b[0] -= 100.0  # dead: agrees at once
    flow = gradient_flow(params, X, y, 30.0, tolerance=1e-9, most_steps=24)
    assert float(flow.error[0]) == 0.0
    assert float(flow.error[1]) > 1e-9
    assert not flow.converged


def test_where_two_coarse_runs_take_the_same_wrong_side_the_error_does_not_say_so() -> None:
    """The smallest case known: the estimate is no bound, and more steps put it right."""
    one = torch.ones((1, 1), dtype=torch.float64, device="cpu")
    params = Parameters(
        -1.6052762948770103 * one, 0.23248570595798024 * one[0], 2.23987006611963 * one[0]
    )
    X = torch.cat([t * one for t in (0.8472938216191219, 1.2006442576704193, -0.40155032608088304)])
    y = X.new_tensor([-1.0, 1.0, 1.0])
    W, b = small_steps(params, X, y, 1e4, 0.0)
    coarse = gradient_flow(params, X, y, 1e4)
    assert coarse.converged
    assert relative(coarse, W, b, params) > 50 * float(coarse.error)
    fine = gradient_flow(params, X, y, 1e4, tolerance=1e-3, most_steps=10_000)
    assert relative(fine, W, b, params) < 1e-2


def test_a_longer_time_gets_more_steps_and_a_start_at_zero_has_none_to_fade() -> None:
    params, X, y = problem(10, width=12, dimension=4, count=9)
    steps = [
        gradient_flow(params, X, y, t, tolerance=1e-12, most_steps=95).steps for t in (30.0, 1e15)
    ]
    assert steps[0] < steps[1]
    with pytest.raises(InputError, match=r"^most_steps = 24: must be at least \d+ for this time$"):
        gradient_flow(params, X, y, 1e15, most_steps=24)
    still = Parameters(0 * params.W, 0 * params.b, params.a)
    W, b = small_steps(still, X, y, 1.0, 0.0)
    flow = gradient_flow(still, X, y, 1.0, most_steps=1000)
    assert relative(flow, W, b, still) < 0.1


def test_a_slow_start_fades_no_later_than_the_end() -> None:
    params, X, y = problem(11, width=12, dimension=4, count=9)
    slow = params._replace(a=1e-9 * params.a)
    assert gradient_flow(slow, X, y, 1.0).steps == 24
    single = Parameters(*(t.float() for t in slow))
    last = gradient_flow(single, X.float(), y.float(), 1e12, most_steps=100)
    exact = gradient_flow(slow, X, y, 1e12, most_steps=100)
    assert last.steps == exact.steps


def test_the_onset_is_that_of_the_network_that_fades_first_and_within_the_time(
    made: Schedules,
) -> None:

    def onset_of(params: Parameters, X: torch.Tensor, y: torch.Tensor) -> float:
        made.clear()
        gradient_flow(params, X, y, 1e3)
        (onset,) = {onset for onset, _ in made}
        return onset

    params, X, y = problem(8, width=12, dimension=4, count=9, leading=(2,))
    params.a[1] *= 10.0
    alone = [onset_of(Parameters(*(t[i] for t in params)), X[i], y[i]) for i in range(2)]
    assert onset_of(params, X, y) == pytest.approx(min(alone))
    assert min(alone) < max(alone)
    assert onset_of(params._replace(a=1e-9 * params.a), X, y) == pytest.approx(1e3 * EARLY)


def test_a_flow_keeps_no_graph() -> None:
    params, X, y = problem(12)
    params = params._replace(W=params.W.requires_grad_())
    flow = gradient_flow(params, X, y, 1.0)
    assert not flow.error.requires_grad
    assert not flow.params.W.requires_grad


@pytest.mark.parametrize(
    ("time", "count", "onset", "message"),
    [
        (1.0, 0, 1.0, "count = 0: must be at least 1, and whole"),
        (1.0, 2.5, 1.0, "count = 2.5: must be at least 1, and whole"),
        (1.0, 3, math.inf, "onset = inf: must be positive and finite"),
        (1.0, 3, "soon", "onset = 'soon': must be a number"),
        (1e300, 4, 1e-10, "onset = 1e-10: is too small beside time = 1e+300"),
        ("late", 4, 1.0, "time = 'late': must be a number"),
    ],
)
def test_bad_steps_are_named(time: Any, count: Any, onset: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        growing_steps(time, count, onset)
    assert str(caught.value) == message


def test_steps_much_shorter_than_the_start_are_equal() -> None:
    assert growing_steps(1e-300, 4, 1e300) == (2.5e-301,) * 4


def test_dead_networks_stay() -> None:
    params, X, y = problem(2)
    params = params._replace(b=params.b - 100.0)
    flow = gradient_flow(params, X, y, 10.0)
    assert torch.equal(flow.params.W, params.W)
    assert float(flow.error) == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": 0.0}, r"^time = 0.0: must be positive and finite$"),
        ({"time": math.inf}, r"^time = inf: must be positive and finite$"),
        ({"tolerance": 1.0}, r"^tolerance = 1.0: must lie in \(0, 1\)$"),
        ({"tolerance": 0.0}, r"^tolerance = 0.0: must lie in \(0, 1\)$"),
        ({"most_steps": 96.5}, r"^most_steps = 96.5: must be at least 1, and whole$"),
        ({"most_steps": 23}, r"^most_steps = 23: must be at least 24$"),
        ({"slope": -0.1}, r"^slope = -0.1: must lie in \[0, 1\]$"),
    ],
)
def test_bad_input_is_named(change: dict[str, float], message: str) -> None:
    params, X, y = problem(1)
    with pytest.raises(InputError, match=message):
        gradient_flow(params, X, y, **{"time": 1.0, **change})
