"""Losses and activations by Python's own numbers, for F1; autograd differentiates their values."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.deep import ACTIVATIONS
from verifier.model.losses import LOSSES, Mixture
from verifier.trial.trial import Trial

_FEW = 16  # rounding errors of a value, of the size 1 or its own
_POINTS = (-30.0, -3.0, -0.5, 0.0, 0.25, 0.5, 2.0, 30.0)
_MIXTURE = Mixture(linear=0.25, convex=0.5, bounded=2.0, rate=1.5, offset=0.5)


@dataclass(frozen=True)
class OwnLosses:
    """`ell(s)` and `ell'(s)` of each loss, by its name."""

    def identity(self, s: float) -> tuple[float, float]:
        """`s`."""
        return s, 1.0

    def logistic(self, s: float) -> tuple[float, float]:
        """`log(1 + e^s)`."""
        return max(s, 0.0) + math.log1p(math.exp(-abs(s))), 1 / (1 + math.exp(-s))

    def exponential(self, s: float) -> tuple[float, float]:
        """`e^s`."""
        return math.exp(s), math.exp(s)

    def mixture(self, s: float) -> tuple[float, float]:
        """`c s + v softplus(r s)/r + w tanh(r (s - o))/r`."""
        m = _MIXTURE
        softplus, sigmoid = self.logistic(m.rate * s)
        u = m.rate * (s - m.offset)
        value = m.linear * s + (m.convex * softplus + m.bounded * math.tanh(u)) / m.rate
        return value, m.linear + m.convex * sigmoid + m.bounded / math.cosh(u) ** 2


OWN_ACTIVATIONS: dict[str, Callable[[float, float], float]] = {
    "leaky relu": lambda u, slope: u if u >= 0 else slope * u,
    "tanh": lambda u, _: math.tanh(u),
    "softplus": lambda u, _: max(u, 0.0) + math.log1p(math.exp(-abs(u))),
    "sine": lambda u, _: math.sin(u),
}


def activations(trial: Trial, out: Comparisons) -> None:
    """What deep networks have between their layers, at the same points."""
    u, slope = trial.draw.X.new_tensor(_POINTS), trial.configuration.slope
    for name, activation in ACTIVATIONS.items():
        wanted = u.new_tensor([OWN_ACTIVATIONS[name](each, slope) for each in _POINTS])
        bound = _FEW * torch.finfo(u.dtype).eps * (1 + wanted.abs())
        out.identity("activations", activation(u, slope), wanted, bound)


def losses(trial: Trial, out: Comparisons) -> None:
    """Every loss at points of both signs, near and far, and where the mixture's tanh turns."""
    s = trial.draw.X.new_tensor(_POINTS)
    own = trial.theory[OwnLosses]()
    for name, kind in LOSSES.items():
        loss = _MIXTURE if kind is Mixture else kind()
        wanted = s.new_tensor([getattr(own, name)(each) for each in _POINTS])
        bound = _FEW * torch.finfo(s.dtype).eps * (1 + wanted.abs())
        for i, found in enumerate((loss.value(s), loss.derivative(s))):
            part = ("value", "derivative")[i]
            out.identity(f"losses: {part}", found, wanted[:, i], bound[:, i])
