"""The size of a finite width's errors: what R5's values and N1's controls are measured by.

Formulas for many runs at once, with leading dimensions `...`; derivations: docs/agreement.md.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.statements.agreement.formulas import angle, limit_kernel

DRAWS = 200
"""Neurons drawn for an expectation that enters as a correction."""


def kernel_variance(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    """`V(z) = m E [sum_n w_n (K_0 - Phi)(z, x_n)]^2`, exact at every width; (..., P).

    `z (..., P, d)`, `X (..., N, d)`, `weights w_n (..., P, N)`. With `Psi_nk = E phi'(u(z))^2
    phi'(u(x_n)) phi'(u(x_k))` it is `sum_nk w_n w_k (3 Psi_nk - Phi(z, x_n) Phi(z, x_k))`. Each
    `Psi` is linear in the three angles, so that no table over pairs is needed at each z.
    """
    g, h = slope, 1 - slope
    to_z, between = angle(z, X), angle(X, X)
    whole = weights.sum(dim=-1)
    by_z = whole * (weights * to_z).sum(dim=-1)  # sum_nk w_n w_k theta_zn
    by_pairs = ((weights @ between) * weights).sum(dim=-1)  # sum_nk w_n w_k theta_nk
    one = g**4 + g**3 * h + g**2 * h**2 / 2 + (1 - g**2) * (g**2 / 2 + g * h + h**2 / 2)
    pair = g**2 * h**2 / (2 * math.pi) + (1 - g**2) * h**2 / (4 * math.pi)
    single = (1 - g**2) * (g * h / (2 * math.pi) + h**2 / (4 * math.pi))
    psi = one * whole.square() - pair * by_pairs - 2 * single * by_z
    mean = (weights * limit_kernel(z, X, slope)).sum(dim=-1)
    return 3 * psi - mean.square()


def _lifted(x: Tensor) -> Tensor:
    """`(x/sqrt d, 1)`, with which a standard normal neuron has the inner product `u(x)`."""
    return torch.cat((x / math.sqrt(x.shape[-1]), torch.ones_like(x[..., :1])), dim=-1)


def _at_kink(neurons: Tensor, points: Tensor) -> Tensor:
    """Standard normal `neurons (B, d + 1)` given that `u = 0` at each point, (..., P, B, d + 1)."""
    p = _lifted(points).unsqueeze(-2)
    along = (neurons @ p.mT) / p.square().sum(dim=-1, keepdim=True)
    return neurons - along * p


class FiniteWidth:
    """What R5's values miss at width m, for one step of time T, the identity loss; many runs.

    `X (..., N, d)`, `y (..., N)`: what the network is trained on. `neurons (B, d + 1)`: standard
    normal ones for the expectations. Altered statements subclass this.
    """

    def __init__(
        self, X: Tensor, y: Tensor, time: float, slope: float, beta: float, neurons: Tensor
    ) -> None:
        self.X, self.y, self.time, self.slope, self.beta = X, y, time, slope, beta
        self.neurons = neurons
        self.lifted = _lifted(X)

    def _pattern(self, u: Tensor) -> Tensor:
        return torch.ge(u, 0).to(u.dtype).clamp_min(self.slope)

    def output_square(self, z: Tensor, width: int) -> Tensor:
        """`m E (f_T - f_0 - T f_hat)^2 = V - C/(2 sqrt m)`, up to 1/m, (..., P).

        `C = (1-gamma)^2 T^3 (8/(3 pi sqrt(s_z))) E[|q|^3 | u(z) = 0]` with
        `q = (1/N) sum_n y_n (<x_n, z> + beta) phi'(u(x_n))`: what flips take from the kernel's
        part, to which they are opposed, less what they add.
        """
        X, slope = self.X, self.slope
        k = self.y.unsqueeze(-2) * (z @ X.mT + self.beta) / X.shape[-2]
        seen = self._pattern(_at_kink(self.neurons, z) @ self.lifted.unsqueeze(-3).mT)
        q = (seen @ k.unsqueeze(-1)).squeeze(-1)
        length = _lifted(z).square().sum(dim=-1).sqrt()
        flips = (1 - slope) ** 2 * self.time**3 * 8 / (3 * math.pi * length)
        flips = flips * q.abs().pow(3).mean(dim=-1)
        return kernel_variance(z, X, self.time * k, slope) - flips / (2 * math.sqrt(width))

    def gradient_square(self, h: Tensor, width: int) -> Tensor:
        """`sqrt m E |nabla f_T - nabla f_0 - T h_n|^2 = c + c2/sqrt m` at each sample, (..., N).

        Up to 1/m, in c2 up to terms with a sample's own part of q, of order 1/N; `h (..., N, d)`
        the limit's gradient. docs/agreement.md has c and c2.
        """
        X, slope, T = self.X, self.slope, self.time
        N, d = X.shape[-2:]
        y = self.y.unsqueeze(-2)
        k = y * (X @ X.mT + self.beta) / N  # (..., N, N): at sample n, of sample l
        own = torch.eye(N, dtype=X.dtype, device=X.device)
        length = self.lifted.square().sum(dim=-1).sqrt()
        kinked = _at_kink(self.neurons, X)  # (..., N, B, d + 1)
        seen = self._pattern(kinked @ self.lifted.unsqueeze(-3).mT)  # (..., N, B, N)
        others = (seen @ (k * (1 - own)).unsqueeze(-1)).squeeze(-1)
        mine = (k * own).sum(dim=-1, keepdim=True)
        w = kinked[..., :d] / math.sqrt(d)
        steep = ((others + mine).abs() + (others + slope * mine).abs()) / 2
        c = (steep * w.square().sum(dim=-1)).mean(dim=-1) / length
        c = 2 / math.pi * (1 - slope) ** 2 * T * c
        mixed = torch.where(own.bool().unsqueeze(-2), (1 + slope) / 2, seen)
        p = (mixed * y.unsqueeze(-2)) @ X.unsqueeze(-3) / N
        q = (mixed @ k.unsqueeze(-1)).squeeze(-1)
        across = (q * (w * p).sum(dim=-1)).mean(dim=-1) / (math.sqrt(2 * math.pi) * length)
        free = self._pattern(self.neurons @ self.lifted.mT)  # (..., B, N)
        drift = ((free * y) @ X / N).square().sum(dim=-1, keepdim=True)  # |p|^2
        square = (free.square() * drift).mean(dim=-2)
        c2 = 3 * square + 3 * (1 - slope**2) * across - h.square().sum(dim=-1)
        return c + T**2 * c2 / math.sqrt(width)
