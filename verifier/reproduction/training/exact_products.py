"""Products of patterns, whose entries are 0 and 1, on the cores that multiply bfloat16.

A float32 number is the sum of three numbers of bfloat16, exactly: 24 digits are three times 8. Such
a number times 0 or 1 is exact too, and sums are kept in float32. So of a pattern and a matrix
these cores find what the float32 ones would, but for the sums, several times as fast. It is neither
TF32 nor half precision: no product is rounded. But these cores cut sums off instead of rounding
them: an error grows with the number of terms and not with its root, to that many times `2^-23`.
"""

from __future__ import annotations

import torch
from torch import Tensor

PIECES = 3


def in_pieces(matrix: Tensor) -> Tensor:
    """`(B, 3 N, M)` in bfloat16, three matrices one below another that sum up to `(B, N, M)`.

    Exactly, for entries of float32 that are 0 or between 1e-33 and 1e38 in size.
    """
    B, N, M = matrix.shape
    found = matrix.new_empty(B, PIECES, N, M, dtype=torch.bfloat16)
    for pieces, rest in zip(found, matrix, strict=True):  # one at a time, for the memory
        left = rest
        for piece in pieces:
            piece.copy_(left)
            left = left - piece
    return found.view(B, PIECES * N, M)


def repeated(patterns: Tensor) -> Tensor:
    """Patterns `(B, R, N)`, each as often as there are pieces: `(B, R, 3, N)`, in bfloat16."""
    B, R, N = patterns.shape
    return patterns.to(torch.bfloat16).unsqueeze(-2).expand(B, R, PIECES, N).contiguous()


def pattern_product(patterns: Tensor, pieces: Tensor, out: Tensor) -> Tensor:
    """`patterns (B, R, 3, N)`, all three alike, times what `in_pieces` took apart: `out (B, R, M)`.

    A CPU, which has no such cores, computes the same in float32.
    """
    flat = patterns.flatten(-2)
    if flat.device.type == "cpu":
        return torch.bmm(flat.float(), pieces.float(), out=out)
    return torch.bmm(flat, pieces, out_dtype=torch.float32, out=out)
