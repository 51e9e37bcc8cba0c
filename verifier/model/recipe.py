"""How a network is trained: the schedule of steps, the loss, and what the theory needs of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Real

from verifier.errors import number, require
from verifier.model.losses import Identity, Loss
from verifier.model.network import check_slope


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
        require(
            isinstance(self.steps, tuple | list),
            "steps",
            self.steps,
            "must be a tuple of step sizes",
        )
        require(len(self.steps) >= 1, "steps", self.steps, "must hold at least one step size")
        try:
            steps = tuple(float(eta) if isinstance(eta, Real) else math.nan for eta in self.steps)
        except OverflowError:
            steps = (math.inf,)
        require(
            all(0 <= eta < math.inf for eta in steps),
            "steps",
            self.steps,
            "step sizes must be finite and non-negative",
        )
        object.__setattr__(self, "steps", steps)
        good = isinstance(self.loss, Loss) and not isinstance(self.loss, type)
        require(good, "loss", self.loss, "must offer name, value, derivative")
        number("momentum", self.momentum, lambda mu: 0 <= mu < 1, "must lie in [0, 1)")
        require(isinstance(self.train_bias, bool), "train_bias", self.train_bias, "must be a bool")
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
