"""The exact law of the initial kernel between two points, at any width (P1x)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
import torch
from torch import Tensor

from verifier.kernel.phi import phi

_LEAST = 1e-13
"""Chances and values of the characteristic function that are left out."""
_AT_ONCE = 1 << 22  # entries of the table of an inversion


@dataclass(frozen=True)
class KernelLaw:
    """The law of `m K_0(z, x) = chi2(n1) + gamma chi2(n2) + gamma^2 chi2(n3)`.

    `(n1, n2, n3)` is multinomial(m; p, 1-2p, p), `p` the probability that a neuron is active at
    both points. Altered statements subclass this: each formula is one method.
    """

    slope: float
    width: int

    def both_active(self, z: Tensor, x: Tensor) -> float:
        """`p = 1/4 + arcsin(rho)/(2 pi)`, at z, x (1, d): the kernel of slope 0."""
        return float(phi(z, x, 0.0))

    def scales(self) -> tuple[float, float, float]:
        """What multiplies `a_i^2`: the products of two patterns."""
        return 1.0, self.slope, self.slope**2

    def transform(self, s: np.ndarray, p: float) -> np.ndarray:
        """`E exp(i s m K_0)`: of m independent neurons, each a mixture of three."""
        of_each = zip((p, 1 - 2 * p, p), self.scales(), strict=True)
        parts = [share / np.sqrt(1 - 2j * s * scale) for share, scale in of_each]
        found: np.ndarray = np.sum(parts, axis=0) ** self.width
        return found

    def cdf(self, kernels: Tensor, p: float) -> tuple[Tensor, Tensor]:
        """`P(K_0 <= v)` and `P(K_0 < v)` at each of `kernels (n,)`."""
        values = self.width * kernels.cpu().numpy()
        nothing = (1 - p) ** self.width  # no neuron is active at both: K_0 = 0 for the ReLU
        if self.slope == 0 and nothing > _LEAST:
            counts = np.arange(1, self.width + 1)
            chances = scipy.stats.binom.pmf(counts, self.width, p)
            below = np.array([chances @ scipy.stats.chi2.cdf(v, counts) for v in values])
            at, below = below + nothing * (values >= 0), below + nothing * (values > 0)
        elif self.slope == 1:  # K_0 = |a|^2/m, whatever the patterns
            at = below = scipy.stats.chi2.cdf(values, self.width)
        else:
            at = below = self._inverted(values, p)
        return tuple(torch.from_numpy(v).to(kernels) for v in (at, below))  # type: ignore[return-value]

    def _inverted(self, values: np.ndarray, p: float) -> np.ndarray:
        """By Gil-Pelaez's formula, the integral taken by midpoints.

        That is exact but for what the law has beyond `last`, half a period, and for the end of the
        transform that is left out. A sum of all `a_i^2`, chi2(m), is no smaller than `m K_0`.
        """
        last = scipy.stats.chi2.isf(_LEAST, self.width)
        step = math.pi / last
        count = 1
        while abs(self.transform(np.array([count * step]), p)[0]) > _LEAST * count:
            count *= 2
        k = np.arange(count) + 0.5
        weights = self.transform(k * step, p) / k
        inside = np.minimum(values, last)
        parts = np.array_split(inside, max(1, len(values) * count // _AT_ONCE))
        sums = [(np.exp(-1j * step * np.outer(part, k)) @ weights).imag for part in parts]
        found: np.ndarray = np.clip(0.5 - np.concatenate(sums) / math.pi, 0.0, 1.0)
        return found
