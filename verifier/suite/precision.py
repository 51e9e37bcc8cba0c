"""The precision of matrix products in float32 on a GPU: full, or that of TF32.

TF32 rounds what it multiplies to eleven bits; no bound of a statement forgives that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

FULL, TF32 = "highest", "high"
"""As torch calls them."""


@contextmanager
def float32_products(precision: str) -> Iterator[None]:
    """Within it, products have this precision; afterwards the one from before."""
    before = _precision()
    torch.set_float32_matmul_precision(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def _precision() -> str:
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:  # lowered by torch's newer names, which the older ones refuse to read
        return TF32
