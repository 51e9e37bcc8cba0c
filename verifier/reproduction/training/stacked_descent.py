"""Full-batch training of many networks of one shape at once, in place and without autograd.

From one start, `B` data sets times `K` learning rates, in whichever of the `forms` takes least:
with the identity loss neurons rest, or their patterns are multiplied in exact pieces; where samples
are few beside their dimension, a step is one product with the Gram matrix. All are the same
descent, to rounding. A `Way` says what the device was found to do well (`trusted`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.device import reads_wait
from verifier.model.losses import Identity, Loss
from verifier.model.network import Parameters
from verifier.model.repeated import Repeated
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.forms import InPatterns, InSamples, InWeights, Problem, Resting
from verifier.reproduction.training.recipes import (
    CUT,
    IMPROVEMENT,
    LEAST_CUT,
    PATIENCE,
    Schedule,
)

CLEAN_MOVING, ATTACKED_MOVING = 0.35, 0.1
"""Shares of the neurons that do not rest (see `resting`): f on shifted data; g in scenario (a)."""
LARGEST = 1 << 28
"""Pre-activations of all networks up to which a form is taken that keeps several such arrays."""
PIECES_PAY = 8
"""Samples per dimension up to which a product with a Gram matrix in pieces is the faster one."""


class Way(NamedTuple):
    """What may be done on a card. `captures`: steps are taken down once, and replayed.

    `pieces`: patterns are multiplied in exact pieces.
    """

    captures: bool
    pieces: bool


PLAIN = Way(captures=False, pieces=False)
"""As on any device."""


def moving_share(setting: PointSetting, attacked: bool) -> float:
    """The share of neurons expected not to rest while f, or g if `attacked`, is trained."""
    if setting.loss != "identity":
        return 1.0
    if attacked:
        return ATTACKED_MOVING if setting.scenario == "a" else 1.0
    return CLEAN_MOVING if setting.data == "shifted" else 1.0


def in_gram_form(N: int, d: int, neurons: int, moving: float) -> bool:
    """Whether the Gram form, in which nothing rests, takes fewer operations, and has the room.

    `neurons`: of all networks together.
    """
    return (moving * 2 * d > N) and neurons * N <= LARGEST


def in_pattern_form(N: int, d: int, neurons: int) -> bool:
    """Whether the form in exact pieces takes less time on a card that has it, and has the room."""
    return PIECES_PAY * d >= N and neurons * N <= LARGEST


@dataclass(frozen=True)
class Snapshot:
    """All networks after `epoch` steps: parameters (B, K, m, ...) and effective times T (B, K).

    `finite (B, K)`: False for a training that diverged. The tensors are the caller's own.
    """

    epoch: int
    params: Parameters
    time: Tensor
    finite: Tensor


def descend(
    start: Parameters,
    X: Tensor,
    y: Tensor,
    rates: Sequence[float],
    schedule: Schedule,
    epochs: Sequence[int],
    loss: Loss,
    slope: float,
    moving: float = 1.0,
    way: Way = PLAIN,
) -> Iterator[Snapshot]:
    """Train from `start` on `X (B, N, d)`, `y (N,)` at all `rates`; yield at each of `epochs`.

    Same steps as `model.training.train`, with the biases trained; a checkpoint of a longer run is
    the end of the shorter one. `schedule` says how the step sizes follow from a rate. `moving`:
    the share of neurons expected not to rest; it only decides which form is used.
    """
    B, _, d = X.shape
    K, m = len(rates), start.width
    problem = Problem(
        samples=torch.cat((X, torch.ones_like(X[..., :1])), dim=-1),
        y=y,
        origin=torch.cat((start.W, start.b.unsqueeze(-1)), dim=-1).repeat(B, K, 1),
        readout=(start.a / math.sqrt(m)).repeat(K).unsqueeze(-1),
        m=m,
        loss=loss,
        slope=slope,
        momentum=schedule.momentum,
        values=schedule.plateau,
    )
    form = _form(problem, moving, way)
    last = max(epochs)
    sizes = torch.tensor(schedule.sizes(last), dtype=torch.float64, device=X.device)
    epoch = torch.zeros(1, dtype=torch.int64, device=X.device)
    rate = X.new_tensor(rates).expand(B, K).clone()
    best = torch.full_like(rate, math.inf)
    bad = torch.zeros_like(rate)
    time = torch.zeros(B, K, dtype=torch.float64, device=X.device)

    def step() -> None:
        """One epoch, whichever: its sizes are looked up on the device."""
        size, reach = sizes.index_select(0, epoch).squeeze(0).unbind()
        epoch.add_(1)
        time.add_(reach * rate)
        value = form.step(size * rate)
        if schedule.plateau:
            _cut_on_plateau(value, rate, best, bad)

    steps = Repeated(step, last, X.device, captures=way.captures)
    for before, now in itertools.pairwise([0, *sorted(epochs)]):
        steps.make(now - before)
        yield _snapshot(now, form.theta().view(B, K, m, d + 1), start.a, time)


def _form(problem: Problem, moving: float, way: Way) -> InWeights:
    """The form that takes least for this problem, here."""
    B, N, columns = problem.samples.shape
    neurons = B * len(problem.readout)
    alone = type(problem.loss) is Identity
    # who may rest is read off the device, so where reads wait nobody does
    waits = reads_wait(problem.samples.device)
    single = problem.samples.dtype == torch.float32
    if alone and single and way.pieces and in_pattern_form(N, columns - 1, neurons):
        return InPatterns(problem)
    if in_gram_form(N, columns - 1, neurons, moving):
        return InSamples(problem)
    return Resting(problem) if alone and not waits else InWeights(problem)


def _cut_on_plateau(value: Tensor, rate: Tensor, best: Tensor, bad: Tensor) -> None:
    """Cut each network's rate after `PATIENCE` epochs whose loss was no better than its best.

    "Better" is torch's: below the best by a share of it. For a negative best, as the identity loss
    soon has, that admits values a little above it, and it is kept so.
    """
    better = value < best * (1 - IMPROVEMENT)
    best.copy_(torch.where(better, value, best))
    bad.add_(1).masked_fill_(better, 0)
    worn = bad > PATIENCE
    bad.masked_fill_(worn, 0)
    rate.copy_(torch.where(worn & (rate * (1 - CUT) > LEAST_CUT), rate * CUT, rate))


def _snapshot(epoch: int, theta: Tensor, a: Tensor, time: Tensor) -> Snapshot:
    """Copies of the state."""
    networks = theta.shape[:-2]
    W, b = theta[..., :-1].clone(), theta[..., -1].clone()
    finite = torch.isfinite(theta).flatten(2).all(dim=-1)
    return Snapshot(epoch, Parameters(W, b, a.expand(*networks, -1).clone()), time.clone(), finite)
