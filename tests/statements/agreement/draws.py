"""Random signs and generators that R5's tests share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

CPU64: dict[str, Any] = {"dtype": torch.float64, "device": "cpu"}


def generator(seed: int) -> torch.Generator:
    return torch.Generator(device="cpu").manual_seed(seed)


def signs(g: torch.Generator, *shape: int) -> Tensor:
    return 2.0 * torch.randint(0, 2, shape, generator=g).to(torch.float64) - 1
