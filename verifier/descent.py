"""The steps of gradient descent in their two exact forms, whichever takes fewer operations.

*Primal*: the state is the weights, and a step takes two products with the samples, 4 N d m
operations. *Gram*: a step moves weights only along the samples, `theta = theta(0) + readout X^T C`,
so the state may be C, and a step takes one product with the Gram matrix, 2 N^2 m operations.

Neurons meet only in the output. With the identity loss they do not meet at all, so that a block of
them makes all its steps while it lies in cache; with any other loss each step goes through all
blocks twice. No step but the first waits for a GPU: whether
anything went wrong later is asked once, at the end.

Memory beside samples, parameters and `A`: a few blocks; with another loss than the identity also
the pre-activations, up to `HELD`; in Gram form N^2 numbers, at most twice the samples, and with
another loss C, which is as large as the pre-activations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import DivergedError, require
from verifier.losses import Identity, Loss
from verifier.network import Parameters, all_finite, block_elements
from verifier.recipe import Recipe

HELD = 1 << 26
"""Pre-activations kept within a step; where there are more they are computed twice."""
FEWEST = 512
"""Neurons in a block, if there are so many: matrix products with fewer columns are slow."""
NARROW = 512
"""Up to this dimension samples are copied to save passes over the pre-activations."""
SAVING = 1 << 26
"""Operations below whose saving the Gram form is not taken: a replay is then bit for bit."""

Observer = Callable[[int, slice, Tensor, Tensor, Tensor], None]
"""Called at each step for each block of neurons: step, neurons, `u (..., N, block)`, `f`, `p`."""


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
        return [slice(i, min(i + size, m)) for i in range(0, m, size)]


def gram_pays(problem: Problem, recipe: Recipe) -> bool:
    """Whether the Gram form takes far fewer operations for each network, and memory holds it.

    Never where `A` is asked for: weights summed up from A would not witness it.
    """
    N, d, m = problem.tau.shape[-1], problem.start.dimension, problem.start.width
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
    return torch.addmm(X.new_tensor(recipe.beta), X, X.T)


class _Primal:
    """A block of neurons as columns `theta (..., d+1, R)`, the bias last."""

    def __init__(self, problem: Problem, block: slice, recipe: Recipe) -> None:
        W, b, a = problem.start
        self.problem, self.block, self.recipe = problem, block, recipe
        self.ones = problem.samples.shape[-1] > problem.start.dimension
        self.readout = (a[..., block] / math.sqrt(a.shape[-1])).unsqueeze(-2)
        self.theta = torch.cat((W[..., block, :].mT, b[..., None, block]), dim=-2)
        self.pull = torch.empty_like(self.theta)
        self.velocity = torch.zeros_like(self.theta) if recipe.momentum else None

    def read(self, out: Tensor) -> Tensor:
        """The pre-activations `u (..., N, R)`."""
        if self.ones:
            return torch.matmul(self.problem.samples, self.theta, out=out)
        weights, bias = self.theta[..., :-1, :], self.theta[..., -1:, :]
        return torch.matmul(self.problem.samples, weights, out=out).add_(bias)

    def move(self, weighted: Tensor, eta: float) -> None:
        """One step, of `weighted = phi'(u) p_n y_n / N`."""
        pull = self._pull(weighted)
        if self.velocity is None:
            self.theta.addcmul_(self.readout, pull, value=eta)
        else:
            self.velocity.mul_(self.recipe.momentum).addcmul_(self.readout, pull)
            self.theta.add_(self.velocity, alpha=eta)

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


class _Gram(_Primal):
    """The same neurons as `theta(0) + readout X^T C`, with `C (N, R)`."""

    def __init__(self, problem: Problem, block: slice, recipe: Recipe, gram: Tensor) -> None:
        super().__init__(problem, block, recipe)
        self.gram, self.C = gram, problem.samples.new_zeros(len(gram), self.theta.shape[1])
        self.first = super().read(torch.empty_like(self.C))
        self.velocity = torch.zeros_like(self.C) if recipe.momentum else None

    def read(self, out: Tensor) -> Tensor:
        product = torch.mm(self.gram, self.C, out=out)
        return torch.addcmul(self.first, self.readout, product, out=out)

    def move(self, weighted: Tensor, eta: float) -> None:
        if self.velocity is not None:
            weighted = self.velocity.mul_(self.recipe.momentum).add_(weighted)
        self.C.add_(weighted, alpha=eta)

    def finish(self) -> None:
        self.theta.addcmul_(self.readout, self._pull(self.C))
        super().finish()


def _neurons(problem: Problem, block: slice, recipe: Recipe, gram: Tensor | None) -> _Primal:
    if gram is None:
        return _Primal(problem, block, recipe)
    return _Gram(problem, block, recipe, gram)


def descend_alone(problem: Problem, recipe: Recipe, gram: Tensor | None = None) -> None:
    """All steps under the identity loss, block by block of neurons."""
    problem.tau.fill_(recipe.time)
    share = (problem.y / problem.y.shape[-1]).unsqueeze(-1)
    for block in problem.blocks():
        neurons = _neurons(problem, block, recipe, gram)
        u = _room(problem.tau, block)
        weights = None if problem.A is None else torch.zeros_like(u)
        for eta, omega in zip(recipe.steps, recipe.effective_steps(), strict=True):
            pattern = _pattern_of(neurons.read(u), recipe.slope)
            if weights is not None:
                weights.add_(pattern, alpha=omega)
            neurons.move(pattern.mul_(share), eta)
        neurons.finish()
        if problem.A is not None and weights is not None:
            problem.A[..., block] = weights
    if not _finite(problem.end):
        _name_the_step(problem, recipe)


def descend_together(
    problem: Problem,
    recipe: Recipe,
    gram: Tensor | None = None,
    observe: Observer | None = None,
) -> None:
    """All steps under any loss: outputs from all blocks first, then each block moves."""
    y, tau, A, loss = problem.y, problem.tau, problem.A, recipe.loss
    N, blocks = y.shape[-1], problem.blocks()
    neurons = [_neurons(problem, block, recipe, gram) for block in blocks]
    hold = problem.start.a.numel() * N <= HELD
    wide, active = _room(tau, blocks[0]), _room(tau, blocks[0])
    rooms = [_room(tau, b) if hold else wide[..., : b.stop - b.start] for b in blocks]
    share, sound, least = y / N, torch.zeros_like(tau), torch.zeros_like(tau)
    for step, (eta, omega) in enumerate(zip(recipe.steps, recipe.effective_steps(), strict=True)):
        f = torch.zeros_like(tau)
        for some, u in zip(neurons, rooms, strict=True):
            hidden = active[..., : u.shape[-1]]
            torch.ops.aten.leaky_relu(some.read(u), recipe.slope, out=hidden)
            f += (hidden @ some.readout.mT).squeeze(-1)
        p = loss.derivative(-y * f)
        if step == 0 or observe is not None:
            _check_step(step, f, p, loss)
        sound.add_(f, alpha=0.0)  # NaN once an output is not finite
        torch.minimum(least, p, out=least)
        tau.add_(p, alpha=omega)
        weights = (p * share).unsqueeze(-1)
        for block, some, kept in zip(blocks, neurons, rooms, strict=True):
            u = kept if hold else some.read(kept)
            if observe is not None:
                observe(step, block, u.clone(), f, p)
            pattern = _pattern_of(u, recipe.slope)
            if A is not None:
                A[..., block].addcmul_(pattern, (omega * p).unsqueeze(-1))
            some.move(pattern.mul_(weights), eta)
    for some in neurons:
        some.finish()
    if observe is None:
        wrong = float(least.min()) < 0 or not all_finite(sound + tau)
        if wrong or not _finite(problem.end):
            _name_the_step(problem, recipe)


def _room(tau: Tensor, block: slice) -> Tensor:
    return tau.new_empty(*tau.shape, block.stop - block.start)


def _pattern_of(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`, in the place of u."""
    u.ge_(0)
    return u.clamp_(min=slope) if slope else u


def _finite(params: Parameters) -> bool:
    return all_finite(params.W) and all_finite(params.b)


def _name_the_step(problem: Problem, recipe: Recipe) -> None:
    """Make the steps once more, looking at each, until one shows what went wrong; always raises."""
    again = problem._replace(tau=torch.zeros_like(problem.tau), A=None)
    descend_together(again, recipe, observe=lambda *_: None)
    raise DivergedError(len(recipe.steps) - 1, "a weight")


def _check_step(step: int, f: Tensor, p: Tensor, loss: Loss) -> None:
    same = isinstance(p, Tensor) and p.shape == f.shape and p.dtype == f.dtype
    found = f"{loss.name!r}, whose derivative is {getattr(p, 'dtype', type(p).__name__)} "
    found += f"{tuple(getattr(p, 'shape', ()))} for s of {f.dtype} {tuple(f.shape)}"
    require(same, "loss", found, "must keep shape and dtype")
    for quantity, value in (("the output", f), ("the loss derivative", p)):
        if not bool(torch.isfinite(value).all()):
            raise DivergedError(step, quantity)
    found = f"{loss.name!r}, whose derivative is {float(p.min()):.3g} somewhere"
    require(bool((p >= 0).all()), "loss", found, "must be non-decreasing")
