"""The law of one fresh neuron by quadrature over directions, for P2m.

`a` and the standardised pre-activations are standard normal, so in any plane of two of them they
are `R (cos t, sin t)`, with t uniform and `E R^2k = 2^k k!`. Between the kinks everything is a
polynomial of sines and cosines, which Gauss-Legendre quadrature integrates to rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)

Of = Callable[[Tensor], Tensor]


def over_arc(value: Of, start: Tensor, end: Tensor) -> Tensor:
    """The integral of `value(t)`, smooth, from start to end, each of any one shape."""
    nodes, weights = (start.new_tensor(v.tolist()) for v in (_NODES, _WEIGHTS))
    half = ((end - start) / 2).unsqueeze(-1)
    return (value(start.unsqueeze(-1) + half * (1 + nodes)) * half) @ weights


def radial(k: int) -> float:
    """`E R^2k = 2^k k!`."""
    return 2.0**k * math.factorial(k)


@dataclass(frozen=True)
class TwoPoints:
    """Pre-activations of one neuron at two points whose lifted directions have angle theta."""

    theta: Tensor
    slope: float

    def mean(self, value: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """Of `value(u, v)` at `u = cos t`, `v = cos(t - theta)`, t uniform; the shape of theta."""
        quarter = torch.full_like(self.theta, math.pi / 2)
        kinks = (-quarter, self.theta - quarter, quarter, self.theta + quarter, 3 * quarter)

        def at(t: Tensor) -> Tensor:
            return value(t.cos(), (t - self.theta.unsqueeze(-1)).cos())

        arcs = [over_arc(at, *arc) for arc in pairwise(kinks)]
        return torch.stack(arcs).sum(dim=0) / (2 * math.pi)

    def pattern(self, u: Tensor) -> Tensor:
        """`phi'(u)`."""
        return torch.ones_like(u).masked_fill(u < 0, self.slope)

    def patterns(self, k: int) -> Tensor:
        """`E (phi'(u) phi'(v))^k`."""
        return self.mean(lambda u, v: (self.pattern(u) * self.pattern(v)) ** k)

    def outputs(self, j: int, k: int) -> Tensor:
        """`E phi(u)^j phi(v)^k` of standard normal u, v, for even `j + k`."""
        values = self.mean(lambda u, v: (self.pattern(u) * u) ** j * (self.pattern(v) * v) ** k)
        return radial((j + k) // 2) * values


@dataclass(frozen=True)
class Flips:
    """`a = R cos t` and `u/sqrt(s) = R sin t`: the neuron flips where `|tan t| <= h`."""

    h: Tensor

    def _mean(self, value: Of) -> Tensor:
        alpha = torch.atan(self.h)
        return 4 * over_arc(value, torch.zeros_like(alpha), alpha) / (2 * math.pi)

    def mass(self, k: int) -> Tensor:
        """`E (a^2 flip)^k`."""
        return radial(k) * self._mean(lambda t: t.cos() ** (2 * k))

    def excess(self, k: int) -> Tensor:
        """`E (|a| max(h |a| - |u|/sqrt(s), 0))^k`."""
        h = self.h.unsqueeze(-1)
        return radial(k) * self._mean(lambda t: (t.cos() * (h * t.cos() - t.sin())) ** k)


def of_mean(raw: list[Tensor], width: int) -> tuple[Tensor, Tensor]:
    """Variance and fourth central moment of a mean of independent terms, by cumulants.

    `raw`: the terms' moments 1 to 4, or 1 and 2, and then the second result is zero.
    """
    m1, m2, *more = raw
    second = m2 - m1**2
    if not more:
        return second / width, torch.zeros_like(second)
    m3, m4 = more
    fourth = m4 - 4 * m3 * m1 - 3 * m2**2 + 12 * m2 * m1**2 - 6 * m1**4
    return second / width, fourth / width**3 + 3 * (second / width) ** 2
