"""Losses `ell`, as functions of `s = -y f(x)`; training needs only `ell'`.

The paper admits any differentiable non-decreasing `ell`. A user's own loss is any object with
the attributes of `Loss`. Predictions without training ask for those of `SmoothLoss` too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from verifier.errors import InputError, require


@runtime_checkable
class Loss(Protocol):
    """A differentiable non-decreasing function of `s = -y f(x)`, elementwise on tensors."""

    @property
    def name(self) -> str:
        """What reports call it."""

    def value(self, s: Tensor) -> Tensor:
        """`ell(s)`, same shape and dtype."""

    def derivative(self, s: Tensor) -> Tensor:
        """`ell'(s) >= 0`, same shape and dtype."""


@runtime_checkable
class SmoothLoss(Loss, Protocol):
    """A loss that says how steep it is and how it bends."""

    @property
    def steepest(self) -> float:
        """`L_0 = sup ell'`, infinite if there is none."""

    @property
    def sharpest(self) -> float:
        """`L = sup ell''` if `ell` is convex; infinite if there is none, or if it is not."""

    def second_derivative(self, s: Tensor) -> Tensor:
        """`ell''(s)`, same shape and dtype."""


@dataclass(frozen=True)
class Identity:
    """`ell(s) = s`: every effective time is the schedule's total `T`."""

    name: str = "identity"

    def value(self, s: Tensor) -> Tensor:
        """`s`."""
        return s

    def derivative(self, s: Tensor) -> Tensor:
        """One."""
        return torch.ones_like(s)

    @property
    def steepest(self) -> float:
        """See `SmoothLoss`."""
        return 1.0

    @property
    def sharpest(self) -> float:
        """See `SmoothLoss`."""
        return 0.0

    def second_derivative(self, s: Tensor) -> Tensor:
        """Zero."""
        return torch.zeros_like(s)


@dataclass(frozen=True)
class Logistic:
    """`ell(s) = log(1 + e^s)`, without overflow for any s."""

    name: str = "logistic"

    def value(self, s: Tensor) -> Tensor:
        """`log(1 + e^s)`."""
        return torch.logaddexp(s, torch.zeros_like(s))

    def derivative(self, s: Tensor) -> Tensor:
        """`1 / (1 + e^-s)`."""
        return torch.sigmoid(s)

    @property
    def steepest(self) -> float:
        """See `SmoothLoss`."""
        return 1.0

    @property
    def sharpest(self) -> float:
        """See `SmoothLoss`."""
        return 0.25

    def second_derivative(self, s: Tensor) -> Tensor:
        """`1 / (e^(s/2) + e^(-s/2))^2`."""
        return torch.sigmoid(s) * torch.sigmoid(-s)


@dataclass(frozen=True)
class Exponential:
    """`ell(s) = e^s`; training with it diverges easily, and says so when it does."""

    name: str = "exponential"

    def value(self, s: Tensor) -> Tensor:
        """`e^s`."""
        return torch.exp(s)

    def derivative(self, s: Tensor) -> Tensor:
        """`e^s`."""
        return torch.exp(s)

    @property
    def steepest(self) -> float:
        """See `SmoothLoss`."""
        return math.inf

    @property
    def sharpest(self) -> float:
        """See `SmoothLoss`."""
        return math.inf

    def second_derivative(self, s: Tensor) -> Tensor:
        """`e^s`."""
        return torch.exp(s)


@dataclass(frozen=True)
class Mixture:
    """`c s + v softplus(r s) / r + w tanh(r (s - o)) / r`: a user's own loss, not convex if w > 0.

    All of `c, v, w >= 0` and `r > 0`, so that it is non-decreasing.
    """

    linear: float
    convex: float
    bounded: float
    rate: float
    offset: float
    name: str = "mixture"

    def __post_init__(self) -> None:
        for part in ("linear", "convex", "bounded"):
            require(getattr(self, part) >= 0, part, getattr(self, part), "must be non-negative")
        require(self.rate > 0, "rate", self.rate, "must be positive")
        for part in ("linear", "convex", "bounded", "rate", "offset"):
            require(math.isfinite(getattr(self, part)), part, getattr(self, part), "must be finite")

    def value(self, s: Tensor) -> Tensor:
        """The sum of the three parts."""
        r = self.rate
        u = 2 * r * (s - self.offset)
        # tanh(u/2) in a form whose autograd keeps all digits of a small slope in both tails
        tanh = torch.where(u >= 0, 1 - 2 * torch.sigmoid(-u), 2 * torch.sigmoid(u) - 1)
        softplus = torch.logaddexp(r * s, torch.zeros_like(s))
        return self.linear * s + self.convex * softplus / r + self.bounded * tanh / r

    def derivative(self, s: Tensor) -> Tensor:
        """`c + v sigmoid(r s) + w / cosh(r (s - o))^2`."""
        r = self.rate
        tail = torch.exp(-2 * (r * (s - self.offset)).abs())
        slope_of_tanh = 4 * tail / (1 + tail) ** 2  # 1/cosh^2 without cancellation or overflow
        return self.linear + self.convex * torch.sigmoid(r * s) + self.bounded * slope_of_tanh

    @property
    def steepest(self) -> float:
        """See `SmoothLoss`; attained at most in part."""
        return self.linear + self.convex + self.bounded

    @property
    def sharpest(self) -> float:
        """See `SmoothLoss`."""
        return math.inf if self.bounded else self.convex * self.rate / 4

    def second_derivative(self, s: Tensor) -> Tensor:
        """`v r sigmoid'(r s) - 2 w r tanh(r (s - o)) / cosh(r (s - o))^2`."""
        r = self.rate
        u = r * (s - self.offset)
        tail = torch.exp(-2 * u.abs())
        bend = 4 * tail / (1 + tail) ** 2 * torch.tanh(u)
        curved = torch.sigmoid(r * s) * torch.sigmoid(-r * s)
        return r * (self.convex * curved - 2 * self.bounded * bend)


LOSSES: dict[str, type[Any]] = {
    "identity": Identity,
    "logistic": Logistic,
    "exponential": Exponential,
    "mixture": Mixture,
}


def named_loss(name: str, **constants: float) -> Loss:
    """The built-in loss called `name`, with its constants if it has any; raises `InputError`."""
    require(name in LOSSES, "loss", repr(name), f"must be one of {', '.join(LOSSES)}")
    try:
        loss: Loss = LOSSES[name](**constants)
    except TypeError as problem:
        raise InputError(
            "loss_constants", constants, f"must be those of {name}: {problem}"
        ) from None
    return loss
