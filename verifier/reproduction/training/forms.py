"""The forms of a step of many networks at once: all make the same descent, to rounding.

From one start, `B` data sets times `K` learning rates: of all networks together there are
`R = K m` neurons for each data set, and a step moves them along
`readout sum_n phi'(u_n) p_n (x_n, 1) / N`.

*InWeights*: the state is `theta (B, R, d+1)`, and a step is two products with the samples.
*Resting*: the same under the identity loss, where neurons whose pattern cannot have changed rest.
*InSamples*: `theta = theta(0) + readout C X`, the state is `C (B, R, N)`, and a step is one product
with the Gram matrix.
*InPatterns*: likewise under the identity loss, the state being the pre-activations: the product is
one of a pattern, and so made in exact pieces on a card's fastest cores (`exact_products`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.losses import Loss
from verifier.reproduction.training.exact_products import (
    in_pieces,
    pattern_product,
    repeated,
)
from verifier.reproduction.training.resting import PatternSums


class Problem(NamedTuple):
    """What is descended: `samples (B, N, d+1)`, which end in 1, and labels `y (N,)`.

    `origin (B, R, d+1)`: where weights and biases start; `readout (R, 1)`: `a / sqrt m`, of all
    `rates` times `m` neurons. `values`: whether the loss is asked for.
    """

    samples: Tensor
    y: Tensor
    origin: Tensor
    readout: Tensor
    m: int
    loss: Loss
    slope: float
    momentum: float
    values: bool

    @property
    def each(self) -> tuple[int, ...]:
        """`(B, K, m, -1)`: the shape by networks of what stands by neurons."""
        B, R, _ = self.origin.shape
        return (B, R // self.m, self.m, -1)

    @property
    def share(self) -> Tensor:
        """`y / N`, (N,)."""
        return self.y / len(self.y)

    def rows(self, sizes: Tensor) -> Tensor:
        """Of each neuron `(B, R)`, what `sizes (B, K)` has for its network."""
        return sizes.unsqueeze(-1).expand(self.each[:-1]).reshape(len(sizes), -1)

    def move(self, state: Tensor, sizes: Tensor, velocity: Tensor) -> None:
        """`state (B, R, any)` by `velocity`, times each network's of `sizes (B, K)`."""
        networks = (*sizes.shape, -1)
        state.view(networks).addcmul_(sizes.unsqueeze(-1), velocity.view(networks))

    def loss_of(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """The mean loss (B, K) of `outputs (B, K, N)`, and the pulls `p (B, K, N)`."""
        s = -self.y * outputs
        return self.loss.value(s).mean(dim=-1), self.loss.derivative(s)

    def outputs(self, hidden: Tensor) -> Tensor:
        """`(B, K, N)` of `phi(u)`, (B, R, N)."""
        row = self.readout[: self.m].T
        return (row @ hidden.view(self.each)).squeeze(-2)


class InWeights:
    """See the module."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.state = problem.origin
        self.velocity = torch.zeros_like(self.state)
        self.signed = problem.samples * problem.share.unsqueeze(-1)
        B, N, _ = problem.samples.shape
        self.u = problem.origin.new_empty(B, len(problem.readout), N)

    def step(self, sizes: Tensor) -> Tensor:
        """Move by `sizes (B, K)`; return the mean loss before, (B, K), if it is asked for."""
        problem = self.problem
        torch.bmm(self.state, problem.samples.mT, out=self.u)
        value = _pull_of_loss(self.u, problem)
        self.velocity.mul_(problem.momentum).addcmul_(problem.readout, self.u @ self.signed)
        problem.move(self.state, sizes, self.velocity)
        return value

    def theta(self) -> Tensor:
        """All weights and biases, (B, R, d+1)."""
        return self.state


class Resting(InWeights):
    """See the module. By homogeneity the mean loss needs no outputs: `sum_i a_i <theta_i, G_i>`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.state = problem.origin
        self.velocity = torch.zeros_like(self.state)
        signed = problem.samples * problem.share.unsqueeze(-1)
        self.sums = PatternSums(problem.samples, signed, problem.slope, len(problem.readout))

    def step(self, sizes: Tensor) -> Tensor:
        """As above."""
        problem = self.problem
        rows = problem.rows(sizes)
        reach = rows * (problem.momentum / (1 - problem.momentum))  # rates only fall
        pull = self.sums.update(self.state, self.velocity, problem.readout, reach)
        self.sums.advance(problem.momentum, rows)
        along = torch.linalg.vecdot(self.state, pull).view(problem.each[:-1])
        value = -(along @ problem.readout[: problem.m]).squeeze(-1)
        self.velocity.mul_(problem.momentum).addcmul_(problem.readout, pull)
        problem.move(self.state, sizes, self.velocity)
        return value


class InSamples(InWeights):
    """See the module."""

    def __init__(self, problem: Problem) -> None:
        samples = problem.samples
        self.problem = problem
        self.gram, self.first = samples @ samples.mT, problem.origin @ samples.mT
        self.state, self.velocity = torch.zeros_like(self.first), torch.zeros_like(self.first)
        self.u = torch.empty_like(self.first)

    def step(self, sizes: Tensor) -> Tensor:
        """As above."""
        problem = self.problem
        torch.bmm(self.state, self.gram, out=self.u)
        torch.addcmul(self.first, problem.readout, self.u, out=self.u)
        value = _pull_of_loss(self.u, problem)
        self.velocity.mul_(problem.momentum).addcmul_(self.u, problem.share)
        problem.move(self.state, sizes, self.velocity)
        return value

    def theta(self) -> Tensor:
        """As above."""
        problem = self.problem
        return torch.addcmul(problem.origin, problem.readout, self.state @ problem.samples)


class InPatterns(InWeights):
    """See the module. Each array is read and written as few times as can be.

    `state (B, R, N)`: how much each sample has pulled while it was active, without its label;
    `reach (B, K)`: how much it would have, had it always been.
    """

    def __init__(self, problem: Problem) -> None:
        samples = problem.samples
        gram = (samples @ samples.mT).mul_(problem.share.unsqueeze(-1))
        self.problem = problem
        self.pieces = in_pieces(gram)
        self.of_all = problem.slope * gram.sum(dim=-2, keepdim=True)
        del gram
        self.u = problem.origin @ samples.mT
        self.pull, self.speed = torch.empty_like(self.u), torch.zeros_like(self.u)
        self.state, self.velocity = torch.zeros_like(self.u), torch.zeros_like(self.u)
        self.reach, self.weight = self.u.new_zeros(problem.each[:2]), self.u.new_zeros(())
        self.patterns = repeated(self.u >= 0)

    def step(self, sizes: Tensor) -> Tensor:
        """As above."""
        problem, slope, momentum = self.problem, self.problem.slope, self.problem.momentum
        self.patterns.copy_((self.u >= 0).unsqueeze(-2))
        pattern_product(self.patterns, self.pieces, self.pull)
        if slope:
            self.pull.mul_(1 - slope).add_(self.of_all)
        value = sizes
        if problem.values:
            hidden = torch.nn.functional.leaky_relu(self.u, slope)
            value, _ = problem.loss_of(problem.outputs(hidden))
        torch.add(self.pull, self.speed, alpha=momentum, out=self.speed)
        self.u.addcmul_(problem.rows(sizes).unsqueeze(-1) * problem.readout, self.speed)
        torch.add(self.patterns[:, :, 0], self.velocity, alpha=momentum, out=self.velocity)
        problem.move(self.state, sizes, self.velocity)
        self.weight.mul_(momentum).add_(1)
        self.reach.addcmul_(sizes, self.weight)
        return value

    def theta(self) -> Tensor:
        """As above."""
        problem, slope = self.problem, self.problem.slope
        pulled = self.state * problem.share
        if slope:
            always = problem.rows(self.reach).unsqueeze(-1) * problem.share
            pulled.mul_(1 - slope).add_(always, alpha=slope)
        return torch.addcmul(problem.origin, problem.readout, pulled @ problem.samples)


def _pull_of_loss(u: Tensor, problem: Problem) -> Tensor:
    """Turn `u (B, R, N)` in place into `phi'(u) p_n`; return the mean loss (B, K)."""
    hidden = torch.nn.functional.leaky_relu(u, problem.slope)
    value, p = problem.loss_of(problem.outputs(hidden))
    del hidden
    u.ge_(0)
    if problem.slope:
        u.clamp_(min=problem.slope)
    u.view(problem.each).mul_(p.unsqueeze(-2))
    return value
