"""What follows when the loss looks at the outputs: formulas of D6a and D6b (docs/certificates.md).

Under a loss other than the identity an error of the outputs changes the effective times, and these
change the outputs. For a convex loss and small steps this feedback only damps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from verifier.kernel.phi import k_inf, phi
from verifier.kernel.predicted_times import PredictedTimes
from verifier.model.losses import SmoothLoss
from verifier.model.network import preactivation
from verifier.model.recipe import Recipe
from verifier.statements.certificates.formulas import Certificates


@dataclass(frozen=True)
class Feedback:
    """D6a: how far errors of the outputs can carry the effective times; all float64.

    `start (N,)`: `f_0(x_n)`. `X (N, d)`, `y (N,)`: the data.
    """

    start: Tensor
    X: Tensor
    y: Tensor
    recipe: Recipe

    def kernel(self, z: Tensor) -> Tensor:
        """`K_inf(z, x_n)`, (P, N)."""
        return k_inf(z, self.X, self.recipe.slope, self.recipe.beta)

    @cached_property
    def gram(self) -> Tensor:
        """`K_inf(x_n, x_k)`, (N, N)."""
        return self.kernel(self.X)

    @cached_property
    def times(self) -> Tensor:
        """`tauhat_n(j)` for j = 0..K, (K+1, N)."""
        return PredictedTimes(self.start, self.gram, self.y, self.recipe).path

    @property
    def sharpest(self) -> float:
        """`L = sup ell''`; infinite for a loss that is not convex, or does not say."""
        loss = self.recipe.loss
        return loss.sharpest if isinstance(loss, SmoothLoss) else math.inf

    @cached_property
    def gains(self) -> Tensor:
        """`theta_j = eta_j L lambda_max(K_inf(X, X)/N)`, (K,)."""
        largest = torch.linalg.eigvalsh(self.gram / len(self.y))[-1]
        return largest.new_tensor(self.recipe.steps) * self.sharpest * largest

    @property
    def applies(self) -> bool:
        """The premise: a convex loss with a Lipschitz derivative, small steps, no momentum."""
        return self.recipe.momentum == 0 and bool((self.gains < 2).all())

    def prediction(self, z: Tensor, tau: Tensor) -> Tensor:
        """`(1/N) sum_n y_n tau_n K_inf(z, x_n)`, `tau (..., N)` -> (..., P)."""
        return (tau * self.y) @ self.kernel(z).T / len(self.y)

    def at_samples(self, tau: Tensor) -> Tensor:
        """`f_0(x_n)` and the prediction, (..., N)."""
        return self.start + (tau * self.y) @ self.gram / len(self.y)

    def errors(self, outputs: Tensor, tau: Tensor) -> Tensor:
        """`e_n(j) = f_j(x_n) - f_0(x_n) - (1/N) sum_k y_k tau_k(j) K_inf(x_n, x_k)`, (K, N)."""
        return outputs - self.at_samples(tau)

    def weights(self) -> Tensor:
        """`eta_j L / (2 - theta_j)`, (K,)."""
        return self.gains.new_tensor(self.recipe.steps) * self.sharpest / (2 - self.gains)

    def own_kernel(self, z: Tensor) -> Tensor:
        """`K_inf(z, z) = (1 + gamma^2)/2 (|z|^2 + beta)`, (P,)."""
        return (1 + self.recipe.slope**2) / 2 * (z.square().sum(dim=1) + self.recipe.beta)

    def carried(self, z: Tensor, errors: Tensor) -> Tensor:
        """How far `errors (K, N)` on the path can carry the prediction at z, (P,).

        `sqrt(K_inf(z, z) sum_j (eta_j L / (2 - theta_j)) (1/N) sum_n e_n(j)^2)`.
        """
        return (self.own_kernel(z) * (self.weights() @ errors.square().mean(dim=1))).sqrt()


@dataclass(frozen=True)
class Untrained:
    """D6b: D3's error whatever the effective times, from the initial draw alone.

    `certificates`: D3's formulas; their `tau` does not count.
    """

    certificates: Certificates
    feedback: Feedback

    def at_most(self, time: float) -> Certificates:
        """D3's formulas with every `tau_n` at the largest that it can be, `L_0` times `time`."""
        loss = self.certificates.recipe.loss
        steepest = loss.steepest if isinstance(loss, SmoothLoss) else math.inf
        tau = torch.full_like(self.certificates.y, steepest * time)
        return replace(self.certificates, tau=tau)

    def flips_at_point(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        """What flips at z may add to the output, and take from it, (P,) each."""
        u, readout = preactivation(of.initial, z), of.readout
        pattern, bent = of.initial_pattern(z), torch.zeros_like(u)
        for moved in of.movement(of.path_pull(z, of.sample_patterns)):
            ended = torch.nn.functional.leaky_relu(u + moved, of.slope)
            bent = torch.maximum(bent, ended - pattern * (u + moved))
        return bent @ readout.clamp_min(0.0), bent @ (-readout).clamp_min(0.0)

    def flips_at_samples(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        """What flips at the samples may add to the output, and take from it, (P,) each."""
        up, down = of.pushes(z)
        weighted = of.initial_pattern(z) * of.initial.a**2 / of.initial.width
        start = of.initial_pattern(of.X)
        rise = weighted @ (of.sample_patterns.high - start).T
        fall = weighted @ (start - of.sample_patterns.low).T
        return (up * rise + down * fall).sum(dim=1), (up * fall + down * rise).sum(dim=1)

    def kernel_part(self, of: Certificates, z: Tensor) -> tuple[Tensor, Tensor]:
        """What `K_0 - Phi` may add to the output, and take from it, (P,) each."""
        off = of.initial_kernel(z) - phi(z, of.X, of.slope)
        signed = of.shares * of.y * of.inner(z) * off
        return signed.clamp_min(0.0).sum(dim=1), (-signed).clamp_min(0.0).sum(dim=1)

    def output_error(self, z: Tensor, time: float) -> Tensor:
        """A bound on `|f - f_0 - (1/N) sum_n y_n tau_n K_inf(z, x_n)|` after `time`, (P,)."""
        of = self.at_most(time)
        parts = self.flips_at_point(of, z), self.flips_at_samples(of, z), self.kernel_part(of, z)
        more, less = (sum(side, torch.zeros_like(side[0])) for side in zip(*parts, strict=True))
        return torch.maximum(more, less)

    def path_errors(self) -> Tensor:
        """Bounds on `|e_n(j)|` for j = 0..K-1, (K, N); before the first step there is none."""
        steps = self.certificates.recipe.steps
        X = self.certificates.X
        later = [self.output_error(X, math.fsum(steps[:j])) for j in range(1, len(steps))]
        return torch.stack([torch.zeros_like(self.certificates.y), *later])

    def bound(self, z: Tensor) -> Tensor:
        """D6b's bound on `|f_T - f_0 - (1/N) sum_n y_n tauhat_n K_inf(z, x_n)|`, (P,)."""
        direct = self.output_error(z, math.fsum(self.certificates.recipe.steps))
        return direct + self.feedback.carried(z, self.path_errors())
