"""R5 (docs/agreement.md): agreement of f and g predicted without training.

Wide networks end at `f_0 + T_f f_hat` and `g_0 + T_g g_hat`. With the draws of both initial
networks and of the targets at hand, their signs predict every point of one run (*given the
draws*). *Averaged* over these draws, the probability that they agree is one of a bivariate normal.
Derivations, and where both fail: docs/agreement.md.

Everything takes leading dimensions `...`, so that many runs of one shape are predicted at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require
from verifier.kernel.initial import initial_kernel
from verifier.model.network import (
    Parameters,
    check_labels,
    check_slope,
    check_tensor,
)
from verifier.model.vectors import unit_rows
from verifier.statements.agreement.jointly_normal import Moments, chance_of_agreement

Kernel = Callable[[Tensor, Tensor, float], Tensor]
"""`kernel(z (..., P, d), X (..., N, d), slope) -> (..., P, N)`: `Phi`, or one draw's own."""

_COINCIDING = 1e-7  # angle in radians that rounding may give to two equal points


def _lengths(x: Tensor) -> Tensor:
    """`sqrt(s_x)`, (..., P)."""
    return (x.square().sum(dim=-1) / x.shape[-1] + 1).sqrt()


def angle(z: Tensor, X: Tensor) -> Tensor:
    """Between `(z/sqrt d, 1)` and `(x_n/sqrt d, 1)`, (..., P, N); 0 below 1e-7."""
    inner = z @ X.mT / z.shape[-1] + 1
    rho = inner / (_lengths(z).unsqueeze(-1) * _lengths(X).unsqueeze(-2))
    theta = torch.acos(rho.clamp(-1, 1))
    return torch.where(theta > _COINCIDING, theta, 0.0)


