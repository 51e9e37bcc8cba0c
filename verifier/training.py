"""Full-batch gradient descent and, on request, the path weights of theory section 2.

One step moves `(W, b)` by minus the step size times the gradient of
`(1/N) sum_n ell(-y_n f(x_n))`, through torch's heavy ball when there is momentum; the readout `a`
is frozen. The path itself is never stored: only what the theory needs of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from verifier.errors import DivergedError, require
from verifier.losses import Identity, Loss
from verifier.network import (
    Parameters,
    activation_pattern,
    block_elements,
    check_data,
    check_parameters,
    check_slope,
    preactivation,
)

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
    `p_n(j) = ell'(-y_n f_j(x_n))` (theory sections 1 and 2). Neurons meet only in the output, so
    they are worked on in blocks: beside `A` no array of N m entries is held.

    Raises `InputError` for bad data or a loss whose derivative is negative, `DivergedError`
    naming the step once an output or a loss derivative is not finite.
    """
    check_parameters(params)
    check_data(X, y, params)
    state = params.clone()
    velocity = [torch.zeros_like(t) for t in (state.W, state.b)] if recipe.momentum else None
    N, m, scale = X.shape[-2], params.width, math.sqrt(params.width)
    batch = torch.broadcast_shapes(state.W.shape[:-2], X.shape[:-2])
    tau = torch.zeros(*batch, N, dtype=X.dtype, device=X.device)
    A = torch.zeros(*batch, N, m, dtype=X.dtype, device=X.device) if path_weights else None
    size = max(1, block_elements(X.device) // (N * math.prod(batch)))
    blocks = [slice(i, min(i + size, m)) for i in range(0, m, size)]

    for step, (eta, omega) in enumerate(zip(recipe.steps, recipe.effective_steps(), strict=True)):
        f = torch.zeros_like(tau)
        for block in blocks:
            u = preactivation(_neurons(state, block), X)
            hidden = torch.nn.functional.leaky_relu(u, recipe.slope)
            f += (hidden @ state.a[..., block, None]).squeeze(-1)
        f /= scale
        p = recipe.loss.derivative(-y * f)
        _check_step(step, f, p, recipe.loss)
        tau += omega * p
        for block in blocks:
            part = _neurons(state, block)
            if len(blocks) > 1:
                u = preactivation(part, X)
            if observe is not None:
                observe(step, block, u, f, p)
            pattern = activation_pattern(u, recipe.slope)
            if A is not None:
                A[..., block] += pattern * (omega * p).unsqueeze(-1)
            descent = pattern.mul_((p * y / N).unsqueeze(-1)).mT  # (..., block, N)
            readout = part.a / scale
            moves = [readout.unsqueeze(-1) * (descent @ X)]
            if recipe.train_bias:
                moves.append(readout * descent.sum(dim=-1))
            for k, move in enumerate(moves):
                if velocity is not None:
                    past = velocity[k][..., block, :] if k == 0 else velocity[k][..., block]
                    move = past.mul_(recipe.momentum).add_(move)
                part[k].add_(move, alpha=eta)

    if not all(bool(torch.isfinite(t).all()) for t in state):
        raise DivergedError(len(recipe.steps) - 1, "a weight")
    return TrainingRun(state, tau, None if A is None else A.mT)


def _neurons(params: Parameters, block: slice) -> Parameters:
    """Views of the neurons in `block`."""
    W, b, a = params
    return Parameters(W[..., block, :], b[..., block], a[..., block])


def _check_step(step: int, f: Tensor, p: Tensor, loss: Loss) -> None:
    for quantity, value in (("the output", f), ("the loss derivative", p)):
        if not bool(torch.isfinite(value).all()):
            raise DivergedError(step, quantity)
    found = f"{loss.name!r}, whose derivative is {float(p.min()):.3g} somewhere"
    require(bool((p >= 0).all()), "loss", found, "must be non-decreasing")
