"""The infinite-width kernel and its gradient, pair by pair, by cross products instead of cosines.

With `e = x - z` and `c_ij = x_i z_j - x_j z_i` Lagrange's identity gives
`s_x s_z - c^2 = |e|^2/d + sum_{i<j} c_ij^2/d^2`: nothing cancels where directions coincide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verifier.trial.trial import Trial

LINEAR = math.sqrt(2 / math.pi)
"""`E[sign(u) u]`."""
FRESH = 4
_OWN = 6
_SHORT, _STRETCHED, _SHORTER = 0.05, 1e8, 0.3
"""So long that of parallel points the last digits of their difference decide the gradient."""


def hard_points(trial: Trial) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points, samples, long and short samples; float32: in float64 their products are exact.

    They coincide, nearly do, oppose each other or vanish. All that are short are near each other.
    """
    X = trial.draw.X[:_OWN].float()
    near = X * (1 + 8 * torch.finfo(X.dtype).eps)
    nothing = torch.zeros_like(X[:1])
    long, near_long = _STRETCHED * X[:2], _STRETCHED * near[:2]
    samples = torch.cat((X, near[:2], -X[:1], nothing))
    fresh, shorter = trial.draw.z[:FRESH].float(), _SHORTER * long
    points = torch.cat((fresh, X, near, -X[:3], nothing, near_long, shorter, -long))
    return points, samples, long, _SHORT * X


@dataclass(frozen=True)
class Pairs:
    """All pairs of `z (P, d)` and `X (N, d)`, float64, whose entries are numbers of float32.

    So differences of neighbours and products of entries are exact.
    """

    z: Tensor
    X: Tensor
    slope: float

    @cached_property
    def root(self) -> Tensor:
        """`sqrt(s_x s_z - c^2)`, (P, N)."""
        d = self.z.shape[1]
        e = torch.linalg.vector_norm(self.difference, dim=2) / math.sqrt(d)
        crossed = torch.linalg.vector_norm(self.crossed, dim=(2, 3)) / math.sqrt(2)
        return torch.hypot(e, crossed / d)

    @cached_property
    def difference(self) -> Tensor:
        """`x - z`, (P, N, d)."""
        return self.X - self.z.unsqueeze(1)

    @cached_property
    def crossed(self) -> Tensor:
        """`x_i z_j - x_j z_i`, (P, N, d, d)."""
        outer = self.X[:, :, None] * self.z[:, None, None, :]
        return outer - outer.mT

    def inner(self) -> Tensor:
        """`<x, z>`, (P, N)."""
        return (self.z.unsqueeze(1) * self.X).sum(dim=2)

    def arc(self) -> float:
        """What multiplies the angle."""
        return (1 - self.slope) ** 2 / (2 * math.pi)

    def phi(self) -> Tensor:
        """`Phi(z, x_n)`, (P, N)."""
        theta = torch.atan2(self.root, self.inner() / self.z.shape[1] + 1)
        return self.slope + (1 - self.slope) ** 2 / 2 - self.arc() * theta

    def k_inf(self, beta: float) -> Tensor:
        """`K_inf(z, x_n)`, (P, N)."""
        return self.phi() * (self.inner() + beta)

    def gradient(self) -> Tensor:
        """`nabla_z Phi(z, x_n)`, (P, N, d); zero at the cusp."""
        d = self.z.shape[1]
        s_z = (self.z.square().sum(dim=1) / d + 1)[:, None, None]
        along = (self.crossed * self.z[:, None, None, :]).sum(dim=3) / d + self.difference
        pull = along / (d * s_z * self.root.unsqueeze(2))
        return self.arc() * pull.masked_fill(self.root.unsqueeze(2) == 0, 0.0)

    def terms(self, draws: Tensor, weights: Tensor, beta: float) -> tuple[Tensor, Tensor]:
        """What each drawn neuron adds to an estimate of `sum_n weights_n K_inf`, and its size.

        draws (M, d+1) -> (P, M) each; the mean of the first over draws is the estimate.
        """
        rest_z, rest_x = (self._beyond_linear(t, draws) for t in (self.z, self.X))
        lever = weights * (self.inner() + beta)
        swing = ((1 - self.slope) / 2) ** 2
        root = self.root
        rho = torch.cos(torch.atan2(root, self.inner() / self.z.shape[1] + 1))
        whole = (lever * (((1 + self.slope) / 2) ** 2 + swing * LINEAR**2 * rho)).sum(dim=1)
        sizes = weights.abs() * (self.lengths(beta))
        drawn = swing * rest_z * (lever @ rest_x)
        return whole.unsqueeze(1) + drawn, sizes.sum(dim=1, keepdim=True) + rest_z.abs() * (
            sizes @ rest_x.abs()
        )

    def _beyond_linear(self, x: Tensor, draws: Tensor) -> Tensor:
        """`sign(u) - sqrt(2/pi) u` of each drawn neuron at each point, (P, M)."""
        scale = (x.square().sum(dim=1, keepdim=True) / x.shape[1] + 1).sqrt()
        u = (x @ draws[:, :-1].T / math.sqrt(x.shape[1]) + draws[:, -1]) / scale
        return torch.where(u >= 0, 1.0, -1.0) - LINEAR * u

    def lengths(self, beta: float) -> Tensor:
        """`|x_n||z| + |beta|`, (P, N): what `<x_n, z> + beta` and its terms cannot exceed."""
        of_z, of_x = (torch.linalg.vector_norm(t, dim=1) for t in (self.z, self.X))
        return of_z[:, None] * of_x + abs(beta)

    def lifted(self) -> Tensor:
        """`sqrt(s_x s_z)`, (P, N)."""
        of_z, of_x = (t.square().sum(dim=1) / t.shape[1] + 1 for t in (self.z, self.X))
        return (of_z[:, None] * of_x).sqrt()

    def steepest(self) -> Tensor:
        """`(1-gamma)^2 / (2 pi sqrt(d s_z))`, the most that a gradient of `Phi` can be, (P,)."""
        d = self.z.shape[1]
        return self.arc() / (self.z.square().sum(dim=1) + d).sqrt()
