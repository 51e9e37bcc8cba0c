"""Training by mini-batches that is wrong, and formulas for it that are, for E7 and E7n."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, activation_pattern
from verifier.model.recipe import Recipe
from verifier.statements.beyond.batches import BatchedCertificates, Batches
from verifier.statements.certificates.formulas import Certificates
from verifier.statements.certificates.interval import Interval
from verifier.statements.control import Control


class ByBatches(Reference):
    """A correct loop over batches, whose parts a control overrides."""

    def batch(self, batches: Tensor, k: int, samples: int) -> Tensor:
        # Whose samples step k sees
        return batches[k]

    def share(self, batch: Tensor) -> float:
        # Of each of them in the objective
        return 1 / len(batch)

    def kept(self, velocity: Tensor, mu: float) -> Tensor:
        # Of the velocity
        return mu * velocity

    def train_batches(
        self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe, batches: Tensor
    ) -> Parameters:
        # Heavy ball on the weights and biases side by side
        V = torch.cat((params.W, params.b[:, None]), dim=1)
        ones, readout = torch.ones_like(X[:, :1]), params.a / params.width**0.5
        moves = torch.ones_like(V)
        moves[:, -1] = recipe.beta
        velocity = torch.zeros_like(V)
        for k, eta in enumerate(recipe.steps):
            batch = self.batch(batches, k, len(y))
            x, labels = torch.cat((X, ones), dim=1)[batch], y[batch]
            u = x @ V.T
            pattern = activation_pattern(u, recipe.slope)
            p = recipe.loss.derivative(-labels * ((pattern * u) @ readout))
            gradient = -self.share(batch) * ((pattern * readout).T * (labels * p)) @ x
            velocity = self.kept(velocity, recipe.momentum) + gradient
            V = V - eta * moves * velocity
        return Parameters(V[:, :-1].clone(), V[:, -1].clone(), params.a)


class FirstBatchAlways(ByBatches):
    def batch(self, batches: Tensor, k: int, samples: int) -> Tensor:
        return batches[0]


class WholeBatch(ByBatches):
    def batch(self, batches: Tensor, k: int, samples: int) -> Tensor:
        return torch.arange(samples, device=batches.device)


class RepeatsOnce(ByBatches):
    def batch(self, batches: Tensor, k: int, samples: int) -> Tensor:
        # A sample that is drawn twice counts once
        return torch.unique(batches[k])


class SumOfBatch(ByBatches):
    def share(self, batch: Tensor) -> float:
        # The sum over the batch
        return 1.0


class ForgetsVelocity(ByBatches):
    def kept(self, velocity: Tensor, mu: float) -> Tensor:
        # Each batch begins at rest
        return torch.zeros_like(velocity)


class CountedOnce(Batches):
    def counts(self) -> Tensor:
        # c_nj is 1 for every sample of the batch
        return super().counts().clamp(max=1.0)


class ShareMissing(Batches):
    def weights(self) -> Tensor:
        # c_nj without N/B
        return self.counts()


class StepsForEffective(Batches):
    def times(self, recipe: Recipe) -> Tensor:
        # Step sizes for effective ones
        return super().times(Recipe(recipe.steps))


class AlikePath(BatchedCertificates):
    def path_pull(self, z: Tensor, patterns: Interval) -> Interval:
        # Of full batches: an earlier step's sum is a share of the last one's
        return Certificates.path_pull(self, z, patterns)


E7 = ("E7",)
CONTROLS = (
    Control("batch-first-always", "every step sees the first batch", E7, FirstBatchAlways),
    Control("batch-whole", "every step sees all samples", E7, WholeBatch),
    Control("batch-repeats-once", "a sample drawn twice counts once", E7, RepeatsOnce),
    Control("batch-sum", "the sum over a batch", E7, SumOfBatch),
    Control("batch-at-rest", "each batch forgets the velocity", E7, ForgetsVelocity),
    Control("counted-once", "c_nj is 0 or 1", E7, altered={Batches: CountedOnce}),
    Control("batch-share-missing", "c_nj without N/B", E7, altered={Batches: ShareMissing}),
    Control(
        "batch-eta-for-omega",
        "eta_j in tau_n",
        E7,
        altered={Batches: StepsForEffective},
        known_rung="mu = 0.9, identity",
    ),
    Control(
        "batch-times-alike",
        "D1's path as if times grew alike",
        E7,
        altered={BatchedCertificates: AlikePath},
        known_rung="N = 65, identity",
    ),
)
