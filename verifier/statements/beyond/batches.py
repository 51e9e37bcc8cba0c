"""Mini-batches: the weight of each sample at each step, and what their sampler adds to outputs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.recipe import Recipe
from verifier.statements.certificates.formulas import Certificates
from verifier.statements.certificates.interval import Interval


@dataclass(frozen=True)
class Batches:
    """E7: `batches (K, B)`, indices into `samples` samples."""

    batches: Tensor
    samples: int

    def counts(self) -> Tensor:
        """`c_nj`: how often sample n is in batch j, (K, N), float64."""
        size = len(self.batches), self.samples
        nothing = torch.zeros(size, dtype=torch.float64, device=self.batches.device)
        ones = torch.ones_like(self.batches, dtype=nothing.dtype)
        return nothing.scatter_add(1, self.batches, ones)

    def weights(self) -> Tensor:
        """`(N/B) c_nj`: what a sample's loss weighs in the mean over batch j, times N, (K, N)."""
        return self.counts() * self.samples / self.batches.shape[1]

    def times(self, recipe: Recipe) -> Tensor:
        """`tau_n` under the identity loss, `sum_j omega_j (N/B) c_nj`, (N,)."""
        omega = self.batches.new_tensor(recipe.effective_steps(), dtype=torch.float64)
        return omega @ self.weights()


@dataclass(frozen=True)
class BatchedCertificates(Certificates):
    """D1-D3 where effective times do not grow alike, whatever the loss.

    Under the identity loss an earlier step's sum is a share of the last one's if batches are full,
    and need not be if they are not.
    """

    def path_pull(self, z: Tensor, patterns: Interval) -> Interval:
        """`(1/N) sum_n y_n k_n A_in` at any earlier step, (P, m): each sample's part, or none."""
        up, down = self.pushes(z)
        return Interval(-(down @ patterns.high), up @ patterns.high)
