"""P1-P4 (docs/probability.md): the law of a fresh network, and of the random targets.

Everything is exact at finite width but P1 and P4's bounds, which are inequalities. P1-P3 speak of
points that do not depend on the network's draw; P4 of targets that do not depend on f or the data.
Proofs are in `docs/probability.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.kernel.phi import PhiFunction, f0_covariance, phi

_TILTS = 512  # points of the grid over which the exponential Markov inequality is optimised


def _odd_factorial(k: int) -> int:
    """`(2k - 1)!! = E a^(2k)` of a standard normal a."""
    return math.prod(range(1, 2 * k, 2))


def central_fourth(moments: tuple[Tensor, ...], width: int) -> Tensor:
    """Fourth central moment of a mean of `width` independent terms with raw `moments` 1 to 4."""
    first, second, third, fourth = moments
    variance = second - first**2
    term = fourth - 4 * third * first + 6 * second * first**2 - 3 * first**4
    return (term + 3 * (width - 1) * variance**2) / width**3


@dataclass(frozen=True)
class Attack:
    """What P4 takes as given: `natural` o_n and `nu` (N, d), the length `eps`, and `beta`."""

    natural: Tensor
    nu: Tensor
    eps: float
    beta: float

    def inner(self, z: Tensor) -> Tensor:
        """`k_n = <o_n, z> + beta`, (P, N)."""
        return z @ self.natural.T + self.beta

    def signal(self, z: Tensor) -> Tensor:
        """`eps v_n = eps <nu_n, z>`, (P, N)."""
        return self.eps * (z @ self.nu.T)


@dataclass(frozen=True)
class Concentration:
    """The right-hand sides of P1-P4 for networks of one `width` and `slope`; all float64.

    `mean_phi`: the kernel that is claimed to be the mean of K_0, and by which `g_hat` predicts; a
    user's own can be put there, while bounds and variances keep the closed form. Points are
    `z (P, d)` and `X (N, d)`; results (P, N) or (P,), or numbers where no point matters. Altered
    statements subclass this: each formula is one method.
    """

    slope: float
    width: int
    mean_phi: PhiFunction = phi

    # --- P1, P2: the initial kernel K_0 = (1/m) sum_i a_i^2 phi'(u_i(z)) phi'(u_i(x)) -------------

    def kernel_mean(self, z: Tensor, X: Tensor) -> Tensor:
        """P2: `E K_0 = Phi`, (P, N)."""
        return self.mean_phi(z, X, self.slope)

    def kernel_bound(self, s: float) -> float:
        """P1: with `J` pairs, `|K_0 - Phi|` exceeds this for any with probability `<= 4 J e^-s`."""
        m = self.width
        readout = 2 * math.sqrt(s / m) + 2 * s / m
        return readout + (1 - self.slope**2) * math.sqrt(s / (2 * m))

    def log_moment(self, t: Tensor, z: Tensor, X: Tensor) -> Tensor:
        """`log E exp(t a^2 phi' phi')` for each `t (K,) < 1/2`, (K, P, N): exact."""
        same = phi(z, X, 0.0)  # probability of the patterns (1, 1), and of (gamma, gamma)
        t, g = t[:, None, None], self.slope
        one, both, mixed = (torch.rsqrt(1 - 2 * t * p) for p in (1.0, g**2, g))
        return torch.log(same * (one + both) + (1 - 2 * same) * mixed)

    def kernel_range(self, z: Tensor, X: Tensor, s: float) -> tuple[Tensor, Tensor]:
        """P1, sharp: with J pairs, K_0 leaves this range for any with probability `<= 2 J e^-s`.

        Exponential Markov inequality with the exact moments: `K_0 <= (log E e^(tX) + s/m) / t` for
        each t > 0 with probability `1 - e^-s`, and the mirror image for t < 0. Any t is valid; the
        best of a grid is taken.
        """
        grid = torch.linspace(-14.0, 8.0, _TILTS, dtype=z.dtype, device=z.device)
        up, down = 0.5 * torch.sigmoid(grid), torch.exp(grid)
        rate = s / self.width
        above = (self.log_moment(up, z, X) + rate) / up[:, None, None]
        below = (self.log_moment(-down, z, X) + rate) / down[:, None, None]
        return -below.amin(dim=0), above.amin(dim=0)

    def product_moment(self, k: int, z: Tensor, X: Tensor) -> Tensor:
        """`E (a^2 phi' phi')^k = (2k-1)!! Phi_{gamma^k}`, (P, N)."""
        return _odd_factorial(k) * phi(z, X, self.slope**k)

    def kernel_variance(self, z: Tensor, X: Tensor) -> Tensor:
        """P2: `Var K_0 = (3 Phi_{gamma^2} - Phi^2) / m`, (P, N)."""
        return (self.product_moment(2, z, X) - self.product_moment(1, z, X) ** 2) / self.width

    def kernel_fourth(self, z: Tensor, X: Tensor) -> Tensor:
        """Fourth central moment of K_0, (P, N)."""
        return central_fourth(tuple(self.product_moment(k, z, X) for k in (1, 2, 3, 4)), self.width)

    # --- P2: the initial gradient and output ------------------------------------------------------

    def gradient_square(self) -> float:
        """P2: `E |nabla f_0(z)|^2 = (1 + gamma^2) / 2` at every z, in every dimension."""
        return (1 + self.slope**2) / 2

    def gradient_square_variance(self, dimension: int) -> float:
        """`Var |nabla f_0(z)|^2`, at every z."""
        mean, d = (1 + self.slope**2) / 2, dimension
        fourth = 3 * (1 + self.slope**4) / 2 * (d + 2) / d  # of one neuron's a phi' |w|
        return 2 * mean**2 / d + (fourth - mean**2 * (1 + 2 / d)) / self.width

    def size(self, z: Tensor) -> Tensor:
        """`s_z = |z|^2 / d + 1`, the variance of a pre-activation, (P,)."""
        return z.square().sum(dim=1) / z.shape[1] + 1

    def output_square(self, z: Tensor) -> Tensor:
        """P2: `E f_0(z)^2 = (1 + gamma^2)/2 s_z`, (P,)."""
        return (1 + self.slope**2) / 2 * self.size(z)

    def output_covariance(self, z: Tensor, X: Tensor) -> Tensor:
        """P2: `E f_0(z) f_0(x)` (section 1), (P, N)."""
        return f0_covariance(z, X, self.slope)

    def output_product_variance(self, z: Tensor, X: Tensor) -> Tensor:
        """`Var f_0(z) f_0(x)`, (P, N); for `x = z` that of the square."""
        sizes = self.size(z)[:, None] * self.size(X)
        theta = math.pi * (1 - 2 * phi(z, X, 0.0))
        cos, sin = theta.cos(), theta.sin()
        arc = (3 * sin * cos + (math.pi - theta) * (1 + 2 * cos**2)) / (2 * math.pi)
        relu, square = (1 - self.slope**2) ** 2 * arc, self.slope**2 * (1 + 2 * cos**2)
        fourth = 3 * sizes * (relu + square)  # of one neuron: E a^4 phi(u)^2 phi(v)^2
        product = ((1 + self.slope**2) / 2) ** 2 * sizes
        covariance = f0_covariance(z, X, self.slope) ** 2
        return product + covariance + (fourth - product - 2 * covariance) / self.width

    # --- P3: how many neurons may flip (identity loss; M_z is known before the draw) --------------

    def flip_ratio(self, z: Tensor, movement: Tensor) -> Tensor:
        """`h = M_z / sqrt(m s_z)`, (P,)."""
        return movement / torch.sqrt(self.width * self.size(z))

    def flip_moment(self, k: int, h: Tensor) -> Tensor:
        """`E (a^2 flip)^k`, shape of h.

        `2^k k!/pi` times the integral of `cos^2k` from `-alpha` to `alpha = arctan h`.
        """
        alpha = torch.atan(h)
        total = math.comb(2 * k, k) * alpha
        for j in range(1, k + 1):
            total = total + math.comb(2 * k, k - j) * torch.sin(2 * j * alpha) / j
        return math.factorial(k) * 2 ** (1 - k) * total / math.pi

    def flip_mean(self, h: Tensor) -> Tensor:
        """P3: `E Q_z = (2/pi)(alpha + h/(1+h^2))`."""
        return 2 / math.pi * (torch.atan(h) + h / (1 + h**2))

    def flip_variance(self, h: Tensor) -> Tensor:
        """P3: `Var Q_z`."""
        alpha = torch.atan(h)
        arc = 3 * alpha / 4 + torch.sin(2 * alpha) / 2 + torch.sin(4 * alpha) / 16
        return (8 / math.pi * arc - self.flip_mean(h) ** 2) / self.width

    def flip_fourth(self, h: Tensor) -> Tensor:
        """Fourth central moment of Q_z."""
        return central_fourth(tuple(self.flip_moment(k, h) for k in (1, 2, 3, 4)), self.width)

    def flip_bound(self, h: Tensor) -> Tensor:
        """P3: `E Q_z <= 4 h / pi`."""
        return 4 * h / math.pi

    def output_flips(self, h: Tensor, movement: Tensor) -> Tensor:
        """P3: `E (1-gamma)(1/m) sum_i |a_i| (|a_i| M_z - sqrt m |u_i|)_+`.

        What flips at z can change the output by, on average: `(2/pi) (1-gamma) M_z arctan h`.
        """
        return 2 / math.pi * (1 - self.slope) * movement * torch.atan(h)

    def output_flips_variance(self, h: Tensor, movement: Tensor) -> Tensor:
        """Variance of that sum."""
        alpha = torch.atan(h)
        arc = alpha * torch.sin(alpha) ** 2 + alpha / 2 - torch.sin(2 * alpha) / 4
        square = 4 / math.pi * (1 + h**2) * arc * (movement / h) ** 2 * (1 - self.slope) ** 2
        return (square - (2 / math.pi * (1 - self.slope) * movement * alpha) ** 2) / self.width

    def sample_flips(self, h: Tensor) -> Tensor:
        """P3: `E (1/m) sum_i a_i^2 phi'(u_i(z)) flip_i(x)`.

        The flips at a sample x that are seen at z: `(1+gamma)/2 E Q_x`, whatever z; h is x's.
        """
        return (1 + self.slope) / 2 * self.flip_moment(1, h)

    def sample_flips_variance(self, h: Tensor) -> Tensor:
        """Variance of that sum."""
        mean = (1 + self.slope) / 2 * self.flip_moment(1, h)
        return ((1 + self.slope**2) / 2 * self.flip_moment(2, h) - mean**2) / self.width

    # --- P4: g_hat over random targets, given f and the data --------------------------------------

    def sides(self, z: Tensor, attack: Attack) -> tuple[Tensor, Tensor]:
        """`Phi_n^+- = Phi(z, o_n +- eps nu_n)`, (P, N) each."""
        step = attack.eps * attack.nu
        return phi(z, attack.natural + step, self.slope), phi(z, attack.natural - step, self.slope)

    def target_mean(self, z: Tensor, attack: Attack) -> Tensor:
        """P4: the mean of `g_hat(z)` over the targets, (P,)."""
        up, down = self.sides(z, attack)
        return (attack.signal(z) * (up + down) + attack.inner(z) * (up - down)).mean(dim=1) / 2

    def target_ranges(self, z: Tensor, attack: Attack) -> Tensor:
        """P4: `R_n`, how far target n alone can move `N g_hat(z)`, (P, N)."""
        up, down = self.sides(z, attack)
        return (attack.inner(z) * (up + down) + attack.signal(z) * (up - down)).abs()

    def target_variance(self, z: Tensor, attack: Attack) -> Tensor:
        """`Var g_hat(z) = sum_n R_n^2 / (4 N^2)`, (P,)."""
        ranges = self.target_ranges(z, attack)
        return (ranges / (2 * ranges.shape[1])).square().sum(dim=1)

    def target_fourth(self, z: Tensor, attack: Attack) -> Tensor:
        """Fourth central moment of `g_hat(z)`, (P,)."""
        ranges = self.target_ranges(z, attack)
        square = (ranges / (2 * ranges.shape[1])).square()
        return 3 * square.sum(dim=1) ** 2 - 2 * square.square().sum(dim=1)

    def target_bound(self, z: Tensor, attack: Attack, delta: float) -> Tensor:
        """P4: `|g_hat(z) - mean|` exceeds this with probability at most delta, (P,)."""
        ranges = self.target_ranges(z, attack)
        square = ranges.square().sum(dim=1) * math.log(2 / delta) / 2
        return square.sqrt() / ranges.shape[1]
