"""A schedule that looks at the run: the rate is cut where the objective stops falling.

As published. What such a run did is a run by the rates that it used: `train_on_plateau` returns the
recipe that makes the same path again, for which every statement about one run holds as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.errors import number, require, require_count
from verifier.model.device import read
from verifier.model.network import Parameters, activation_pattern, check_data, preactivation
from verifier.model.recipe import Recipe


@dataclass(frozen=True)
class Plateau:
    """The rule: after more than `patience` steps that were no better than the best one, a cut.

    Better is an objective below `1 - improvement` times the best so far. That is torch's rule: a
    negative best, as the identity loss soon has, admits objectives a little above it, too. A cut
    takes the rate to `cut` times itself, unless it would change it by `least` or less.
    """

    patience: int = 10
    cut: float = 0.1
    improvement: float = 1e-4
    least: float = 1e-8

    def __post_init__(self) -> None:
        require(self.patience >= 0, "patience", self.patience, "must not be negative")
        number("cut", self.cut, lambda v: 0 < v < 1, "must lie in (0, 1)")
        number("improvement", self.improvement, lambda v: 0 <= v < 1, "must lie in [0, 1)")

    def rates(self, rate: Tensor) -> Callable[[Tensor], Tensor]:
        """What gives, for each step's objective, the rate of the next step; the first is `rate`.

        Objectives have the shape of `rate`, one for each run that is watched. Reads no value.
        """
        best, bad, now = torch.full_like(rate, math.inf), torch.zeros_like(rate), rate

        def following(objective: Tensor) -> Tensor:
            nonlocal best, bad, now
            better = objective < best * (1 - self.improvement)
            best = torch.where(better, objective, best)
            bad = torch.where(better, 0.0, bad + 1)
            is_worn = bad > self.patience
            bad = torch.where(is_worn, 0.0, bad)
            is_cut = is_worn & (now * (1 - self.cut) > self.least)
            now = torch.where(is_cut, now * self.cut, now)
            return now

        return following


def train_on_plateau(
    params: Parameters, X: Tensor, y: Tensor, first: Recipe, rule: Plateau | None = None
) -> tuple[Parameters, Recipe]:
    """`params` trained on `X (N, d)`, `y (N,)`, and the recipe with the rates that were used.

    `first`: loss, slope, momentum and biases, with one step, the first rate, repeated: as many
    steps are made. `rule`: the published one unless given. Raises `InputError` for other steps.
    """
    require_count("steps", len(first.steps))
    require(len(set(first.steps)) == 1, "steps", first.steps, "must be equal: the first rate")
    check_data(X, y, params)
    W, b, a = params
    readout = a / math.sqrt(params.width)
    velocity_W, velocity_b = torch.zeros_like(W), torch.zeros_like(b)
    rate = W.new_tensor(first.steps[0])
    following = (rule or Plateau()).rates(rate)
    used = []
    for _ in first.steps:
        used.append(rate)
        u = preactivation(Parameters(W, b, a), X)
        pattern = activation_pattern(u, first.slope)
        s = -y * ((pattern * u) @ readout)
        push = (pattern * (first.loss.derivative(s) * y / len(y))[:, None]).T  # (m, N)
        velocity_W = first.momentum * velocity_W + readout[:, None] * (push @ X)
        velocity_b = first.momentum * velocity_b + readout * push.sum(dim=1)
        W = W + rate * velocity_W
        b = b + rate * first.beta * velocity_b
        rate = following(first.loss.value(s).mean())
    return Parameters(W, b, a), replace(first, steps=tuple(read(torch.stack(used))))
