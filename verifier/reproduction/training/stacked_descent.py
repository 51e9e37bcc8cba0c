"""Full-batch training of many networks of one shape at once, in place and without autograd.

From one start, `B` data sets times `K` learning rates: `theta = (W, b)` of all networks stands in
one array (B, K m, d+1), so that a step is two batched matrix products and one pass over the
pre-activations. With the identity loss even the outputs are not needed: by homogeneity
`sum_n y_n f(x_n) = sum_i a_i <theta_i, G_i>/sqrt m`, with `G_i` the sum that the step needs anyway;
and that sum is renewed only for neurons whose pattern may have changed. Where samples are few
beside their dimension, `theta = theta(0) + readout C X` is followed through C instead, with one
product with the Gram matrix per step: both are the same descent, to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.device import reads_wait
from verifier.model.losses import Identity, Loss
from verifier.model.network import Parameters
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.recipes import (
    CUT,
    IMPROVEMENT,
    LEAST_CUT,
    PATIENCE,
    Schedule,
)
from verifier.reproduction.training.resting import PatternSums

CLEAN_MOVING, ATTACKED_MOVING = 0.35, 0.1
"""Shares of the neurons that do not rest (see `resting`): f on shifted data; g in scenario (a)."""
LARGEST = 1 << 28
"""Pre-activations of all networks up to which the Gram form, with four such arrays, is taken."""


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
) -> Iterator[Snapshot]:
    """Train from `start` on `X (B, N, d)`, `y (N,)` at all `rates`; yield at each of `epochs`.

    Same steps as `model.training.train`, with the biases trained; a checkpoint of a longer run is
    the end of the shorter one. `schedule` says how the step sizes follow from a rate. `moving`:
    the share of neurons expected not to rest; it only decides which form is used.
    """
    B, N, d = X.shape
    K, m = len(rates), start.width
    samples = torch.cat((X, torch.ones_like(X[..., :1])), dim=-1)  # (B, N, d+1)
    readout = (start.a / math.sqrt(m)).repeat(K).unsqueeze(-1)  # (K m, 1)
    row = readout[:m].T  # (1, m)
    origin = torch.cat((start.W, start.b.unsqueeze(-1)), dim=-1).repeat(B, K, 1)
    few = in_gram_form(N, d, B * K * m, moving)
    gram = (samples @ samples.mT, origin @ samples.mT) if few else None
    state = origin if gram is None else torch.zeros_like(gram[1])  # theta, or C
    signed = samples * (y / N).unsqueeze(-1)
    velocity = torch.zeros_like(state)
    # who may rest is read off the device, so where reads wait nobody does
    rests = type(loss) is Identity and gram is None and not reads_wait(X.device)
    resting = PatternSums(samples, signed, slope, K * m) if rests else None
    u = None if resting else origin.new_empty(B, K * m, N)

    rate = X.new_tensor(rates).expand(B, K).clone()
    best = torch.full_like(rate, math.inf)
    bad = torch.zeros_like(rate)
    time = torch.zeros(B, K, dtype=torch.float64, device=X.device)
    weight = 0.0  # how far one gradient has moved a weight, per unit of the rate

    for epoch in range(1, max(epochs) + 1):
        step = schedule.step(epoch)
        if resting is not None:
            rows = (step * rate).unsqueeze(-1).expand(B, K, m).reshape(B, K * m)
            reach = rows * (schedule.momentum / (1 - schedule.momentum))  # rates only fall
            pull = resting.update(state, velocity, readout, reach)
            resting.advance(schedule.momentum, rows)
            value = -(torch.linalg.vecdot(state, pull).view(B, K, m) @ row.mT).squeeze(-1)
            velocity.mul_(schedule.momentum).addcmul_(readout, pull)
        elif gram is not None:
            matrix, first = gram
            u = torch.addcmul(first, readout, torch.bmm(state, matrix, out=u), out=u)
            value = _pull_of_loss(u.view(B, K, m, N), row, y, loss, slope)
            velocity.mul_(schedule.momentum).addcmul_(u, y / N)
        else:
            u = torch.bmm(state, samples.mT, out=u)
            value = _pull_of_loss(u.view(B, K, m, N), row, y, loss, slope)
            velocity.mul_(schedule.momentum).addcmul_(readout, u @ signed)
        weight = schedule.momentum * weight + 1
        time += weight * step * rate
        state.view(B, K, -1).addcmul_((step * rate).unsqueeze(-1), velocity.view(B, K, -1))
        if schedule.plateau:
            _cut_on_plateau(value, rate, best, bad)
        if epoch in epochs:
            theta = state if gram is None else torch.addcmul(origin, readout, state @ samples)
            yield _snapshot(epoch, theta.view(B, K, m, d + 1), start.a, time)


def _pull_of_loss(u: Tensor, row: Tensor, y: Tensor, loss: Loss, slope: float) -> Tensor:
    """Turn `u (B, K, m, N)` in place into `phi'(u) p_n`; return the mean loss (B, K)."""
    s = -y * (row @ torch.nn.functional.leaky_relu(u, slope)).squeeze(-2)  # (B, K, N)
    u.ge_(0)
    if slope:
        u.clamp_(min=slope)
    u.mul_(loss.derivative(s).unsqueeze(-2))
    return loss.value(s).mean(dim=-1)


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
