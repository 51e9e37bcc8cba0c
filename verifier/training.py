"""Full-batch gradient descent and, on request, the path weights of theory section 2.

One step moves `(W, b)` by minus the step size times the gradient of
`(1/N) sum_n ell(-y_n f(x_n))`, through torch's heavy ball when there is momentum; the readout `a`
is frozen. The path itself is never stored: only what the theory needs of it.

Neurons meet only in the output. With the identity loss they do not meet at all, so that a block of
them makes all its steps while it lies in cache; with any other loss each step goes through all
blocks twice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import DivergedError, require
from verifier.losses import Identity, Loss
from verifier.network import (
    Parameters,
    block_elements,
    check_data,
    check_parameters,
    check_slope,
)

HELD = 1 << 26
"""Pre-activations kept within a step; where there are more they are computed twice."""
FEWEST = 256
"""Neurons in a block, if there are so many: matrix products with fewer columns are slow."""

Observer = Callable[[int, slice, Tensor, Tensor, Tensor], None]
"""Called at each step for each block of neurons: step, neurons, `u (..., N, block)`, `f`, `p`."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: step sizes in order, loss, leaky-ReLU slope, momentum, biases.

    `train_bias` is theory's beta: 1 if the hidden biases are trained, 0 if they are frozen.
    """

    steps: tuple[float, ...]
    loss: Loss = field(default_factory=Identity)
    slope: float = 0.0
    momentum: float = 0.0
    train_bias: bool = True

    def __post_init__(self) -> None:
        sequence = isinstance(self.steps, tuple | list)
        require(sequence, "steps", self.steps, "must be a tuple of step sizes")
        require(len(self.steps) >= 1, "steps", self.steps, "must hold at least one step size")
        good = all(
            isinstance(eta, int | float) and math.isfinite(eta) and eta >= 0 for eta in self.steps
        )
        require(good, "steps", self.steps, "step sizes must be finite and non-negative")
        require(
            isinstance(self.loss, Loss), "loss", self.loss, "must offer name, value, derivative"
        )
        require(0 <= self.momentum < 1, "momentum", self.momentum, "must lie in [0, 1)")
        check_slope(self.slope)

    @property
    def beta(self) -> float:
        """1.0 if the hidden biases are trained, else 0.0."""
        return float(self.train_bias)

    def effective_steps(self) -> tuple[float, ...]:
        """`omega_j = sum_{k >= j} eta_k mu^(k-j)`: how far gradient j ends up moving weights."""
        weights, total = [], 0.0
        for eta in reversed(self.steps):
            total = eta + self.momentum * total
            weights.append(total)
        return tuple(reversed(weights))

    @property
    def time(self) -> float:
        """`T = sum_j omega_j`, the effective time of every sample under the identity loss."""
        return math.fsum(self.effective_steps())

    def prefix(self, count: int) -> Recipe:
        """The same recipe stopped after `count` steps."""
        return Recipe(self.steps[:count], self.loss, self.slope, self.momentum, self.train_bias)


@dataclass(frozen=True)
class TrainingRun:
    """Final parameters, effective times `tau (..., N)` and, if recorded, `A (..., m, N)`."""

    params: Parameters
    tau: Tensor
    path_weights: Tensor | None


def train(
    params: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    *,
    path_weights: bool = False,
    observe: Observer | None = None,
) -> TrainingRun:
    """Train `(W, b)` on `X (..., N, d)`, `y (..., N)`; accumulate `tau` and, on request, `A`.

    `tau_n = sum_j omega_j p_n(j)` and `A_in = sum_j omega_j p_n(j) phi'(u_i(x_n; j))`, with
    `p_n(j) = ell'(-y_n f_j(x_n))` (theory sections 1 and 2). Beside `A` no array of N m entries is
    held, if these are more than `HELD`.

    Raises `InputError` for bad data or a loss whose derivative is negative, `DivergedError`
    naming the step once an output or a loss derivative is not finite.
    """
    check_parameters(params)
    check_data(X, y, params)
    networks, N, m = params.a.shape[:-1], X.shape[-2], params.width
    tau = X.new_zeros(*networks, N)
    A = X.new_zeros(*networks, N, m) if path_weights else None
    theta = torch.cat((params.W.mT, params.b.unsqueeze(-2)), dim=-2)
    readout = params.a / math.sqrt(m)
    samples = torch.cat((X, torch.ones_like(X[..., :1])), dim=-1)
    if observe is not None:
        _descend_together(_Descent(theta, readout, samples, y, tau, A), recipe, observe)
    else:
        for index in itertools.product(*map(range, networks)):
            own = samples[index] if X.ndim > 2 else samples
            labels = y[index] if y.ndim > 1 else y
            weights = None if A is None else A[index]
            one = _Descent(theta[index], readout[index], own, labels, tau[index], weights)
            if type(recipe.loss) is not Identity:
                _descend_together(one, recipe)
                continue
            start = one._replace(theta=one.theta.clone())
            _descend_alone(one, recipe)
            if not bool(torch.isfinite(one.theta).all()):
                _descend_together(start, recipe)  # says at which step
                raise DivergedError(len(recipe.steps) - 1, "a weight")
    W, b = theta[..., :-1, :].mT.contiguous(), theta[..., -1, :].clone()
    return TrainingRun(Parameters(W, b, params.a.clone()), tau, None if A is None else A.mT)


class _Descent(NamedTuple):
    """What a descent reads, and what it changes in place: theta, tau and A.

    `theta (..., d+1, m)`: neurons are columns, the bias comes last. `readout (..., m)`: over
    sqrt m. `samples (..., N, d+1)`: the last column is 1. `A (..., N, m)`.
    """

    theta: Tensor
    readout: Tensor
    samples: Tensor
    y: Tensor
    tau: Tensor
    A: Tensor | None


def _descend_alone(descent: _Descent, recipe: Recipe) -> None:
    """All steps of one network under the identity loss, block by block."""
    theta, readout, samples, y, tau, A = descent
    tau += recipe.time
    signed = (samples * (y / len(y)).unsqueeze(-1)).T
    for block in _blocks(theta, len(samples)):
        start, weights = theta[:, block], None if A is None else A[:, block]
        start.copy_(_block_alone(start.clone(), readout[block], samples, signed, recipe, weights))


def _block_alone(
    theta: Tensor,
    readout: Tensor,
    samples: Tensor,
    signed: Tensor,
    recipe: Recipe,
    A: Tensor | None,
) -> Tensor:
    """The neurons `theta (d+1, R)` after all steps along `sum_n y_n phi'(u_in) x_n`."""
    u = theta.new_empty(len(samples), theta.shape[1])
    pull = torch.empty_like(theta)
    velocity = torch.zeros_like(theta) if recipe.momentum else None
    weights = None if A is None else torch.zeros_like(u)
    for eta, omega in zip(recipe.steps, recipe.effective_steps(), strict=True):
        pattern = _pattern_of(torch.mm(samples, theta, out=u), recipe.slope)
        if weights is not None:
            weights.add_(pattern, alpha=omega)
        torch.mm(signed, pattern, out=pull)
        _move(theta, readout, pull, eta, recipe, velocity)
    if A is not None and weights is not None:
        A.copy_(weights)
    return theta


def _descend_together(descent: _Descent, recipe: Recipe, observe: Observer | None = None) -> None:
    """All steps of any loss: outputs from all blocks first, then each block moves."""
    theta, readout, samples, y, tau, A = descent
    N = samples.shape[-2]
    velocity = torch.zeros_like(theta) if recipe.momentum else None
    blocks = _blocks(theta, N)
    hold = theta[..., 0, :].numel() * N <= HELD
    for step, (eta, omega) in enumerate(zip(recipe.steps, recipe.effective_steps(), strict=True)):
        f, held = torch.zeros_like(tau), []
        for block in blocks:
            u = samples @ theta[..., block]
            hidden = torch.nn.functional.leaky_relu(u, recipe.slope)
            f += (hidden @ readout[..., block, None]).squeeze(-1)
            held.append(u if hold else None)
        p = recipe.loss.derivative(-y * f)
        _check_step(step, f, p, recipe.loss)
        tau += omega * p
        pulls = (p * y / N).unsqueeze(-1)
        for block, kept in zip(blocks, held, strict=True):
            u = samples @ theta[..., block] if kept is None else kept
            if observe is not None:
                observe(step, block, u, f, p)
            pattern = _pattern_of(u if observe is None else u.clone(), recipe.slope)
            if A is not None:
                A[..., block].addcmul_(pattern, (omega * p).unsqueeze(-1))
            past = None if velocity is None else velocity[..., block]
            pull = samples.mT @ pattern.mul_(pulls)
            _move(theta[..., block], readout[..., None, block], pull, eta, recipe, past)
    if not bool(torch.isfinite(theta).all()):
        raise DivergedError(len(recipe.steps) - 1, "a weight")


def _blocks(theta: Tensor, N: int) -> list[slice]:
    """Neurons that are moved at a time: few enough for the cache, enough for a product to pay."""
    *networks, columns, m = theta.shape
    size = block_elements(theta.device) // ((N + columns) * math.prod(networks))
    size = max(size, FEWEST)
    return [slice(i, min(i + size, m)) for i in range(0, m, size)]


def _pattern_of(u: Tensor, slope: float) -> Tensor:
    """`phi'(u)`, in the place of u."""
    u.ge_(0)
    return u.clamp_(min=slope) if slope else u


def _move(
    theta: Tensor,
    readout: Tensor,
    pull: Tensor,
    eta: float,
    recipe: Recipe,
    velocity: Tensor | None,
) -> None:
    """One step along `readout * pull`, or along the velocity that it adds to, in place."""
    if not recipe.train_bias:
        pull[..., -1, :] = 0.0
    if velocity is None:
        theta.addcmul_(readout, pull, value=eta)
    else:
        velocity.mul_(recipe.momentum).addcmul_(readout, pull)
        theta.add_(velocity, alpha=eta)


def _check_step(step: int, f: Tensor, p: Tensor, loss: Loss) -> None:
    for quantity, value in (("the output", f), ("the loss derivative", p)):
        if not bool(torch.isfinite(value).all()):
            raise DivergedError(step, quantity)
    found = f"{loss.name!r}, whose derivative is {float(p.min()):.3g} somewhere"
    require(bool((p >= 0).all()), "loss", found, "must be non-decreasing")
