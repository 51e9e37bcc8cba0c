"""A problem of descent, and a step of it in two exact forms, whichever takes fewer operations.

*Primal*: the state is the weights, and a step takes two products with the samples, 4 N d m
operations. *Gram*: a step moves weights only along the samples, `theta = theta(0) + readout X^T C`,
so the state may be C, and a step takes one product with the Gram matrix, 2 N^2 m operations.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.model.device import block_elements
from verifier.model.losses import Identity
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe

HELD = 1 << 26
"""Pre-activations kept within a step; where there are more they are computed twice."""
FEWEST = 512
"""Neurons in a block, if there are so many: matrix products with fewer columns are slow."""
NARROW = 512
"""Up to this dimension samples are copied to save passes over the pre-activations."""
ONCE, EVERY_STEP = 4.0, 0.25
"""Columns of the samples per neuron up to which they are weighed, and not the patterns."""
SAVING = 1 << 26
"""Operations below whose saving the Gram form is not taken: a replay is then bit for bit."""


def with_ones(X: Tensor) -> Tensor:
    """`(X, 1)`: biases at no cost of their own; X itself where a copy would cost more."""
    return X if X.shape[-1] > NARROW else torch.cat((X, torch.ones_like(X[..., :1])), dim=-1)


class Problem(NamedTuple):
    """What a descent reads, and what it writes: `end`, tau and, if recorded, `A (..., N, m)`.

    `samples`: X, or `(X, 1)` (see `with_ones`).
    """

    start: Parameters
    samples: Tensor
    y: Tensor
    end: Parameters
    tau: Tensor
    A: Tensor | None

    def blocks(self) -> list[slice]:
        """Neurons moved at a time: few enough for the cache, enough for a product to pay."""
        N, d = self.samples.shape[-2:]
        size = block_elements(self.y.device) // ((N + d) * math.prod(self.tau.shape[:-1]))
        size, m = max(size, FEWEST), self.start.width
        starts = [i for i in range(0, m, size) if i == 0 or m - i >= FEWEST]
        return [slice(*pair) for pair in pairwise([*starts, m])]


def width_of(block: slice) -> int:
    """How many neurons it has."""
    width: int = block.stop - block.start
    return width


def gram_pays(problem: Problem, recipe: Recipe) -> bool:
    """Whether the Gram form takes far fewer operations for each network, and memory holds it.

    Never where `A` is asked for: weights summed up from A would not witness it.
    """
    N = problem.tau.shape[-1]
    d = problem.start.dimension
    m = problem.start.width
    K = len(recipe.steps)
    primal = K * 4 * N * d * m
    gram = 2 * N * N * d + 4 * N * d * m + K * 2 * N * N * m
    held = type(recipe.loss) is Identity or N * m <= HELD
    return problem.A is None and primal - gram >= SAVING and held


def gram_of(problem: Problem, recipe: Recipe) -> Tensor | None:
    """The Gram matrix (N, N) of one network's samples if `gram_pays`, else None."""
    if not gram_pays(problem, recipe):
        return None
    X = problem.samples[:, : problem.start.dimension]
    return torch.addmm(X.new_full((), recipe.beta), X, X.T)


def leaky(active: Tensor, slope: float) -> Tensor:
    """`phi'(u)` in the place of `active`, its 0 and 1."""
    return active.clamp_(min=slope) if slope else active


class Pull(NamedTuple):
    """How samples pull at a step: by `weights (..., N)`, `p_n y_n / N`, and by those times (x, 1).

    `back (..., d+1, N)`: None where it would cost more than it saves. `rest (..., d+1, 1)`: the
    slope times its sum, by which neurons move where they are not active.
    """

    weights: Tensor
    back: Tensor | None
    rest: Tensor | None


class Pulls:
    """Weighs samples instead of patterns: far less to pass over, and along rows, which is faster.

    So patterns stay 0 and 1, and a slope costs nothing but `rest`.
    """

    def __init__(self, problem: Problem, recipe: Recipe) -> None:
        samples, columns = problem.samples, problem.samples.shape[-1]
        few = ONCE if type(recipe.loss) is Identity else EVERY_STEP
        pays = problem.start.dimension < columns <= few * problem.start.width
        self.slope = recipe.slope
        self.samples = samples.mT.contiguous() if pays else None
        networks = problem.tau.shape[:-1]
        self.back = samples.new_empty(*networks, *samples.mT.shape[-2:]) if pays else None

    def at(self, weights: Tensor) -> Pull:
        """With `weights (..., N)`; in the memory of the one before."""
        if self.samples is None or self.back is None:
            return Pull(weights, None, None)
        torch.mul(self.samples, weights.unsqueeze(-2), out=self.back)
        rest = (
            torch.matmul(self.samples, weights.unsqueeze(-1) * self.slope) if self.slope else None
        )
        return Pull(weights, self.back, rest)


