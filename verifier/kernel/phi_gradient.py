"""The gradient `nabla_z Phi(z, x)` of the infinite-width kernel, and its streamed sum (R3).

For most pairs it is that of arcsin(rho). Near coinciding or opposite directions rho has lost the
digits that matter, so those pairs take it from `x - z` instead.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.kernel.angles import NEAR, LeftOut, lift, lifted_length, near_pairs
from verifier.kernel.phi import Cosines, check_points, check_sum, tiles, tiles_in_place
from verifier.model.device import reads_wait
from verifier.model.memory import fitting
from verifier.model.peaks import of_gradient_sum
from verifier.model.vectors import row_norms


def _exact_difference(x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
    """`x - z` as a rounded difference and its rounding error (Knuth)."""
    e = x - z
    back = e - x
    return e, (x - (e - back)) - (z + back)


def _exact_product(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """`a b` as a rounded product and its rounding error (Dekker)."""
    digits = 1 - round(math.log2(torch.finfo(a.dtype).eps))
    halves = []
    for t in (a, b):
        wide = t * (2.0 ** ((digits + 1) // 2) + 1)
        high = wide - (wide - t)
        halves.append((high, t - high))
    (a_high, a_low), (b_high, b_low) = halves
    p = a * b
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _pull(z: Tensor, x: Tensor) -> Tensor:
    """`(1/d) (e_perp + e_par/s_z) / sqrt(det)`, (K, d), for K pairs; zero where `x = z`.

    That is `2 pi/(1-gamma)^2 nabla_z Phi`, with `e = x - z` split along and across z and
    `det = s_x s_z - c^2 = |e|^2/d + (|z| |e_perp|/d)^2`: nothing cancels. Where x and z are nearly
    parallel and long, e_perp needs the digits of e that rounding drops, hence the exact pieces.
    """
    d = z.shape[1]
    e, rest = _exact_difference(x, z)
    length = row_norms(z).unsqueeze(1)
    square = length.square()

    def along(t: Tensor) -> Tensor:
        return ((t * z).sum(dim=1, keepdim=True) / square).masked_fill(square == 0, 0.0)

    share = along(e)
    product, error = _exact_product(share, z)
    across = (e - product) + (rest - error)
    across = across - along(across) * z
    sizes = row_norms(e) / math.sqrt(d), row_norms(across) * length.squeeze(1) / d
    root = torch.hypot(*sizes).unsqueeze(1)
    pull = (across + share * z / (square / d + 1)) / (d * root)
    return pull.masked_fill(root == 0, 0.0)


@fitting(of_gradient_sum(tiles))
def phi_gradient_sum(z: Tensor, X: Tensor, weights: Tensor, slope: float, beta: float) -> Tensor:
    """`sum_n weights_n (<z, x_n> + beta) nabla_z Phi(z, x_n)`, shape (P, d) (R3).

    `Phi` has a cusp where `x_n = z`; those n are dropped, as R3 prescribes. Each gradient is
    within some ten units of rounding of the most it can be, `(1-gamma)^2/(2 pi sqrt(d s_z))`.
    """
    check_sum(z, X, weights, slope, beta)
    d = z.shape[1]
    tiled = Cosines(z, X)
    total = torch.zeros_like(z)
    left_out = LeftOut(lambda *tile: tiled.of(*tile)[1]) if reads_wait(z.device) else None
    for rows, columns, (value, rho, rise) in tiles_in_place(z, X, weights, 3):
        points = z[rows]
        samples = X[columns]
        length_z = tiled.length_z[rows]
        value, rho = tiled.of(rows, columns, value, rho)
        value.mul_(tiled.scale[rows]).mul_(tiled.length_x[columns].T)
        value.add_(beta).mul_(weights[columns])
        if left_out is None:
            for p, n in near_pairs(rho, d):
                pull = _pull(points[p], samples[n])
                total[rows].index_add_(0, p, value[p, n].unsqueeze(1) * pull)
                value[p, n] = 0.0
                rho[p, n] = 0.0
        else:
            near = left_out.near(rows, columns, rho)
            value.masked_fill_(near, 0.0)
            rho.masked_fill_(near, 0.0)
        rise = torch.addcmul(rho.new_ones(()), rho, rho, value=-1, out=rise)
        value *= rise.rsqrt_()  # of arcsin at rho
        along_x = value @ tiled.short_x[columns]
        along_z = value.mul_(rho).sum(dim=1, keepdim=True)
        total[rows] += (along_x - along_z * points / length_z) / (d * length_z)
    for p, n in left_out.pairs(d) if left_out else ():
        value = weights[n] * (torch.linalg.vecdot(z[p], X[n]) + beta)
        total.index_add_(0, p, value.unsqueeze(1) * _pull(z[p], X[n]))
    return total * (1 - slope) ** 2 / (2 * math.pi)


def phi_gradient(z: Tensor, X: Tensor, slope: float) -> Tensor:
    """`nabla_z Phi(z, x_n)` for every pair, shape (P, N, d); zero at the cusp `z = x_n`.

    As exact as the terms of `phi_gradient_sum`.
    """
    check_points(z, X, slope)
    d = z.shape[1]
    length_z = lifted_length(z)
    length_x = lifted_length(X)
    rho = lift(z) @ lift(X).T
    sine = ((1 - rho) * (1 + rho)).clamp_(min=NEAR / 2).sqrt_().unsqueeze(-1)
    pull = X / length_x - rho.unsqueeze(-1) * (z / length_z).unsqueeze(1)
    pull /= d * length_z.unsqueeze(1) * sine
    for p, n in near_pairs(rho, d):
        pull[p, n] = _pull(z[p], X[n])
    return (1 - slope) ** 2 / (2 * math.pi) * pull
