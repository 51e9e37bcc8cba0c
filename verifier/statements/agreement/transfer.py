"""R6x: how alike the input gradients of two networks are that share nothing but their samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from verifier.kernel.prediction import sharpened_direction
from verifier.model.network import activation_pattern

NEURONS = 200
"""Over how many neurons at a point's kink a scatter is averaged: to some per cent."""


def scatter_rate(
    z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float, generator: Generator
) -> Tensor:
    """R3c's `c/T = (2/pi)(1-gamma)^2 E[|q| |w|^2 | u(z) = 0]/sqrt(s_z)` at `z (P, d)`, (P,)."""
    d = z.shape[1]
    drawn = torch.randn(
        len(z), NEURONS, d + 1, generator=generator, dtype=torch.float64, device="cpu"
    ).to(z)
    lifted, samples = (
        torch.cat((x / math.sqrt(d), torch.ones_like(x[:, :1])), dim=1) for x in (z, X)
    )
    size = torch.linalg.vector_norm(lifted, dim=1)
    unit = (lifted / size[:, None])[:, None]
    at_kink = drawn - (drawn * unit).sum(dim=2, keepdim=True) * unit
    pulls = y * (z @ X.T + beta) / len(y)  # (P, N)
    q = (activation_pattern(at_kink @ samples.T, slope) * pulls[:, None]).sum(dim=2)
    square = at_kink[..., :-1].square().sum(dim=2) / d
    return 2 / math.pi * (1 - slope) ** 2 * (q.abs() * square).mean(dim=1) / size


@dataclass(frozen=True)
class Transfer:
    """Pairs of networks trained on the same samples under the identity loss.

    `square`, `rate`: `|h|^2` and R3c's `c/T` at points of any shape, float64. Altered statements
    subclass this: each formula is one method.
    """

    square: Tensor
    rate: Tensor
    slope: float

    @classmethod
    def at(
        cls, z: Tensor, X: Tensor, y: Tensor, slope: float, beta: float, generator: Generator
    ) -> Transfer:
        """At points `z (P, d)`, no samples, for networks trained on `X (N, d)`, `y (N,)`."""
        h = sharpened_direction(z, X, y, slope, beta)
        rate = scatter_rate(z, X, y, slope, beta, generator)
        return cls(h.square().sum(dim=1), rate, slope)

    def start(self) -> float:
        """`E|nabla f_0|^2 = (1+gamma^2)/2`."""
        return (1 + self.slope**2) / 2

    def scatter(self, time: float, width: int) -> Tensor:
        """`c/sqrt m`."""
        return time * self.rate / math.sqrt(width)

    def product(self, first: float, second: float) -> Tensor:
        """`E <nabla f_T, nabla f'_T'> = T T' |h|^2`, exact but for O(1/m)."""
        return first * second * self.square

    def length(self, time: float, width: int) -> Tensor:
        """`D = sqrt(T^2 |h|^2 + (1+gamma^2)/2 + c/sqrt m)`."""
        square = time**2 * self.square + self.start() + self.scatter(time, width)
        return square.sqrt()

    def cosine(self, first: tuple[float, int], second: tuple[float, int]) -> Tensor:
        """`T T' |h|^2/(D D')` of networks with these times and widths."""
        return self.product(first[0], second[0]) / (self.length(*first) * self.length(*second))
