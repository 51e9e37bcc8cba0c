"""Directions of lifted points `(x/sqrt d, 1)` and their arcs `arcsin rho`, exact everywhere.

An arc is what the angle of a pair lacks of a right angle: `Phi` is linear in it, and it is near 0
for most pairs in many dimensions, so that sums of arcs round less than sums of angles.

Near coinciding or opposite directions arcsin of a product loses half the digits, so those pairs
take their angle from differences of unit vectors instead. Where reading a value makes the host
wait, near pairs are left out of a streamed sum and added after one read for all of its tiles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from verifier.model.device import all_finite, block_elements, ends, read, reads_wait

RIGHT = math.pi / 2  # a right angle
NEAR = 1e-2  # cos^2 of the arc below which arcsin would amplify rounding more than tenfold
NEAR_COSINE = math.sqrt(1 - NEAR)
_MANY = 1e-2  # share of near pairs from which more products for all are cheaper than each alone
_CENTRES = 2  # attacked points lie about two, one for each target


def lifted_length(x: Tensor) -> Tensor:
    """`sqrt(s_x)`, the length of `(x/sqrt d, 1)`, shape (P, 1), whatever the size of x."""
    length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    if reads_wait(x.device) or not all_finite(read(torch.stack(ends(length)))):
        # squares leave the floating range long before entries do
        scale = x.detach().abs().amax(dim=1, keepdim=True).clamp_(min=1)
        length = torch.linalg.vector_norm(x / scale, dim=1, keepdim=True) * scale
    return torch.hypot(length / math.sqrt(x.shape[1]), length.new_ones(()))


def lift(x: Tensor) -> Tensor:
    """Unit vectors along `(x/sqrt d, 1)`, shape (P, d+1)."""
    one = torch.ones_like(x[:, :1])
    return torch.cat((x / math.sqrt(x.shape[1]), one), dim=1) / lifted_length(x)


def is_near(rho: Tensor) -> Tensor:
    """Whether directions nearly coincide or oppose, by their cosines; a bool for each."""
    return rho.abs() > NEAR_COSINE


def near_pairs(rho: Tensor, dimension: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and columns of the pairs that are near, a block's worth at a time."""
    if _has_near(rho):
        near = is_near(rho)
        yield from _pairs(near, _count(near), dimension)


def _has_near(rho: Tensor) -> bool:
    """Whether some pairs are near (NaN: yes); where reads wait it is not asked."""
    if reads_wait(rho.device):
        return True
    least, greatest = read(torch.stack(ends(rho)))
    return not (least >= -NEAR_COSINE and greatest <= NEAR_COSINE)


def _count(chosen: Tensor) -> int:
    return int(read(chosen.count_nonzero().unsqueeze(0))[0])


def _pairs(chosen: Tensor, count: int, dimension: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows and columns of the `count` pairs that are `chosen`, as many at a time as fit a block."""
    wait = reads_wait(chosen.device)
    found = torch.nonzero_static(chosen, size=count) if wait else chosen.nonzero()
    for pairs in torch.split(found, max(1, block_elements(chosen.device) // dimension)):
        yield pairs[:, 0], pairs[:, 1]


def pair_arcs(u: Tensor, v: Tensor) -> Tensor:
    """The arc of each row of `u` with that of `v`, unit vectors (K, d) each, (K,)."""
    gap, total = (torch.linalg.vector_norm(t, dim=1) for t in (u - v, u + v))
    return RIGHT - 2 * torch.atan2(gap, total)


def all_arcs(rho: Tensor, z: Tensor, X: Tensor) -> Tensor:
    """Arcs of all pairs of lifted points, (P, N), to a few units of rounding everywhere.

    `rho`: their cosines, by a product; overwritten.
    """
    if not _has_near(rho):
        return rho.asin_()
    unit_z, unit_x = lift(z), lift(X)
    near = is_near(rho)
    count = _count(near)
    # those are set below; until then they keep away from 1, where arcsin has no derivative
    arc = rho.clamp(-NEAR_COSINE, NEAR_COSINE).asin_()
    if count > _MANY * near.numel():
        for _ in range(_CENTRES):
            arc, near = _close_arcs(arc, near, unit_z, unit_x)
        count = _count(near)
    for rows, columns in _pairs(near, count, unit_z.shape[1]):
        arc[rows, columns] = pair_arcs(unit_z[rows], unit_x[columns])
    return arc


def _close_arcs(arc: Tensor, near: Tensor, unit_z: Tensor, unit_x: Tensor) -> tuple[Tensor, Tensor]:
    """Arcs, of `near` pairs by distances from one centre, and the near pairs left over.

    `|u - v|^2 = |u - c|^2 + |v - c|^2 - 2 <u - c, v - c>` loses digits only where it is small
    beside the first two terms, as of pairs far from c: those are left, unless the terms are so
    small that an angle shows none of it. The centre is the mean of what is near the point that has
    most near it.
    """
    about = near[near.count_nonzero(dim=1).argmax()].to(unit_x.dtype)
    centre = about @ unit_x / about.sum().clamp_(min=1)
    from_z, from_x = unit_z - centre, unit_x - centre
    squares = [t.square().sum(dim=1) for t in (from_z, from_x)]
    scatter = squares[0].unsqueeze(1) + squares[1]
    gap = torch.addmm(scatter, from_z, from_x.T, alpha=-2)
    precision = torch.finfo(gap.dtype)
    clear = near & ((gap > NEAR * scatter) | (scatter < precision.eps)) & (gap < 1)
    # at 1, and at the least that is not 0, the root has no infinite derivative
    chord = torch.where(clear, gap, 1.0).clamp_(min=precision.tiny).sqrt()
    return torch.where(clear, RIGHT - 2 * (chord / 2).asin(), arc), near & ~clear


class LeftOut:
    """The near pairs of a streamed sum: left out of each tile, to be added after one read.

    `cosines(rows, columns)` makes those of a tile once more, by the same products and so the same
    to the bit, but only of tiles that have near pairs.
    """

    def __init__(self, cosines: Callable[[slice, slice], Tensor]) -> None:
        self.cosines = cosines
        self.tiles: list[tuple[slice, slice]] = []
        self.counts: list[Tensor] = []

    def near(self, rows: slice, columns: slice, rho: Tensor) -> Tensor:
        """Which pairs of the tile are left out; a bool for each."""
        near = is_near(rho)
        self.tiles.append((rows, columns))
        self.counts.append(near.count_nonzero())
        return near

    def arcs(self, rows: slice, columns: slice, rho: Tensor) -> Tensor:
        """Arcs of a tile, zero where they are left out."""
        near = self.near(rows, columns, rho)
        return rho.clamp(-NEAR_COSINE, NEAR_COSINE).asin_().masked_fill(near, 0.0)

    def pairs(self, dimension: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows and columns of all pairs left out, a block's worth at a time."""
        counts = read(torch.stack(self.counts))
        for (rows, columns), count in zip(self.tiles, counts, strict=True):
            if count:
                near = is_near(self.cosines(rows, columns))
                for p, n in _pairs(near, count, dimension):
                    yield rows.start + p, columns.start + n
