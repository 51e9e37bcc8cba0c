"""Numbers known only to lie between two others."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Interval(NamedTuple):
    """Numbers known to lie between `low` and `high`, entry by entry."""

    low: Tensor
    high: Tensor

    @property
    def centre(self) -> Tensor:
        """The middle."""
        return (self.low + self.high) / 2

    @property
    def radius(self) -> Tensor:
        """The largest distance from the centre."""
        return (self.high - self.low) / 2
