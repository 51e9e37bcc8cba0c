"""The infinite-width kernel in closed form (docs/setting.md), its streamed sums.

With `s_x = |x|^2/d + 1`, `c = <x,z>/d + 1` and `rho = c / sqrt(s_x s_z)`:
`Phi(x, z) = gamma + (1-gamma)^2 (1/4 + arcsin(rho)/(2 pi))` and `K_inf = Phi (<x,z> + beta)`.

Sums over samples stream in tiles that stay in cache: memory does not grow with the number of pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from verifier.errors import number
from verifier.kernel.angles import RIGHT, LeftOut, all_arcs, lift, lifted_length, pair_arcs
from verifier.model.device import block_elements, read_together, reads_wait
from verifier.model.memory import fitting
from verifier.model.network import check_slope, check_tensor
from verifier.model.peaks import of_kernel_sum, of_phi, of_weighted_direction

_TILE_BYTES = 1 << 22  # of a tile of pairs; a few of them fit a CPU's last cache
_TILE_ROWS = 128  # no fewer points at a time, if there are so many

PhiFunction = Callable[[Tensor, Tensor, float], Tensor]
"""`phi(z (P, d), X (N, d), slope) -> (P, N)`."""
Buffers = tuple[Tensor | None, ...]


def check_points(z: Tensor, X: Tensor, slope: float) -> None:
    """Raise `InputError` unless z (P, d) and X (N, d) fit each other and the slope is valid."""
    check_slope(slope)
    with read_together():
        check_tensor("X", X, (None, None), X)
        check_tensor("z", z, (None, X.shape[1]), X)


def check_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> None:
    """Raise `InputError` unless these fit each other: z (P, d), X (N, d), weights (N,)."""
    check_beta(beta)
    with read_together():
        check_points(z, X, slope)
        check_tensor("weights", weights, (X.shape[0],), X)


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
    middle, rise = _middle_and_rise(slope)
    return all_arcs(lift(z) @ lift(X).T, z, X).mul_(rise).add_(middle)


def _middle_and_rise(slope: float) -> tuple[float, float]:
    """`Phi = middle + rise arcsin(rho)`."""
    return slope + (1 - slope) ** 2 / 4, (1 - slope) ** 2 / (2 * math.pi)


def k_inf(z: Tensor, X: Tensor, slope: float, beta: float) -> Tensor:
    """`K_inf(z, x_n) = Phi(z, x_n) (<z, x_n> + beta)`, shape (P, N)."""
    check_beta(beta)
    return phi(z, X, slope) * (z @ X.T + beta)


def f0_covariance(x: Tensor, z: Tensor, slope: float) -> Tensor:
    """`E[f_0(x) f_0(z)]` over the initialisation, for all pairs: x (P, d), z (N, d) -> (P, N)."""
    check_points(x, z, slope)
    arc = all_arcs(lift(x) @ lift(z).T, x, z)
    size, rho = lifted_length(x) * lifted_length(z).T, arc.sin()
    both_active = (arc.cos() + (RIGHT + arc) * rho) / (2 * math.pi)
    return slope * size * rho + (1 - slope) ** 2 * size * both_active


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


class Cosines:
    """Cosines of lifted points, tile by tile, from one product that sums need as well.

    With `q = <z, x_n>/(d |z||x_n|)`, lengths of the lifted points, `rho = q + 1/(|z||x_n|)`.
    """

    def __init__(self, z: Tensor, X: Tensor) -> None:
        self.length_z, self.length_x = lifted_length(z), lifted_length(X)
        self.scale = z.shape[1] * self.length_z  # `d |z|`, (P, 1)
        self.short_z, self.short_x = z / self.scale, X / self.length_x
        self.inverse_z, self.inverse_x = 1 / self.length_z, 1 / self.length_x.T

    def of(
        self, rows: slice, columns: slice, q: Tensor | None = None, rho: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """`q` and `rho` of a tile, in the memory given for them."""
        q = torch.mm(self.short_z[rows], self.short_x[columns].T, out=q)
        return q, torch.addcmul(q, self.inverse_z[rows], self.inverse_x[:, columns], out=rho)


@fitting(of_kernel_sum(tiles))
def kernel_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> Tensor:
    """`sum_n weights_n K_inf(z, x_n)` at each z, shape (P,), streamed in tiles.

    One product per pair serves both factors of `K_inf` (see `Cosines`). The part of `Phi` that does
    not depend on the angle needs no pairs at all.
    """
    check_sum(z, X, weights, slope, beta)
    tiled = Cosines(z, X)
    scale, lever = tiled.scale.squeeze(1), weights * tiled.length_x.squeeze(1)
    pull = beta * weights
    middle, rise = _middle_and_rise(slope)
    bent = z.new_zeros(len(z))  # sum_n weights_n arcsin(rho_n) (<z, x_n> + beta)
    left_out = LeftOut(lambda *tile: tiled.of(*tile)[1]) if reads_wait(z.device) else None
    for rows, columns, memory in tiles_in_place(z, X, weights, 2):
        q, rho = tiled.of(rows, columns, *memory)
        if left_out is None:
            arc = all_arcs(rho, z[rows], X[columns])
        else:
            arc = left_out.arcs(rows, columns, rho)
        here = bent[rows]
        here.addmv_(arc, pull[columns])
        here.addcmul_(scale[rows], q.mul_(arc) @ lever[columns])
    for p, n in left_out.pairs(z.shape[1]) if left_out else ():
        inner = torch.linalg.vecdot(z[p], X[n]) + beta
        bent.index_add_(0, p, pair_arcs(lift(z[p]), lift(X[n])) * weights[n] * inner)
    return middle * (z @ (weights @ X) + pull.sum()) + rise * bent


@fitting(of_weighted_direction(tiles))
def weighted_direction(z: Tensor, X: Tensor, weights: Tensor, slope: float) -> Tensor:
    """`sum_n weights_n Phi(z, x_n) x_n` at each z, shape (P, d), streamed in tiles."""
    check_sum(z, X, weights, slope, 0.0)
    unit_x, weighted = lift(X), weights.unsqueeze(1) * X
    middle, rise = _middle_and_rise(slope)
    bent = torch.zeros_like(z)  # sum_n weights_n arcsin(rho_n) x_n

    def cosines(rows: slice, columns: slice, out: Tensor | None = None) -> Tensor:
        return torch.mm(lift(z[rows]), unit_x[columns].T, out=out)

    left_out = LeftOut(cosines) if reads_wait(z.device) else None
    for rows, columns, (memory,) in tiles_in_place(z, X, weights, 1):
        rho = cosines(rows, columns, memory)
        if left_out is None:
            arc = all_arcs(rho, z[rows], X[columns])
        else:
            arc = left_out.arcs(rows, columns, rho)
        bent[rows].addmm_(arc, weighted[columns])
    for p, n in left_out.pairs(z.shape[1]) if left_out else ():
        bent.index_add_(0, p, pair_arcs(lift(z[p]), unit_x[n]).unsqueeze(1) * weighted[n])
    return middle * weighted.sum(dim=0) + rise * bent
