"""R1x, R1c, R2a (docs/limits.md): how large the distance of a wide network from its limit is.

R1 and R2 say how it falls with the width; here is what it is multiplied by. Everything follows from
one neuron's term of the initial kernel, `a^2 phi'(u(z)) phi'(u(x_n))`, whose first two moments are
closed forms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.kernel.phi import phi
from verifier.model.recipe import Recipe
from verifier.model.vectors import unit_rows


@dataclass(frozen=True)
class KernelFluctuation:
    """Moments of `sum_n w_n a^2 phi'(u(z)) phi'(u(x_n))`, `w_n = (T/N) y_n (<x_n, z> + beta)`.

    `X (N, d)`, `y (N,)`, points `z (P, d)`, samples too; all float64. The loss must be the
    identity: every sample has the effective time `T = recipe.time`. Altered statements subclass
    this: each formula is one method.
    """

    X: Tensor
    y: Tensor
    recipe: Recipe

    def __post_init__(self) -> None:
        found = self.recipe.loss.name
        require(found == "identity", "loss", repr(found), "must be 'identity': R1x fixes tau = T")

    def weights(self, z: Tensor) -> Tensor:
        """`w_n = (T/N) y_n (<x_n, z> + beta)`, (P, N)."""
        return self.recipe.time / len(self.y) * self.y * (z @ self.X.T + self.recipe.beta)

    def mean_product(self, z: Tensor) -> Tensor:
        """`Phi(z, x_n)`, the mean of `a^2 phi'(u(z)) phi'(u(x_n))`, (P, N)."""
        return phi(z, self.X, self.recipe.slope)

    def all_active(self, z: Tensor) -> Tensor:
        """The probability that a neuron is active at z, x_n and x_k, (P, N, N)."""
        at_z, pairs = phi(z, self.X, 0.0), phi(self.X, self.X, 0.0)
        return (at_z[:, :, None] + at_z[:, None, :] + pairs) / 2 - 0.25

    def pattern_product(self, z: Tensor) -> Tensor:
        """`Psi_nk = E[phi'(u(z))^2 phi'(u(x_n)) phi'(u(x_k))]`, (P, N, N)."""
        g = self.recipe.slope
        h = 1 - g
        at_z, pairs = phi(z, self.X, 0.0), phi(self.X, self.X, 0.0)
        whatever = g**2 + g * h + h**2 * pairs  # E[phi' phi'] at x_n, x_k
        active = g**2 / 2 + g * h * (at_z[:, :, None] + at_z[:, None, :])
        return g**2 * whatever + (1 - g**2) * (active + h**2 * self.all_active(z))

    def covariance(self, z: Tensor) -> Tensor:
        """`3 Psi_nk - Phi(z, x_n) Phi(z, x_k)`, of `a^2 phi'(u(z)) phi'(u(x_n))`, (P, N, N)."""
        mean = self.mean_product(z)
        return 3 * self.pattern_product(z) - mean[:, :, None] * mean[:, None, :]

    def mean(self, w: Tensor, z: Tensor) -> Tensor:
        """Of `sum_n w_n a^2 phi'(u(z)) phi'(u(x_n))`, weights (P, N) -> (P,)."""
        return (w * self.mean_product(z)).sum(dim=1)

    def variance_of(self, w: Tensor, z: Tensor) -> Tensor:
        """Of the same sum, (P,)."""
        return torch.einsum("pn,pnk,pk->p", w, self.covariance(z), w)

    def rest_of(self, w: Tensor, z: Tensor) -> Tensor:
        """The variance of that sum less `a^2` times its mean, (P,): `3 Var P`, see `fourth_bound`.

        At least 0 up to rounding, however the covariance is altered.
        """
        square = torch.einsum("pn,pnk,pk->p", w, self.pattern_product(z), w)
        return 3 * (square - self.mean(w, z) ** 2).clamp_min(0.0)

    def variance(self, z: Tensor) -> Tensor:
        """R1x, R1c: `V(z) = sum_nk w_n w_k (3 Psi_nk - Phi_n Phi_k)`, (P,)."""
        return self.variance_of(self.weights(z), z)

    def ends(self, z: Tensor) -> Tensor:
        """Of the range of `sum_n w_n p_n`, every `p_n` in [gamma, 1], (2, P)."""
        g, w = self.recipe.slope, self.weights(z)
        up, down = w.clamp_min(0.0).sum(dim=1), w.clamp_max(0.0).sum(dim=1)
        return torch.stack((down + g * up, up + g * down))

    def reach(self, z: Tensor) -> Tensor:
        """`R(z)`: no pre-activation moves by more than `|a| R/sqrt(m)`, (P,); D1, sharper."""
        return self.ends(z).abs().amax(dim=0)

    def fourth_bound(self, z: Tensor) -> Tensor:
        """An upper bound on the fourth central moment of `a^2 P`, (P,).

        `P = sum_n w_n phi'(u(z)) phi'(u(x_n))`. With `c = E P` it is
        `E P^2 (105 P^2 - 60 c P + 18 c^2) - 3 c^4`; the bracket is convex, and so at most what it
        is at an end of P's range.
        """
        w, ends = self.weights(z), self.ends(z)
        c = (w * phi(z, self.X, self.recipe.slope)).sum(dim=1)
        square = torch.einsum("pn,pnk,pk->p", w, self.pattern_product(z), w)
        ends = torch.cat((ends, self.recipe.slope * ends))
        return square * (105 * ends**2 - 60 * c * ends + 18 * c**2).amax(dim=0) - 3 * c**4

    def crossings(self, z: Tensor) -> Tensor:
        """`(2/pi) (1-gamma) R/sqrt(s)` at each z, (P,): how many neurons cross their kink."""
        s = z.square().sum(dim=1) / z.shape[1] + 1
        return 2 / math.pi * (1 - self.recipe.slope) * self.reach(z) / s.sqrt()

    def output_flips(self, z: Tensor, width: int) -> Tensor:
        """`A(z)`, (P,): `E |xi - a^2 P| <= A`, xi a neuron's part of the output's change.

        `E a^2k |xi - a^2 P| <= (k+1)! 2^k A`.
        """
        at_samples = self.weights(z).abs() @ self.crossings(self.X)
        both = self.crossings(z) * self.reach(z) + (1 + self.recipe.slope) * at_samples
        return both / math.sqrt(width)

    def pull_flips(self, w: Tensor, z: Tensor, width: int) -> Tensor:
        """`E |sum_n w_n (C_n N/T - a^2 phi' phi')|` is at most this, weights (P, N) -> (P,).

        `C_n` is a neuron's part of the coefficient. With `a^2` in the mean four times as much.
        """
        size = w.abs()
        own = 2 * self.crossings(z) * size.sum(dim=1)
        return (own + (1 + self.recipe.slope) * (size @ self.crossings(self.X))) / math.sqrt(width)

    def across(self, z: Tensor, s: Tensor) -> Tensor:
        """`(1/N) y_n Q x_n`, `Q` the projection off the direction s (P, d); (P, N, d)."""
        unit = unit_rows(s)
        Q = torch.eye(z.shape[1], dtype=z.dtype, device=z.device) - unit[:, :, None] * unit[:, None]
        return (self.y[:, None] / len(self.y) * self.X) @ Q

    def across_most(self, z: Tensor, s: Tensor) -> Tensor:
        """`max |sum_n p_n across_n|/|s|` over `p_n` in [gamma, 1], (P,): at a corner, by convexity.

        There are `2^N` corners.
        """
        off = self.across(z, s) / torch.linalg.vector_norm(s, dim=1)[:, None, None]
        ends = torch.tensor([self.recipe.slope, 1.0], dtype=z.dtype, device=z.device)
        corners = torch.cartesian_prod(*[ends] * len(self.y)).reshape(-1, len(self.y))
        sums = torch.einsum("vn,pnd->pvd", corners, off)
        return torch.linalg.vector_norm(sums, dim=-1).amax(dim=1)

    def across_square(self, z: Tensor, s: Tensor) -> Tensor:
        """`E |sum_n phi'(u(z)) phi'(u(x_n)) across_n|^2/|s|^2`, (P,)."""
        off = self.across(z, s)
        pairs = torch.einsum("pnd,pnk,pkd->p", off, self.pattern_product(z), off)
        return pairs / s.square().sum(dim=1)

    def angle_square(self, z: Tensor, s: Tensor) -> Tensor:
        """R2a: what `m E angle^2` tends to, (P,).

        `(1/(N^2 |s|^2)) sum_nk y_n y_k <Q x_n, Q x_k> (3 Psi_nk - Phi_n Phi_k)`.
        """
        off = self.across(z, s)
        return torch.einsum("pnd,pnk,pkd->p", off, self.covariance(z), off) / s.square().sum(dim=1)
