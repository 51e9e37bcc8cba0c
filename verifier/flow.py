"""Gradient flow under the identity loss up to any time, by steps that grow with time.

With the identity loss a neuron moves along a sum of samples that depends on its pattern alone, so
after its start has lost its weight nothing sets a scale of time: a step in proportion to the time
that has passed is as good late as early, and `time` costs only its logarithm. Where a sample pulls
a neuron back to its kink the flow slides along it, and steps chatter about it; where it pushes the
neuron away, which side it leaves on is decided by whatever error there is. Such decisions are
spread evenly over the logarithm of time and keep the error of any scheme from falling fast.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.network import Parameters, check_data, check_parameters, preactivation
from verifier.training import Recipe, train

FIRST, FACTOR = 6, 4
"""Steps of the coarsest run, and how many times more the next one has."""
EARLY = 0.1
"""The first step, over the growth of the steps, in units of the time the start takes to fade."""


@dataclass(frozen=True)
class Flow:
    """Where gradient flow is at `time`: parameters, `steps` made in the finest run, `error (...)`.

    `converged`: whether every error is within the tolerance that was asked for. `error`: of each
    network, the difference to a run with `FACTOR` times fewer steps, relative to how far the
    weights have moved. It is an estimate, no bound: both may err alike.
    """

    params: Parameters
    time: float
    steps: int
    error: Tensor
    converged: bool


def growing_steps(time: float, count: int, onset: float) -> tuple[float, ...]:
    """`count` steps that sum to `time`, each in the same proportion to `onset` and the time passed.

    Raises `InputError`.
    """
    _check_time(time)
    require(count >= 1, "count", count, "must be at least 1")
    require(0 < onset < math.inf, "onset", onset, "must be positive and finite")
    growth = math.log1p(time / onset) / count
    times = [onset * math.expm1(growth * k) for k in range(count)] + [time]
    return tuple(after - before for before, after in itertools.pairwise(times))


def gradient_flow(
    params: Parameters,
    X: Tensor,
    y: Tensor,
    time: float,
    *,
    slope: float = 0.0,
    train_bias: bool = True,
    tolerance: float = 1e-2,
    most_steps: int = 100,
) -> Flow:
    """Follow `(W, b)' = -` gradient of the identity loss for `time` (theory section 1).

    Makes runs of 6, 24, 96, ... steps until two agree to `tolerance` in every network, or until the
    next would exceed `most_steps` (at least 24): `converged` and `error` of the result say what was
    reached. `X (..., N, d)`, `y (..., N)`, parameters as of `initialise`.

    Raises `InputError`, `DivergedError`.
    """
    check_parameters(params)
    check_data(X, y, params)
    _check_time(time)
    require(0 < tolerance < 1, "tolerance", tolerance, "must lie in (0, 1)")
    least = FIRST * FACTOR
    require(most_steps >= least, "most_steps", most_steps, f"must be at least {least}")

    def run(steps: tuple[float, ...]) -> Parameters:
        return train(params, X, y, Recipe(steps, slope=slope, train_bias=train_bias)).params

    onset = EARLY * _fading(params, run((1.0,)), X, time)
    count, coarse = FIRST, run(growing_steps(time, FIRST, onset))
    while True:
        count *= FACTOR
        fine = run(growing_steps(time, count, onset))
        error = _distance(fine, coarse) / _distance(fine, params)
        error = torch.nan_to_num(error, nan=0.0)  # where nothing moves
        converged = bool((error <= tolerance).all())
        if converged or count * FACTOR > most_steps:
            return Flow(fine, time, count, error, converged)
        coarse = fine


def _check_time(time: float) -> None:
    require(0 < time < math.inf, "time", time, "must be positive and finite")


def _fading(start: Parameters, moved: Parameters, X: Tensor, time: float) -> float:
    """The time after which pre-activations have moved by their own size; `time` if that is less."""
    u = preactivation(start, X)
    size, speed = (float(torch.linalg.vector_norm(t)) for t in (u, preactivation(moved, X) - u))
    return min(time, size / speed) if speed > 0 else time


def _distance(left: Parameters, right: Parameters) -> Tensor:
    weights = (left.W - right.W).flatten(-2)
    return torch.linalg.vector_norm(torch.cat((weights, left.b - right.b), dim=-1), dim=-1)