def limit_kernel(z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`Phi(z, x_n)`, (..., P, N)."""
    return slope + (1 - slope) ** 2 * (0.5 - angle(z, X) / (2 * math.pi))


class Response(NamedTuple):
    """What each sample adds to `N g_hat(z)` at given directions; all (..., P, N).

    `mean`: its average over the target. `spread`: half the distance of its two values. `by_z`,
    `by_o`: the derivatives of `mean` by `<nu_n, z>` and by `<nu_n, o_n>`.
    """

    mean: Tensor
    spread: Tensor
    by_z: Tensor
    by_o: Tensor


class PhaseDiagram:
    """The formulas of R5; altered statements subclass it: each formula is one method.

    `X (..., N, d)`, `y (..., N)`: f's data. `natural (..., N, d)`: the `o_n`. `f_time`, `g_time`:
    `T_f`, `T_g` of the identity loss. `f_kernel`, `g_kernel`: stand for `Phi` given the draws.
    """

    def __init__(
        self,
        X: Tensor,
        y: Tensor,
        natural: Tensor,
        eps: float,
        f_time: float,
        g_time: float,
        slope: float,
        beta: float = 1.0,
        f_kernel: Kernel = limit_kernel,
        g_kernel: Kernel = limit_kernel,
    ) -> None:
        check_slope(slope)
        check_tensor("X", X, (None, None), X, leading=True)
        check_tensor("natural", natural, tuple(X.shape[-2:]), X, leading=True)
        check_labels("y", y, X, leading=True)
        for name, value in (("eps", eps), ("f_time", f_time), ("g_time", g_time)):
            require(0 <= value < math.inf, name, value, "must be finite and non-negative")
        self.X, self.y, self.natural, self.eps = X, y, natural, eps
        self.f_time, self.g_time, self.slope, self.beta = f_time, g_time, slope, beta
        self.f_kernel, self.g_kernel = f_kernel, g_kernel

    @property
    def arc(self) -> float:
        """`(1 - gamma)^2 / (2 pi)`: how fast `Phi` falls with the angle."""
        return (1 - self.slope) ** 2 / (2 * math.pi)

    # --- given the draws --------------------------------------------------------------------------

    @staticmethod
    def own_kernel(start: Parameters) -> Kernel:
        """`K_0(z, x) = (1/m) sum_i a_i^2 phi'(u_i(z)) phi'(u_i(x))` of one draw, for `Phi`."""

        def kernel(z: Tensor, X: Tensor, slope: float) -> Tensor:
            return initial_kernel(start, z, X, slope)

        return kernel

    def clean_gradient(self) -> Tensor:
        """`h_n = nabla f_hat(x_n)`, (..., N, d), without terms at the cusp."""
        X = self.X
        s = (self.f_kernel(X, X, self.slope) * self.y.unsqueeze(-2)) @ X
        return s / X.shape[-2] + self.flip_term()

    def flip_term(self) -> Tensor:
        """What `nabla_z Phi` adds to `h_n`, (..., N, d): from patterns that flip."""
        X, y = self.X, self.y.unsqueeze(-2)
        theta, length = angle(X, X), _lengths(X)
        pull = torch.where(theta > 0, y * (X @ X.mT + self.beta) / theta.sin(), 0.0)
        across = (pull / length.unsqueeze(-2)) @ X
        along = (pull * theta.cos()).sum(dim=-1, keepdim=True) * X / length.unsqueeze(-1)
        scale = self.arc / (X.shape[-1] * X.shape[-2] * length.unsqueeze(-1))
        return scale * (across - along)

    def directions(self, gradient: Tensor) -> Tensor:
        """`nu_n`: unit vectors along `T_f h_n + nabla f_0(x_n)`, given the latter; (..., N, d)."""
        return unit_rows(self.f_time * self.clean_gradient() + gradient)

    def clean_prediction(self, z: Tensor) -> Tensor:
        """`T_f f_hat(z)`, (..., P)."""
        terms = self.f_kernel(z, self.X, self.slope) * (z @ self.X.mT + self.beta)
        return self.f_time * (terms * self.y.unsqueeze(-2)).mean(dim=-1)

    def f_prediction(self, z: Tensor, f_0: Tensor) -> Tensor:
        """`f_0(z) + T_f f_hat(z)`, (..., P)."""
        return f_0 + self.clean_prediction(z)

    def g_prediction(self, z: Tensor, g_0: Tensor, gradient: Tensor, targets: Tensor) -> Tensor:
        """`g_0(z) + T_g g_hat(z)` with `r_n = eps ytil_n nu_n` as predicted, (..., P)."""
        return self.g_along(z, g_0, self.directions(gradient), targets)

    def g_along(self, z: Tensor, g_0: Tensor, nu: Tensor, targets: Tensor) -> Tensor:
        """The same with the directions `nu (..., N, d)` themselves, (..., P)."""
        inputs = self.natural + self.eps * targets.unsqueeze(-1) * nu
        terms = self.g_kernel(z, inputs, self.slope) * (z @ inputs.mT + self.beta)
        return g_0 + self.g_time * (terms * targets.unsqueeze(-2)).mean(dim=-1)

    # --- averaged over the draws ------------------------------------------------------------------

    def start_variance(self, z: Tensor) -> Tensor:
        """`E f_0(z)^2 = (1 + gamma^2)/2 s_z`, (..., P)."""
        return (1 + self.slope**2) / 2 * _lengths(z).square()

    def mean_directions(self) -> tuple[Tensor, Tensor]:
        """`T_f h_n/D_n`, (..., N, d), and `D_n = sqrt(T_f^2 |h_n|^2 + E |nabla f_0|^2)`."""
        pull = self.f_time * self.clean_gradient()
        square = pull.square().sum(dim=-1, keepdim=True) + (1 + self.slope**2) / 2
        return pull / square.sqrt(), square.sqrt()

    def response(self, z: Tensor, nu: Tensor) -> Response:
        """Both targets' kernels at perturbations of length eps along `nu`; P4's mean and ranges."""
        d = z.shape[-1]
        o = self.natural
        eps = self.eps
        by_z, by_o = z @ nu.mT, (o * nu).sum(dim=-1).unsqueeze(-2)
        s_z, s_o = _lengths(z).square().unsqueeze(-1), o.square().sum(dim=-1).unsqueeze(-2)
        sides = []
        for sign in (1.0, -1.0):
            inner = z @ o.mT + sign * eps * by_z
            s_x = (s_o + 2 * sign * eps * by_o + eps**2) / d + 1
            rho = (inner / d + 1) / (s_z * s_x).sqrt()
            value = self.slope + (1 - self.slope) ** 2 / 4 + self.arc * torch.asin(rho)
            k = inner + self.beta
            turn = sign * eps / d * self.arc * k / (1 - rho.square()).sqrt()
            moved = sign * eps * value + turn / (s_z * s_x).sqrt()
            sides.append((k * value, moved, -turn * rho / s_x))
        (k_up, z_up, o_up), (k_down, z_down, o_down) = sides
        return Response(
            (k_up - k_down) / 2, (k_up + k_down) / 2, (z_up - z_down) / 2, (o_up - o_down) / 2
        )

    def sensitivity(self, z: Tensor, response: Response, nu: Tensor, size: Tensor) -> Tensor:
        """`w_n`: the derivative of `g_hat(z)`'s mean by `nabla f_0(x_n)`, (..., P, N, d).

        `v / sqrt(|v|^2 + const)` has the derivative `(1 - nu nu^T)/D`: a gradient that lies along
        the mean direction is lost to the normalisation.
        """
        nu, size, o = (t.unsqueeze(-3) for t in (nu, size, self.natural))
        w = response.by_z.unsqueeze(-1) * z.unsqueeze(-2) + response.by_o.unsqueeze(-1) * o
        return (w - (w * nu).sum(dim=-1, keepdim=True) * nu) / (size * self.X.shape[-2])

    def start_covariance(self, z: Tensor, w: Tensor) -> Tensor:
        """`C = Cov(f_0(z), sum_n <w_n, nabla f_0(x_n)>)`, (..., P)."""
        X, theta = self.X, angle(z, self.X)
        at_z = (w * z.unsqueeze(-2)).sum(dim=-1) * limit_kernel(z, X, self.slope)
        ratio = _lengths(z).unsqueeze(-1) / _lengths(X).unsqueeze(-2)
        at_x = (w * X.unsqueeze(-3)).sum(dim=-1) * self.arc * ratio * theta.sin()
        return (at_z + at_x).sum(dim=-1) / z.shape[-1]

    def direction_variance(self, w: Tensor) -> Tensor:
        """`V = Var sum_n <w_n, nabla f_0(x_n)>`, (..., P), with the gradients' exact covariance."""
        X, d = self.X, w.shape[-1]
        theta = angle(self.X, self.X).unsqueeze(-3)
        unit = X / (math.sqrt(d) * _lengths(X).unsqueeze(-1))
        inner = w @ unit.unsqueeze(-3).mT  # <w_n, unit_l>
        own = inner.diagonal(dim1=-2, dim2=-1)
        left, right = own.unsqueeze(-1), own.unsqueeze(-2)
        cross = left * right + inner * inner.mT - theta.cos() * (left * inner.mT + inner * right)
        cross = torch.where(theta > 0, cross / theta.sin(), 0.0)
        same = limit_kernel(X, X, self.slope).unsqueeze(-3) * (w @ w.mT)
        return (same + self.arc * cross).sum(dim=(-2, -1)) / d

    def target_variance(self, response: Response) -> Tensor:
        """`sd^2`: what the random targets add to the variance of `g_hat(z)`, (..., P)."""
        return response.spread.square().sum(dim=-1) / response.spread.shape[-1] ** 2

    def moments(self, z: Tensor) -> Moments:
        """Means, variances and covariance of both outputs at z."""
        nu, size = self.mean_directions()
        response = self.response(z, nu)
        w = self.sensitivity(z, response, nu, size)
        return Moments(
            f=self.clean_prediction(z),
            g=self.g_time * response.mean.mean(dim=-1),
            start=self.start_variance(z),
            noise=self.g_time**2 * (self.direction_variance(w) + self.target_variance(response)),
            shared=self.g_time * self.start_covariance(z, w),
        )

    def chance(self, moments: Moments) -> Tensor:
        """That the two outputs have one sign, (..., P)."""
        return chance_of_agreement(moments)