class Primal:
    """A block of neurons as columns `theta (..., d+1, R)`, the bias last."""

    def __init__(self, problem: Problem, block: slice, recipe: Recipe) -> None:
        W, b, a = problem.start
        self.problem, self.block, self.recipe = problem, block, recipe
        self.ones = problem.samples.shape[-1] > problem.start.dimension
        self.readout = (a[..., block] / math.sqrt(a.shape[-1])).unsqueeze(-2)
        self.column = self.readout.mT
        self.theta = torch.cat((W[..., block, :].mT, b[..., None, block]), dim=-2)
        self.pull = torch.empty_like(self.theta)
        self.velocity = torch.zeros_like(self.theta) if recipe.momentum else None

    def read(self, out: Tensor) -> Tensor:
        """The pre-activations `u (..., N, R)`."""
        if self.ones:
            return torch.matmul(self.problem.samples, self.theta, out=out)
        weights, bias = self.theta[..., :-1, :], self.theta[..., -1:, :]
        return torch.matmul(self.problem.samples, weights, out=out).add_(bias)

    def move(self, active: Tensor, pull: Pull, eta: float) -> None:
        """One step; `active (..., N, R)`: where u >= 0, as 0 and 1, which it may write to."""
        moved = self._pulled(active, pull)
        if self.velocity is None:
            self.theta.addcmul_(self.readout, moved, value=eta)
        else:
            self.velocity.mul_(self.recipe.momentum).addcmul_(self.readout, moved)
            self.theta.add_(self.velocity, alpha=eta)

    def _pulled(self, active: Tensor, pull: Pull) -> Tensor:
        """`sum_n (x_n, beta) phi'(u_n) p_n y_n / N`, (..., d+1, R)."""
        slope = self.recipe.slope
        if pull.back is None:
            return self._pull(leaky(active, slope).mul_(pull.weights.unsqueeze(-1)))
        moved = torch.matmul(pull.back, active, out=self.pull)
        if pull.rest is not None:
            moved.mul_(1 - slope).add_(pull.rest)
        if not self.recipe.train_bias:
            moved[..., -1, :] = 0.0
        return moved

    def _pull(self, weighted: Tensor) -> Tensor:
        """`sum_n (x_n, beta) weighted_n`, (..., d+1, R)."""
        back, pull = self.problem.samples.mT, self.pull
        if self.ones:
            torch.matmul(back, weighted, out=pull)
        else:
            torch.matmul(back, weighted, out=pull[..., :-1, :])
            torch.sum(weighted, dim=-2, out=pull[..., -1, :])
        if not self.recipe.train_bias:
            pull[..., -1, :] = 0.0
        return pull

    def finish(self) -> None:
        """Write the weights to where they belong."""
        W, b, _ = self.problem.end
        W[..., self.block, :] = self.theta[..., :-1, :].mT
        b[..., self.block] = self.theta[..., -1, :]


class Gram(Primal):
    """The same neurons as `theta(0) + readout X^T C`, with `C (N, R)`."""

    def __init__(self, problem: Problem, block: slice, recipe: Recipe, gram: Tensor) -> None:
        super().__init__(problem, block, recipe)
        self.gram, self.C = gram, problem.samples.new_zeros(len(gram), self.theta.shape[1])
        self.first = super().read(torch.empty_like(self.C))
        self.velocity = torch.zeros_like(self.C) if recipe.momentum else None

    def read(self, out: Tensor) -> Tensor:
        """See `Primal`."""
        return torch.addcmul(
            self.first, self.readout, torch.mm(self.gram, self.C, out=out), out=out
        )

    def move(self, active: Tensor, pull: Pull, eta: float) -> None:
        """See `Primal`."""
        weighted = leaky(active, self.recipe.slope).mul_(pull.weights.unsqueeze(-1))
        if self.velocity is not None:
            weighted = self.velocity.mul_(self.recipe.momentum).add_(weighted)
        self.C.add_(weighted, alpha=eta)

    def finish(self) -> None:
        """See `Primal`."""
        self.theta.addcmul_(self.readout, self._pull(self.C))
        super().finish()


def neurons_of(problem: Problem, block: slice, recipe: Recipe, gram: Tensor | None) -> Primal:
    """A block of the problem's neurons, in Gram form if there is a Gram matrix."""
    if gram is None:
        return Primal(problem, block, recipe)
    return Gram(problem, block, recipe, gram)
