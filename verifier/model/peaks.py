"""What the loops over blocks of points and tiles of pairs hold at their peak, one formula for each.

Counted in numbers of the arguments' dtype, beside the arguments and with the result. Where they
stand beside arrays of two indices, vectors are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from torch import Tensor

from verifier.model.memory import Need, block_on

Network = tuple[Tensor, Tensor, Tensor]
"""`W (..., m, d)`, `b (..., m)`, `a (..., m)`."""
POSITION = 8
"""Bytes of an index."""
AT_NEAR = 13
"""Arrays that the gradients of single pairs take at once."""
Tiles = Callable[[Tensor, Tensor], Iterator[tuple[slice, slice]]]
"""Rows of z and of X that together give a tile of pairs."""


def stand_in(like: Tensor, *shape: int) -> Tensor:
    """An array of this shape that takes no memory, on the device and in the dtype of `like`."""
    return like.detach()[(0,) * like.ndim].expand(shape)


def of_output(params: Network, z: Tensor, slope: float) -> Need:
    """Pre-activations of a block of points, and of the next; all outputs, at the end twice."""
    return _of_points(params, z, lambda block, following, points, d: block + following + 2 * points)


def of_input_gradient(params: Network, z: Tensor, slope: float) -> Need:
    """Pre-activations and patterns of a block of points, beside the patterns of the one before.

    And the gradients of all points, at the end twice.
    """

    def entries(block: int, following: int, points: int, d: int) -> int:
        return points * d + block + max(block, 2 * following, points * d)

    return _of_points(params, z, entries)


def _of_points(params: Network, z: Tensor, entries: Callable[[int, int, int, int], int]) -> Need:
    """`entries`: of the pairs of point and neuron in one block and in the next, all points, d."""
    W, _, a = params

    def at(sizes: Mapping[str, int]) -> int:
        networks = sizes.get("networks", 1)
        neurons = networks * sizes["m"]
        P = sizes["P"]
        rows = min(P, max(1, block_on(z.device) // neurons))
        following = min(rows, P - rows)
        return entries(neurons * rows, neurons * following, networks * P, sizes["d"])

    sizes = {**several(a.shape[:-1].numel()), "P": z.shape[-2], "d": W.shape[-1], "m": W.shape[-2]}
    return Need(sizes, at, z.dtype, z.device)


def several(networks: int) -> dict[str, int]:
    """The number of networks, where it is worth telling."""
    return {"networks": networks} if networks > 1 else {}


def of_phi(z: Tensor, X: Tensor, slope: float) -> Need:
    """The cosines of all pairs, and what it takes to make angles of them."""
    item = z.element_size()
    return _of_pairs(z, X, lambda P, N, d: P * N + _angles(P, N, d, item))


def of_kernel_sum(tiles: Tiles) -> Callable[..., Need]:
    """Points and samples scaled; two arrays of a tile, and what it takes to make angles of them."""

    def need(z: Tensor, X: Tensor, *_: object, **__: object) -> Need:
        def entries(P: int, N: int, d: int) -> int:
            rows, columns = _tile(tiles, z, X, P, N)
            pairs = 2 * rows * columns + _angles(rows, columns, d, z.element_size())
            return (N + P) * d + pairs

        return _of_pairs(z, X, entries)

    return need


def of_weighted_direction(tiles: Tiles) -> Callable[..., Need]:
    """The samples lifted, and weighted; the sums; of a tile the angles.

    At the end the sums three times, and no tile.
    """

    def need(z: Tensor, X: Tensor, *_: object, **__: object) -> Need:
        def entries(P: int, N: int, d: int) -> int:
            rows, columns = _tile(tiles, z, X, P, N)
            pairs = rows * columns + _angles(rows, columns, d, z.element_size())
            return N * (2 * d + 1) + P * d + max(rows * d + pairs, 2 * P * d)

        return _of_pairs(z, X, entries)

    return need


def of_gradient_sum(tiles: Tiles) -> Callable[..., Need]:
    """Points and samples scaled; the sums; three arrays of a tile.

    Where many points nearly coincide, the positions of those pairs, and `AT_NEAR` arrays of as many
    as fit a block. At the end the sums three times, and no tile.
    """

    def need(z: Tensor, X: Tensor, *_: object, **__: object) -> Need:
        def entries(P: int, N: int, d: int) -> int:
            rows, columns = _tile(tiles, z, X, P, N)
            near = min(rows * columns * d, block_on(z.device))
            pairs = 3 * rows * columns + _positions(rows, columns, z.element_size())
            return N * d + 2 * P * d + max(2 * rows * d + pairs + AT_NEAR * near, 2 * P * d)

        return _of_pairs(z, X, entries)

    return need


def _angles(rows: int, columns: int, d: int, item: int) -> int:
    """Angles of a tile, at the most: four arrays, points lifted and centred, positions of pairs.

    Less where few points nearly coincide, and next to nothing where none do.
    """
    lifted = (rows + columns) * (d + 1)
    return 2 * lifted + 4 * rows * columns + _positions(rows, columns, item)


def _positions(rows: int, columns: int, item: int) -> int:
    """Row and column of each pair, in numbers of `item` bytes."""
    return rows * columns * 2 * POSITION // item


def _tile(tiles: Tiles, z: Tensor, X: Tensor, P: int, N: int) -> tuple[int, int]:
    """Rows and columns of the first tile, which is the largest."""
    rows, columns = next(tiles(stand_in(z, P, 1), stand_in(X, N, 1)))
    return min(P, rows.stop), min(N, columns.stop)


def _of_pairs(z: Tensor, X: Tensor, entries: Callable[[int, int, int], int]) -> Need:
    """`entries`: of the numbers of points and of samples, and d."""

    def at(sizes: Mapping[str, int]) -> int:
        return entries(sizes["P"], sizes["N"], sizes["d"])

    return Need({"P": len(z), "N": len(X), "d": X.shape[1]}, at, z.dtype, z.device)
