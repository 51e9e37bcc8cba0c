"""The exact law of a prediction over random targets, and its distance from a normal one (P5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
import torch
from torch import Tensor

SHEVTSOVA = 0.56
"""Of Berry and Esseen's inequality for independent terms (Shevtsova 2010)."""

_CELLS = 1 << 15  # of a grid, for each square root of the number of terms


@dataclass(frozen=True)
class TargetLaw:
    """The law of `centre + sum_n +-steps_n` with independent even signs.

    `centre`: mu. `steps (N,)`: `c_n = R_n/(2N) >= 0`, float64. Altered statements subclass this:
    each formula is one method.
    """

    centre: float
    steps: Tensor

    def spread(self) -> float:
        """`sd = sqrt(sum_n c_n^2)`."""
        return float(torch.linalg.vector_norm(self.steps))

    def error(self) -> float:
        """`.56 sum_n c_n^3/sd^3`: how far the law is from the normal one at most."""
        return SHEVTSOVA * float((self.steps / self.spread()).pow(3).sum())

    def least_wrong(self) -> float:
        """What the chance of the wrong sign is at least, zero counted as wrong."""
        return float(scipy.stats.norm.cdf(-abs(self.centre) / self.spread())) - self.error()

    def outcomes(self) -> Tensor:
        """All values in order, as often as there are targets that lead to them, (2^N,)."""
        sums = self.steps.new_zeros(1)
        for step in self.steps:
            sums = torch.cat((sums - step, sums + step))
        return self.centre + sums.sort().values

    def cdf(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """An upper bound of `P(. <= v)` and a lower one of `P(. < v)`, at each of `values (n,)`.

        Steps are rounded to a grid on which the law is a sum of convolutions. That moves no value
        further than all roundings together: the law is read that far above and below each value.
        """
        whole = float(self.steps.sum())
        cell = whole / (_CELLS * math.sqrt(len(self.steps))) or 1.0
        counts = torch.round(self.steps / cell).to(torch.int64)
        chances = np.ones(1)
        for count in counts.tolist():
            longer = np.zeros(len(chances) + 2 * count)
            longer[: len(chances)] += chances / 2
            longer[2 * count :] += chances / 2
            chances = longer
        places = cell * (np.arange(len(chances)) - int(counts.sum()))
        up_to = np.concatenate(([0.0], np.cumsum(chances)))
        moved = float((self.steps - cell * counts).abs().sum()) + 1e-12 * whole
        at = values.cpu().numpy() - self.centre
        above = up_to[np.searchsorted(places, at + moved, side="right")]
        below = up_to[np.searchsorted(places, at - moved, side="left")]
        return tuple(torch.from_numpy(v).to(values) for v in (above, below))  # type: ignore[return-value]
