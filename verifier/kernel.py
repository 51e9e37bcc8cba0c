"""The infinite-width kernel in closed form (theory section 1), its gradient, its streamed sums.

With `s_x = |x|^2/d + 1`, `c = <x,z>/d + 1` and `rho = c / sqrt(s_x s_z) = cos theta`:
`Phi(x, z) = gamma + (1-gamma)^2 (1/4 + arcsin(rho)/(2 pi))` and `K_inf = Phi (<x,z> + beta)`.

Near coinciding or opposite directions arcsin loses half the digits, so those pairs take theta
from differences of unit vectors instead. Sums over samples stream in blocks: memory does not
grow with the number of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from verifier.network import block_elements, check_slope, check_tensor

_NEAR = 1e-2  # sin^2 theta below which arccos would amplify rounding more than tenfold

PhiFunction = Callable[[Tensor, Tensor, float], Tensor]
"""`phi(z (P, d), X (N, d), slope) -> (P, N)`."""


def _lift(x: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors along `(x/sqrt d, 1)`, shape (P, d+1), and their lengths `sqrt(s_x)`, (P, 1)."""
    one = torch.ones_like(x[:, :1])
    lifted = torch.cat((x / math.sqrt(x.shape[1]), one), dim=1)
    length = torch.linalg.vector_norm(lifted, dim=1, keepdim=True)
    return lifted / length, length


def _angle(unit_z: Tensor, unit_x: Tensor) -> Tensor:
    """Angles between all pairs of unit vectors, (P, N), to a few units of rounding everywhere."""
    rho = (unit_z @ unit_x.T).clamp_(-1, 1)
    near = (rho.abs() > math.sqrt(1 - _NEAR)).nonzero()
    theta = rho.acos_()
    chunk = max(1, block_elements(theta.device) // unit_z.shape[1])
    for pairs in torch.split(near, chunk):
        u, v = unit_z[pairs[:, 0]], unit_x[pairs[:, 1]]
        gap, total = (torch.linalg.vector_norm(t, dim=1) for t in (u - v, u + v))
        theta[pairs[:, 0], pairs[:, 1]] = 2 * torch.atan2(gap, total)
    return theta


def check_points(z: Tensor, X: Tensor, slope: float) -> None:
    """Raise `InputError` unless z (P, d) and X (N, d) fit each other and the slope is valid."""
    check_slope(slope)
    check_tensor("X", X, (None, None), X)
    check_tensor("z", z, (None, X.shape[1]), X)


def phi(z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`Phi(z, x_n) = E[phi'(u(z)) phi'(u(x_n))]` over `(w, b)`; z (P, d), X (N, d) -> (P, N)."""
    check_points(z, X, slope)
    return _phi_of_angle(_angle(_lift(z)[0], _lift(X)[0]), slope)


def _phi_of_angle(theta: Tensor, slope: float) -> Tensor:
    return theta.mul_(-((1 - slope) ** 2) / (2 * math.pi)).add_(slope + (1 - slope) ** 2 / 2)


def k_inf(z: Tensor, X: Tensor, slope: float, beta: float) -> Tensor:
    """`K_inf(z, x_n) = Phi(z, x_n) (<z, x_n> + beta)`, shape (P, N)."""
    return phi(z, X, slope) * (z @ X.T + beta)


def f0_covariance(x: Tensor, z: Tensor, slope: float) -> Tensor:
    """`E[f_0(x) f_0(z)]` over the initialisation, for all pairs: x (P, d), z (N, d) -> (P, N)."""
    check_points(x, z, slope)
    (unit_x, length_x), (unit_z, length_z) = _lift(x), _lift(z)
    theta = _angle(unit_x, unit_z)
    size = length_x * length_z.T
    arc = (theta.sin() + (math.pi - theta) * theta.cos()) / (2 * math.pi)
    return slope * size * theta.cos() + (1 - slope) ** 2 * size * arc


def _blocks(z: Tensor, X: Tensor) -> tuple[int, int]:
    size = block_elements(z.device)
    rows = min(len(z), math.isqrt(size))
    return rows, min(len(X), max(1, size // rows))


def kernel_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> Tensor:
    """`sum_n weights_n K_inf(z, x_n)` at each z, shape (P,), streamed in blocks."""
    check_points(z, X, slope)
    check_tensor("weights", weights, (X.shape[0],), X)
    (unit_z, _), (unit_x, _) = _lift(z), _lift(X)
    rows, columns = _blocks(z, X)
    total = torch.zeros(len(z), dtype=z.dtype, device=z.device)
    for i in range(0, len(z), rows):
        for j in range(0, len(X), columns):
            value = _phi_of_angle(_angle(unit_z[i : i + rows], unit_x[j : j + columns]), slope)
            value *= (z[i : i + rows] @ X[j : j + columns].T).add_(beta)
            total[i : i + rows] += value @ weights[j : j + columns]
    return total


def weighted_direction(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    """`sum_n weights_n Phi(z, x_n) x_n` at each z, shape (P, d), streamed in blocks."""
    check_points(z, X, slope)
    check_tensor("weights", weights, (X.shape[0],), X)
    (unit_z, _), (unit_x, _) = _lift(z), _lift(X)
    rows, columns = _blocks(z, X)
    total = torch.zeros_like(z)
    for i in range(0, len(z), rows):
        for j in range(0, len(X), columns):
            value = _phi_of_angle(_angle(unit_z[i : i + rows], unit_x[j : j + columns]), slope)
            value *= weights[j : j + columns]
            total[i : i + rows] += value @ X[j : j + columns]
    return total


def phi_gradient_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> Tensor:
    """`sum_n weights_n (<z, x_n> + beta) nabla_z Phi(z, x_n)`, shape (P, d) (theory R3).

    `Phi` has a cusp where `x_n = z`; those n are dropped, as theory R3 prescribes.
    """
    check_points(z, X, slope)
    check_tensor("weights", weights, (X.shape[0],), X)
    (unit_z, length_z), (unit_x, length_x) = _lift(z), _lift(X)
    rows, columns = _blocks(z, X)
    along_x, along_z = torch.zeros_like(z), torch.zeros_like(length_z)
    for i in range(0, len(z), rows):
        for j in range(0, len(X), columns):
            theta = _angle(unit_z[i : i + rows], unit_x[j : j + columns])
            value = (z[i : i + rows] @ X[j : j + columns].T).add_(beta)
            value = value * weights[j : j + columns] / theta.sin()
            value = value.masked_fill(theta == 0, 0.0)
            along_x[i : i + rows] += (value / length_x[j : j + columns].T) @ X[j : j + columns]
            along_z[i : i + rows] += (value * theta.cos()).sum(dim=1, keepdim=True)
    gradient = (along_x - along_z * z / length_z) / (z.shape[1] * length_z)
    return gradient * (1 - slope) ** 2 / (2 * math.pi)


def phi_gradient(z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`nabla_z Phi(z, x_n)` for every pair, shape (P, N, d); zero at the cusp `z = x_n`."""
    check_points(z, X, slope)
    (unit_z, length_z), (unit_x, length_x) = _lift(z), _lift(X)
    theta = _angle(unit_z, unit_x).unsqueeze(-1)
    pull = X / length_x - theta.cos() * (z / length_z).unsqueeze(1)
    rho_gradient = pull / (z.shape[1] * length_z.unsqueeze(1))
    gradient = (1 - slope) ** 2 / (2 * math.pi) * rho_gradient / theta.sin()
    return gradient.masked_fill(theta == 0, 0.0)
