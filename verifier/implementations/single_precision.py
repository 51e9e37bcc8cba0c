"""Results that were computed in single precision, recognised by their digits."""

from __future__ import annotations

import torch
from torch import Tensor

_ENOUGH = 1000  # entries that tell a floating-point type


def in_single(answer: Tensor, handed: Tensor) -> bool:
    """Whether `answer` was computed in single precision, or less, from `handed` in float64.

    Then float32 holds it exactly, whatever type it comes in. That says nothing where it holds what
    was handed too, or where fewer digits would do, as for zeros and signs.
    """
    if _holds(torch.float32, handed):
        return False
    if answer.dtype != torch.float64:
        return True
    return _holds(torch.float32, answer) and not _holds(torch.bfloat16, answer)


def _holds(dtype: torch.dtype, numbers: Tensor) -> bool:
    """Whether a type holds all of them exactly."""
    some = numbers.flatten()[:_ENOUGH].double()
    return bool((some.to(dtype).double() == some).all())
