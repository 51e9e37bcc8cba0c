"""What the averaged prediction is made of, as derivatives of `E f_0 f_0` and of `K_inf`, for R5m.

`E f_0(x) f_0(z) = Phi c + (1-gamma)^2/(2 pi) sqrt(s_x s_z - c^2)`, so every covariance of outputs
and gradients of a fresh network is a derivative of that; autograd takes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Lifted:
    """Pairs of points x, z (..., d), float64: `c`, `s_x s_z - c^2` by cross products, and `Phi`."""

    x: Tensor
    z: Tensor
    slope: float

    @property
    def c(self) -> Tensor:
        """`<x, z>/d + 1`, (...)."""
        return (self.x * self.z).sum(dim=-1) / self.x.shape[-1] + 1

    @property
    def crossed(self) -> Tensor:
        """`s_x s_z - c^2`, (...): nothing cancels where directions coincide."""
        d = self.x.shape[-1]
        outer = self.x.unsqueeze(-1) * self.z.unsqueeze(-2)
        around = (outer - outer.mT).square().sum(dim=(-2, -1)) / 2
        return (self.x - self.z).square().sum(dim=-1) / d + around / d**2

    @property
    def arc(self) -> float:
        """What multiplies the angle."""
        return (1 - self.slope) ** 2 / (2 * math.pi)

    @property
    def same(self) -> Tensor:
        """Whether the two coincide, (...)."""
        return (self.x == self.z).all(dim=-1)

    def root(self) -> Tensor:
        """The root of `crossed`, 1 where the two coincide: there it has no derivative."""
        return self.crossed.masked_fill(self.same, 1.0).sqrt()

    def phi(self) -> Tensor:
        """`Phi`, (...)."""
        theta = torch.atan2(self.root(), self.c).masked_fill(self.same, 0.0)
        return self.slope + (1 - self.slope) ** 2 / 2 - self.arc * theta

    def k_inf(self, beta: float) -> Tensor:
        """`Phi (<x, z> + beta)`, (...)."""
        return self.phi() * ((self.x * self.z).sum(dim=-1) + beta)

    def covariance(self) -> Tensor:
        """`E f_0(x) f_0(z)`, (...)."""
        return self.phi() * self.c + self.arc * self.root().masked_fill(self.same, 0.0)

    def least_sine(self) -> Tensor:
        """The least of all pairs that do not coincide, (); 1 if all do."""
        s_x, s_z = (t.square().sum(dim=-1) / t.shape[-1] + 1 for t in (self.x, self.z))
        sine = (self.crossed / (s_x * s_z)).sqrt()
        return sine.masked_fill(self.same, 1.0).min()


def start_covariance(z: Tensor, X: Tensor, w: Tensor, slope: float) -> Tensor:
    """`Cov(f_0(z), sum_n <w_n, nabla f_0(x_n)>)` at `z (P, d)`, `w (P, N, d)`; (P,)."""
    with torch.enable_grad():
        t = z.new_zeros(len(z), 1, 1).requires_grad_()
        total = Lifted(X + t * w, z.unsqueeze(1), slope).covariance().sum()
        (found,) = torch.autograd.grad(total, t)
    return found.flatten()


def direction_variance(X: Tensor, w: Tensor, slope: float) -> Tensor:
    """`Var sum_n <w_n, nabla f_0(x_n)>`, `w (P, N, d)`; (P,).

    Of two gradients at one point the covariance is `Phi/d` times the unit matrix.
    """
    with torch.enable_grad():
        s, t = (X.new_zeros(len(w), 1, 1, 1).requires_grad_() for _ in range(2))
        left, right = X.unsqueeze(-2) + s * w.unsqueeze(-2), X + t * w.unsqueeze(-3)
        apart = ~Lifted(X.unsqueeze(-2), X, slope).same
        n, k = apart.nonzero().unbind(dim=1)
        moved = Lifted(left[:, n, 0], right[:, 0, k], slope).covariance().sum()
        if len(n):
            (first,) = torch.autograd.grad(moved, s, create_graph=True)
            (second,) = torch.autograd.grad(first.sum(), t)
        else:
            second = torch.zeros_like(t)
    together = (w @ w.mT).masked_fill(apart, 0.0).sum(dim=(-2, -1)) * (1 + slope**2) / 2
    return second.flatten() + together / X.shape[1]
