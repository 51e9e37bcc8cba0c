"""The infinite-width kernel in closed form (docs/setting.md), its streamed sums.

With `s_x = |x|^2/d + 1`, `c = <x,z>/d + 1` and `rho = c / sqrt(s_x s_z) = cos theta`:
`Phi(x, z) = gamma + (1-gamma)^2 (1/4 + arcsin(rho)/(2 pi))` and `K_inf = Phi (<x,z> + beta)`.

Near coinciding or opposite directions arcsin loses half the digits, so those pairs take theta
from differences of unit vectors instead. Sums over samples stream in tiles that stay in cache:
memory does not grow with the number of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from verifier.errors import number
from verifier.model.memory import fitting
from verifier.model.network import (
    all_finite,
    block_elements,
    check_slope,
    check_tensor,
)
from verifier.model.peaks import of_kernel_sum, of_phi, of_weighted_direction

NEAR = 1e-2  # sin^2 theta below which arccos would amplify rounding more than tenfold
_NEAR_COSINE = math.sqrt(1 - NEAR)
_TILE_BYTES = 1 << 22  # of a tile of pairs; a few of them fit a CPU's last cache
_TILE_ROWS = 256  # no fewer points at a time, if there are so many
_MANY = 1e-2  # share of near pairs from which one more product for all is cheaper than each alone

PhiFunction = Callable[[Tensor, Tensor, float], Tensor]
"""`phi(z (P, d), X (N, d), slope) -> (P, N)`."""
Buffers = tuple[Tensor | None, ...]


def lifted_length(x: Tensor) -> Tensor:
    """`sqrt(s_x)`, the length of `(x/sqrt d, 1)`, shape (P, 1), whatever the size of x."""
    length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    if not all_finite(length):  # squares leave the floating range long before entries do
        scale = x.detach().abs().amax(dim=1, keepdim=True).clamp_(min=1)
        length = torch.linalg.vector_norm(x / scale, dim=1, keepdim=True) * scale
    return torch.hypot(length / math.sqrt(x.shape[1]), length.new_ones(()))


def lift(x: Tensor) -> Tensor:
    """Unit vectors along `(x/sqrt d, 1)`, shape (P, d+1)."""
    one = torch.ones_like(x[:, :1])
    return torch.cat((x / math.sqrt(x.shape[1]), one), dim=1) / lifted_length(x)


def _pairs(chosen: Tensor, dimension: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and columns of the pairs that are `chosen`, as many at a time as fit a block."""
    for pairs in torch.split(chosen.nonzero(), max(1, block_elements(chosen.device) // dimension)):
        yield pairs[:, 0], pairs[:, 1]


def _has_near(rho: Tensor) -> bool:
    """Whether some directions nearly coincide or oppose, by their cosines (NaN: yes)."""
    least, greatest = torch.aminmax(rho.detach())
    return not (bool(least >= -_NEAR_COSINE) and bool(greatest <= _NEAR_COSINE))


def near_pairs(rho: Tensor, dimension: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and columns of the pairs that nearly coincide or oppose, a block's worth at a time."""
    if _has_near(rho):
        yield from _pairs(rho.abs() > _NEAR_COSINE, dimension)


def _close_angles(theta: Tensor, near: Tensor, unit_z: Tensor, unit_x: Tensor) -> Tensor:
    """Set angles of `near` pairs by distances from the vectors' mean; return the pairs left over.

    `|u - v|^2 = |u - c|^2 + |v - c|^2 - 2 <u - c, v - c>` loses digits only where it is small
    beside the first two terms: there the pair is left to be taken by itself.
    """
    centre = unit_x.mean(dim=0)
    from_z, from_x = unit_z - centre, unit_x - centre
    squares = [t.square().sum(dim=1) for t in (from_z, from_x)]
    scatter = squares[0].unsqueeze(1) + squares[1]
    gap = torch.addmm(scatter, from_z, from_x.T, alpha=-2)
    clear = near & (gap > NEAR * scatter) & (gap < 1)
    theta[clear] = 2 * (gap[clear].sqrt() / 2).asin()
    return near & ~clear


def _angle(rho: Tensor, z: Tensor, X: Tensor) -> Tensor:
    """Angles between all pairs of lifted points, (P, N), to a few units of rounding everywhere.

    `rho`: their cosines, by a product; overwritten.
    """
    if not _has_near(rho):
        return rho.acos_()
    unit_z, unit_x = lift(z), lift(X)
    near = rho.abs() > _NEAR_COSINE
    # those are set below; until then they keep away from 1, where arccos has no derivative
    theta = rho.clamp(-_NEAR_COSINE, _NEAR_COSINE).acos_()
    if int(near.count_nonzero()) > _MANY * near.numel():
        near = _close_angles(theta, near, unit_z, unit_x)
    for rows, columns in _pairs(near, unit_z.shape[1]):
        u, v = unit_z[rows], unit_x[columns]
        gap, total = (torch.linalg.vector_norm(t, dim=1) for t in (u - v, u + v))
        theta[rows, columns] = 2 * torch.atan2(gap, total)
    return theta


def check_points(z: Tensor, X: Tensor, slope: float) -> None:
    """Raise `InputError` unless z (P, d) and X (N, d) fit each other and the slope is valid."""
    check_slope(slope)
    check_tensor("X", X, (None, None), X)
    check_tensor("z", z, (None, X.shape[1]), X)


def check_beta(beta: float) -> None:
    """Raise `InputError` unless theory's beta is a finite number."""
    number("beta", beta, math.isfinite, "must be finite")


@fitting(of_phi)
def phi(z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`Phi(z, x_n) = E[phi'(u(z)) phi'(u(x_n))]` over `(w, b)`; z (P, d), X (N, d) -> (P, N).

    >>> phi(torch.zeros(1, 3), torch.zeros(2, 3), slope=0.0)  # half of all neurons are active
    tensor([[0.5000, 0.5000]])
    """
    check_points(z, X, slope)
    return _phi_of_angle(_angle(lift(z) @ lift(X).T, z, X), slope)


def _top_and_fall(slope: float) -> tuple[float, float]:
    """`Phi = top - fall theta`."""
    return slope + (1 - slope) ** 2 / 2, (1 - slope) ** 2 / (2 * math.pi)


def _phi_of_angle(theta: Tensor, slope: float) -> Tensor:
    top, fall = _top_and_fall(slope)
    return theta.mul_(-fall).add_(top)


def k_inf(z: Tensor, X: Tensor, slope: float, beta: float) -> Tensor:
    """`K_inf(z, x_n) = Phi(z, x_n) (<z, x_n> + beta)`, shape (P, N)."""
    check_beta(beta)
    return phi(z, X, slope) * (z @ X.T + beta)


def f0_covariance(x: Tensor, z: Tensor, slope: float) -> Tensor:
    """`E[f_0(x) f_0(z)]` over the initialisation, for all pairs: x (P, d), z (N, d) -> (P, N)."""
    check_points(x, z, slope)
    theta = _angle(lift(x) @ lift(z).T, x, z)
    size = lifted_length(x) * lifted_length(z).T
    arc = (theta.sin() + (math.pi - theta) * theta.cos()) / (2 * math.pi)
    return slope * size * theta.cos() + (1 - slope) ** 2 * size * arc


def tiles(z: Tensor, X: Tensor) -> Iterator[tuple[slice, slice]]:
    """Rows of z and of X that together give a tile of pairs; the rows of z change last."""
    size = _TILE_BYTES // z.element_size() if z.device.type == "cpu" else block_elements(z.device)
    columns = min(len(X), size // min(len(z), _TILE_ROWS))
    rows = min(len(z), max(1, size // columns))
    for i in range(0, len(z), rows):
        for j in range(0, len(X), columns):
            yield slice(i, i + rows), slice(j, j + columns)


def tiles_in_place(
    z: Tensor, X: Tensor, weights: Tensor, arrays: int
) -> Iterator[tuple[slice, slice, Buffers]]:
    """`tiles`, each with so many arrays of its shape, in the same memory every time.

    Memory asked for anew costs about as much as the product that fills it. Where autograd keeps
    what is computed, each array is None: as an `out` that means anew.
    """
    kept = torch.is_grad_enabled() and any(t.requires_grad for t in (z, X, weights))
    rows, columns = next(tiles(z, X))
    memory = z.new_empty(0 if kept else arrays, rows.stop * columns.stop)
    for rows, columns in tiles(z, X):
        n, k = len(z[rows]), len(X[columns])
        buffers = tuple(part[: n * k].view(n, k) for part in memory)
        yield rows, columns, (None,) * arrays if kept else buffers


@fitting(of_kernel_sum(tiles))
def kernel_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> Tensor:
    """`sum_n weights_n K_inf(z, x_n)` at each z, shape (P,), streamed in tiles.

    One product per pair serves both factors of `K_inf`: with `q = <z, x_n>/(d |z||x_n|)`, lengths
    of the lifted points, `rho = q + 1/(|z||x_n|)`. The part of `Phi` that does not depend on the
    angle needs no pairs at all.
    """
    check_points(z, X, slope)
    check_beta(beta)
    check_tensor("weights", weights, (X.shape[0],), X)
    d = z.shape[1]
    length_z = lifted_length(z)
    length_x = lifted_length(X)
    short_x, inverse_x = X / length_x, 1 / length_x.T
    lever, pull = weights * length_x.squeeze(1), beta * weights
    top, fall = _top_and_fall(slope)
    bent = z.new_zeros(len(z))  # sum_n weights_n theta_n (<z, x_n> + beta)
    for rows, columns, (q, rho) in tiles_in_place(z, X, weights, 2):
        scale = d * length_z[rows]
        q = torch.mm(z[rows] / scale, short_x[columns].T, out=q)
        rho = torch.addcmul(q, 1 / length_z[rows], inverse_x[:, columns], out=rho)
        theta = _angle(rho, z[rows], X[columns])
        bent[rows] += theta @ pull[columns]
        bent[rows] += scale.squeeze(1) * (q.mul_(theta) @ lever[columns])
    return top * (z @ (weights @ X) + pull.sum()) - fall * bent


@fitting(of_weighted_direction(tiles))
def weighted_direction(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    """`sum_n weights_n Phi(z, x_n) x_n` at each z, shape (P, d), streamed in tiles."""
    check_points(z, X, slope)
    check_tensor("weights", weights, (X.shape[0],), X)
    unit_x, weighted = lift(X), weights.unsqueeze(1) * X
    top, fall = _top_and_fall(slope)
    bent = torch.zeros_like(z)  # sum_n weights_n theta_n x_n
    for rows, columns, (rho,) in tiles_in_place(z, X, weights, 1):
        rho = torch.mm(lift(z[rows]), unit_x[columns].T, out=rho)
        bent[rows] += _angle(rho, z[rows], X[columns]) @ weighted[columns]
    return top * weighted.sum(dim=0) - fall * bent
