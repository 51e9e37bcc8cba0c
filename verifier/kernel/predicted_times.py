"""Effective times without training: descent on the kernel machine that a wide network becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verifier.model.recipe import Recipe


@dataclass(frozen=True)
class PredictedTimes:
    """`tauhat_n(j)`, the effective times that training would give an infinitely wide network.

    `start (..., N)`: outputs before training at the samples. `kernel (N, N)`: `K_inf(X, X)`.
    `y (N,)`: labels. The recursion (docs/certificates.md, D6a), with momentum's `v` where there is
    any: `v(j) = mu v(j-1) + ell'(-y_n Fhat_n(j))`, `tauhat_n(j+1) = tauhat_n(j) + eta_j v(j)`.
    """

    start: Tensor
    kernel: Tensor
    y: Tensor
    recipe: Recipe

    def outputs(self, tau: Tensor) -> Tensor:
        """`Fhat_n = f_0(x_n) + (1/N) sum_k y_k tau_k K_inf(x_n, x_k)`, (..., N)."""
        return self.start + (tau * self.y) @ self.kernel / len(self.y)

    def speeds(self, tau: Tensor) -> Tensor:
        """`ell'(-y_n Fhat_n)`, (..., N)."""
        return self.recipe.loss.derivative(-self.y * self.outputs(tau))

    @cached_property
    def path(self) -> Tensor:
        """`tauhat_n(j)` for j = 0..K, (K+1, ..., N); the last are those of the whole training."""
        tau = torch.zeros_like(self.start)
        velocity = torch.zeros_like(tau)
        path = [tau]
        for eta in self.recipe.steps:
            velocity = self.recipe.momentum * velocity + self.speeds(tau)
            tau = tau + eta * velocity
            path.append(tau)
        return torch.stack(path)
