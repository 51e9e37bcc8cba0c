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
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.errors import number, require, require_count
from verifier.model.device import read_deciding, read_together, reads_wait
from verifier.model.network import (
    Parameters,
    check_data,
    check_parameters,
    preactivation,
)
from verifier.model.recipe import Recipe
from verifier.model.training import train

FIRST, FACTOR = 6, 4
"""Steps of the coarsest run, at least, and how many times more the next one has."""
GROWTH = 2.0
"""The most that a step of the coarsest run lets the logarithm of time grow."""
EARLY = 0.1
"""The first step, over the growth of the steps, in units of the time the start takes to fade."""
SOON = 1e-9
"""The least such time, as a share of the whole: a start at zero fades at once."""


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
    require_count("count", count)
    number("onset", onset, lambda t: 0 < t < math.inf, "must be positive and finite")
    require(time / onset < math.inf, "onset", onset, f"is too small beside time = {time:g}")
    growth = math.log1p(time / onset) / count
    if growth < 1e-12:  # all steps are alike
        return (time / count,) * count
    times = [onset * math.expm1(growth * k) for k in range(count)] + [time]
    return tuple(after - before for before, after in itertools.pairwise(times))


@torch.no_grad()
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
    """Follow `(W, b)' = -` gradient of the identity loss for `time` (docs/setting.md).

    Makes runs of 6, 24, 96, ... steps, or more for a very long time, until two agree to `tolerance`
    in every network, or until the next would exceed `most_steps`: `converged` and `error` of the
    result say what was reached. Where the host waits for what it reads, only the two finest of
    these runs are made. `X (..., N, d)`, `y (..., N)`, parameters as of `initialise`; the
    networks of a batch share their steps.

    Two coarse runs may take the same wrong side of a kink and agree: where that matters, ask for a
    smaller `tolerance` and more steps.

    Raises `InputError`, `DivergedError`.
    """
    _check_time(time)
    number("tolerance", tolerance, lambda share: 0 < share < 1, "must lie in (0, 1)")
    require_count("most_steps", most_steps)
    require(
        most_steps >= FIRST * FACTOR, "most_steps", most_steps, f"must be at least {FIRST * FACTOR}"
    )
    recipe = Recipe((1.0,), slope=slope, train_bias=train_bias)

    def run(count: int) -> Parameters:
        return train(params, X, y, replace(recipe, steps=growing_steps(time, count, onset))).params

    with read_together():
        check_parameters(params)
        check_data(X, y, params)
        (fading,) = read_deciding([_fading(params, X, y, time, recipe)])
    onset = EARLY * min(time, max(SOON * time, fading))
    count = max(FIRST, math.ceil(math.log1p(time / onset) / GROWTH))
    least = count * FACTOR
    require(
        most_steps >= least, "most_steps", most_steps, f"must be at least {least} for this time"
    )
    while reads_wait(X.device) and count * FACTOR**2 <= most_steps:
        count *= FACTOR  # the two finest runs alone: one answer, and so one read
    coarse = None
    while True:
        with read_together():
            coarse = run(count) if coarse is None else coarse
            count *= FACTOR
            fine = run(count)
            error = distance(fine, coarse) / distance(fine, params)
            error = error.masked_fill(error.isnan(), 0.0)  # where nothing moves
            (converged,) = read_deciding([(error <= tolerance).all()])
        if converged or count * FACTOR > most_steps:
            return Flow(fine, time, count, error, bool(converged))
        coarse = fine


def _check_time(time: float) -> None:
    number("time", time, lambda t: 0 < t < math.inf, "must be positive and finite")


def _fading(start: Parameters, X: Tensor, y: Tensor, time: float, recipe: Recipe) -> Tensor:
    """The time after which pre-activations of the first network have moved by their own size, ().

    At most `time`. In float64: a step may be small beside the weights.
    """
    start, X = Parameters(*(t.double() for t in start)), X.double()
    moved = train(start, X, y.double(), recipe).params
    u = preactivation(start, X)
    size, speed = (
        torch.linalg.vector_norm(t.flatten(-2), dim=-1) for t in (u, preactivation(moved, X) - u)
    )
    return torch.where(speed > 0, size / speed, time).min()


def distance(left: Parameters, right: Parameters) -> Tensor:
    """Between the trained parameters `(W, b)` of each network."""
    weights = (left.W - right.W).flatten(-2)
    return torch.linalg.vector_norm(torch.cat((weights, left.b - right.b), dim=-1), dim=-1)
