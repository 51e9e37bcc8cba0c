"""Running error bounds in floating point (docs/setting.md).

A trained weight is a start plus a sum of K N terms; rounding moves it by at most `n eps_mach`
times the sum of their magnitudes, n counting the operations that meet in one value: K steps, N
samples, sqrt d for the inner products (the square root because the rounding errors of a long sum
behave like independent ones, Higham & Mary 2019), and a few single ones. Everything computed from
the weights inherits that error linearly; a sum over neurons adds sqrt m operations of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import preactivation
from verifier.trial.kept import kept_at
from verifier.trial.trained import Trained

_SINGLE = 4  # activation, product with the readout, width scaling, step size


def unit(run: Trained, dtype: torch.dtype) -> float:
    """`n eps_mach`: the relative rounding error of one neuron of a run computed in `dtype`."""
    operations = len(run.recipe.steps) + len(run.y) + math.sqrt(run.X.shape[1]) + _SINGLE
    return operations * torch.finfo(dtype).eps


@dataclass(frozen=True)
class RoundingBound:
    """How far rounding (and `drift`) may move a trained network; see `of` for its making.

    `weight`, `bias`: bounds on the error of `|w_i(T)|` and `b_i(T)`, (m,). `size`, `bias_size`:
    the magnitudes `|w_i(0)| + |a_i| sum_n tau_n |x_n| / (N sqrt m)` and `|b_i(0)| + ...` that they
    cannot exceed, (m,). `path`: bound on the error of A_in relative to tau_n and, where the loss
    derivative underflows, absolute, (N,). `sums`: what a sum over neurons adds to it, relative.
    """

    run: Trained
    slope: float
    weight: Tensor
    bias: Tensor
    size: Tensor
    bias_size: Tensor
    path: Tensor
    sums: float

    @classmethod
    def of(cls, run: Trained, dtype: torch.dtype, drift: Tensor | None = None) -> RoundingBound:
        """The bound for a run in `dtype`; `drift (N,)` bounds tau's error between two codes."""
        step = unit(run, dtype)
        pull = run.initial.a.abs() / (len(run.y) * math.sqrt(run.initial.width))
        lengths = torch.linalg.vector_norm(run.X, dim=1)
        size = torch.linalg.vector_norm(run.initial.W, dim=1) + pull * (run.tau * lengths).sum()
        bias_size = run.initial.b.abs() + pull * run.tau.sum()
        weight, bias = step * size, step * bias_size
        if drift is not None:
            weight = weight + pull * (drift * lengths).sum()
            bias = bias + pull * drift.sum()
        info = torch.finfo(dtype)
        path = step * (run.tau + info.tiny)
        sums = math.sqrt(run.initial.width) * info.eps
        return cls(run, run.recipe.slope, weight, bias, size, bias_size, path, sums)

    @property
    def _readout(self) -> Tensor:
        return self.run.initial.a.abs() / math.sqrt(self.run.initial.width)

    def preactivation(self, z: Tensor, neurons: slice = slice(None)) -> Tensor:
        """A bound on the error of `u_i(z)`, (P, m) or only some neurons."""
        lengths = torch.linalg.vector_norm(z, dim=1)[:, None]
        return torch.addcmul(self.bias[neurons], lengths, self.weight[neurons])

    @kept_at
    def near_kink(self, z: Tensor) -> Tensor:
        """Where `|u_i(z; T)|` is within its rounding bound, so its pattern may flip, (P, m)."""
        return preactivation(self.run.final, z).abs_() <= self.preactivation(z)

    @kept_at
    def input_gradient(self, z: Tensor) -> Tensor:
        """A bound on the error of `|nabla f_T(z)|`, patterns that may flip included, (P,)."""
        flips = (1 - self.slope) * self.near_kink(z).to(z.dtype)
        size = self._readout * self.size
        return self._readout @ self.weight + self.sums * size.sum() + flips @ size

    def direction(self, z: Tensor, length: Tensor) -> Tensor:
        """A bound on the error of the unit vector along `nabla f_T(z)` of a `length`, (P,).

        2 where the direction is arbitrary.
        """
        return (2 * self.input_gradient(z) / length).clamp(max=2.0).nan_to_num(nan=2.0)

    def output(self, z: Tensor) -> Tensor:
        """A bound on the error of `f_T(z)`, (P,)."""
        lengths = torch.linalg.vector_norm(z, dim=1)
        weight, bias = self.weight + self.sums * self.size, self.bias + self.sums * self.bias_size
        return lengths * (weight @ self._readout) + bias @ self._readout

    def coefficients(self) -> Tensor:
        """A bound on the error of `C_n(z)` at any z, (N,)."""
        abar = (self.run.initial.a**2).mean()
        relative = abar * (self.path + self.sums * self.run.tau) / len(self.run.y)
        least = torch.finfo(relative.dtype)  # the check itself may underflow too
        return relative + (len(self.run.recipe.steps) + len(self.run.y)) * least.tiny * least.eps
