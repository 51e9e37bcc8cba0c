"""Running error bounds in floating point (theory section 2, "Floating point").

A trained weight is a start plus a sum of K N terms; rounding moves it by at most
`c n eps_mach` times the sum of their magnitudes, n counting the operations that meet in one
value: K steps, N samples, sqrt d and log2 m for the inner products (the square root because
rounding errors of a dot product behave like independent ones, Higham & Mary 2019). Everything
computed from the weights inherits that error linearly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.decomposition import Trained
from verifier.network import preactivation

SAFETY = 4.0
"""The constant c. Theory's prototypes stayed below 4 (K + N) eps; reports show the worst seen."""


def unit(run: Trained, dtype: torch.dtype) -> float:
    """`c n eps_mach`: the relative rounding error of one value of a run computed in `dtype`."""
    m, d = run.initial.W.shape
    operations = len(run.recipe.steps) + len(run.y) + math.sqrt(d) + math.log2(m) + 1
    return SAFETY * operations * torch.finfo(dtype).eps


@dataclass(frozen=True)
class RoundingBound:
    """How far rounding (and `drift`) may move a trained network; see `of` for its making.

    `weight`, `bias`: bounds on the error of `|w_i(T)|` and `b_i(T)`, (m,). `size`: the magnitude
    `|w_i(0)| + |a_i| sum_n tau_n |x_n| / (N sqrt m)` that a trained `w_i` cannot exceed, (m,).
    """

    run: Trained
    slope: float
    weight: Tensor
    bias: Tensor
    size: Tensor
    step: float

    @classmethod
    def of(cls, run: Trained, dtype: torch.dtype, drift: Tensor | None = None) -> RoundingBound:
        """The bound for a run in `dtype`; `drift (N,)` bounds the error of tau between two codes."""
        step = unit(run, dtype)
        pull = run.initial.a.abs() / (len(run.y) * math.sqrt(run.initial.width))
        lengths = torch.linalg.vector_norm(run.X, dim=1)
        start = torch.linalg.vector_norm(run.initial.W, dim=1)
        size = start + pull * (run.tau * lengths).sum()
        weight = step * size
        bias = step * (run.initial.b.abs() + pull * run.tau.sum())
        if drift is not None:
            weight = weight + pull * (drift * lengths).sum()
            bias = bias + pull * drift.sum()
        return cls(run, run.recipe.slope, weight, bias, size, step)

    @property
    def _readout(self) -> Tensor:
        return self.run.initial.a.abs() / math.sqrt(self.run.initial.width)

    def preactivation(self, z: Tensor) -> Tensor:
        """A bound on the error of every `u_i(z)`, (P, m)."""
        return torch.linalg.vector_norm(z, dim=1)[:, None] * self.weight + self.bias

    def near_kink(self, z: Tensor) -> Tensor:
        """Where `|u_i(z; T)|` is within its rounding bound, so that its pattern may flip, (P, m)."""
        return preactivation(self.run.final, z).abs() <= self.preactivation(z)

    def input_gradient(self, z: Tensor) -> Tensor:
        """A bound on the error of `|nabla f_T(z)|`, patterns that may flip included, (P,)."""
        flips = (1 - self.slope) * self.near_kink(z).to(z.dtype)
        return self._readout @ self.weight + flips @ (self._readout * self.size)

    def output(self, z: Tensor) -> Tensor:
        """A bound on the error of `f_T(z)`, (P,)."""
        return self.preactivation(z) @ self._readout
