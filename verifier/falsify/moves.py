"""Where the hunt starts and how it jumps: tiny random cases, and random changes of one of them.

Tiny, because a tight case is found and read more easily with three neurons than with three
thousand, and whatever a small one reaches a wide one reaches too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.network import Parameters
from verifier.trial.case import Case
from verifier.trial.configuration import Configuration

TRIED_SLOPES = (0.0, 0.0, 0.1, 0.3, 0.5, 0.8, 0.95)
TRIED_LOSSES = ("identity", "identity", "logistic", "exponential")


def normal(chance: Random, *shape: int) -> Tensor:
    """Standard normal values, float64."""
    values = [chance.gauss(0.0, 1.0) for _ in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64, device="cpu").view(shape)


def log_uniform(chance: Random, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return math.exp(chance.uniform(math.log(low), math.log(high)))


def _sign(chance: Random) -> float:
    return chance.choice((-1.0, 1.0))


def _steps(chance: Random, X: Tensor, loss: str) -> tuple[float, ...]:
    """One to three step sizes, their sum relative to how strongly the samples pull."""
    longest = 2.0 if loss == "exponential" else 30.0
    time = log_uniform(chance, 0.1, longest) / (float(X.square().sum(dim=1).mean()) + 1)
    parts = [chance.uniform(0.1, 1.0) for _ in range(chance.randint(1, 3))]
    return tuple(time * part / sum(parts) for part in parts)


def random_case(chance: Random, slope: float | None = None, width: int | None = None) -> Case:
    """Up to 8 neurons, 4 samples, 3 dimensions, 3 steps; every array at a scale of its own."""
    m = chance.randint(1, 8) if width is None else width
    N, d, points = chance.randint(1, 4), chance.randint(1, 3), chance.randint(1, 2)

    def scaled(*shape: int) -> Tensor:
        return log_uniform(chance, 0.03, 5.0) * normal(chance, *shape)

    X, loss = scaled(N, d), chance.choice(TRIED_LOSSES)
    signs = [_sign(chance) for _ in range(N)]
    steps = _steps(chance, X, loss)
    configuration = Configuration(
        Data("gaussian", d, N),
        width=m,
        slope=chance.choice(TRIED_SLOPES) if slope is None else slope,
        train_bias=chance.random() < 0.7,
        f_steps=steps,
        g_steps=steps,
        eps=1.0,
        scenario="a",
        momentum=chance.choice((0.0, 0.0, 0.9)),
        loss=loss,
    )
    # at the theory's own size in half of the cases: elsewhere D4's premise hardly ever holds
    a = normal(chance, m) if chance.random() < 0.5 else scaled(m)
    f_0 = Parameters(scaled(m, d), scaled(m), a)
    y = torch.tensor(signs, dtype=torch.float64, device="cpu")
    return Case.of(configuration, f_0, X, y, scaled(points, d))


def _size(t: Tensor) -> float:
    return float(t.square().mean().sqrt()) + 1e-3


def _noise(case: Case, chance: Random) -> Case:
    """Every array moved by a share of its size."""
    share = log_uniform(chance, 1e-3, 1.0)
    s = case.start
    f_0 = Parameters(*(t + share * _size(t) * normal(chance, *t.shape) for t in s.f_0))
    X, z = (t + share * _size(t) * normal(chance, *t.shape) for t in (s.X, s.z))
    return Case.of(case.configuration, f_0, X, s.y, z)


def _neuron(case: Case, chance: Random) -> Case:
    """One neuron drawn anew."""
    s = case.start
    i = chance.randrange(s.f_0.width)
    f_0 = s.f_0.clone()
    for t in f_0:
        t[i] = _size(t) * normal(chance, *t.shape[1:])
    return Case.of(case.configuration, f_0, s.X, s.y, s.z)


def _rescale(case: Case, chance: Random) -> Case:
    """One array, or the step sizes, multiplied by a constant."""
    s, factor = case.start, log_uniform(chance, 0.1, 10.0)
    which = chance.randrange(6)
    arrays = [factor * t if k == which else t for k, t in enumerate((*s.f_0, s.X, s.z))]
    configuration = case.configuration
    if which == 5:
        steps = tuple(factor * eta for eta in configuration.f_steps)
        configuration = replace(configuration, f_steps=steps, g_steps=steps)
    W, b, a, X, z = arrays
    return Case.of(configuration, Parameters(W, b, a), X, s.y, z)


def _label(case: Case, chance: Random) -> Case:
    """One label turned around."""
    s, y = case.start, case.start.y.clone()
    y[chance.randrange(len(y))] *= -1
    return Case.of(case.configuration, s.f_0, s.X, y, s.z)


def _meet(case: Case, chance: Random) -> Case:
    """One point put close to a sample, or to its mirror image."""
    s, z = case.start, case.start.z.clone()
    x = s.X[chance.randrange(len(s.X))]
    near = log_uniform(chance, 1e-3, 0.3) * _size(x) * normal(chance, len(x))
    z[chance.randrange(len(z))] = _sign(chance) * x + near
    return Case.of(case.configuration, s.f_0, s.X, s.y, z)


def _recipe(case: Case, chance: Random) -> Case:
    """Other step sizes."""
    s, c = case.start, case.configuration
    steps = _steps(chance, s.X, c.loss)
    return replace(case, configuration=replace(c, f_steps=steps, g_steps=steps))


MOVES: tuple[Callable[[Case, Random], Case], ...] = (
    _noise,
    _noise,
    _neuron,
    _neuron,
    _rescale,
    _label,
    _meet,
    _recipe,
)


def move(case: Case, chance: Random) -> Case:
    """The case after one random change; slope, width and loss stay."""
    return chance.choice(MOVES)(case, chance)
