"""R1cl (docs/limits.md): the fluctuation of a wide network's output under any smooth convex loss.

`K_0 - Phi` moves the output itself, as under the identity loss, and the effective times, which move
it again. All of it is linear in `K_0 - Phi`: a mean over neurons of `a^2 H`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verifier.kernel.phi import k_inf
from verifier.kernel.predicted_times import PredictedTimes
from verifier.model.losses import SmoothLoss
from verifier.model.network import activation_pattern
from verifier.model.recipe import Recipe


@dataclass(frozen=True)
class FluctuationFedBack:
    """One neuron's `H` at points `z (P, d)`, for R starts of one data set; all float64.

    `start (R, N)`: `f_0(x_n)` of each. `X (N, d)`, `y (N,)`: the data. `recipe`: of a loss that
    bends (`SmoothLoss`), without momentum. Altered statements subclass this.
    """

    start: Tensor
    X: Tensor
    y: Tensor
    z: Tensor
    recipe: Recipe

    @cached_property
    def gram(self) -> Tensor:
        """`K_inf(x_n, x_k)`, (N, N)."""
        return k_inf(self.X, self.X, self.recipe.slope, self.recipe.beta)

    @cached_property
    def times(self) -> PredictedTimes:
        """The predicted times of every start."""
        return PredictedTimes(self.start, self.gram, self.y, self.recipe)

    def prediction(self) -> Tensor:
        """`(1/N) sum_n y_n tauhat_n K_inf(z, x_n)`, (R, P)."""
        at_z = k_inf(self.z, self.X, self.recipe.slope, self.recipe.beta)
        return (self.times.path[-1] * self.y) @ at_z.T / len(self.y)

    def direct(self) -> Tensor:
        """Of `phi'(u(z)) phi'(u(x_n))` in H: `y_n tauhat_n (<x_n, z> + beta)/N`, (R, P, N)."""
        inner = (self.z @ self.X.T + self.recipe.beta) / len(self.y)
        return (self.times.path[-1] * self.y).unsqueeze(-2) * inner

    def bend(self, step: int) -> Tensor:
        """`eta_j ell''(-y_n Fhat_n(j))`, (R, N)."""
        loss, times = self.recipe.loss, self.times
        assert isinstance(loss, SmoothLoss)
        return self.recipe.steps[step] * loss.second_derivative(
            -self.y * times.outputs(times.path[step])
        )

    def fed_back(self) -> Tensor:
        """Of `phi'(u(x_n)) phi'(u(x_k))` in H, (R, P, N, N), from the last step backwards.

        `-sum_j eta_j c_n(j) ell''_n(j) y_k tauhat_k(j) (<x_n, x_k> + beta)/N`, where
        `c(K-1) = K_inf(z, X)/N`, `c(j-1) = c(j) (I - eta_j diag(ell''(j)) K_inf(X, X)/N)`.
        """
        N = len(self.y)
        inner = (self.X @ self.X.T + self.recipe.beta) / N
        c = k_inf(self.z, self.X, self.recipe.slope, self.recipe.beta) / N
        c = c.expand(*self.start.shape[:-1], *c.shape)
        total = torch.zeros(*c.shape, N, dtype=c.dtype, device=c.device)
        for step in reversed(range(len(self.recipe.steps))):
            bent = c * self.bend(step).unsqueeze(-2)
            moved = self.y * self.times.path[step]
            total -= bent.unsqueeze(-1) * inner * moved[..., None, None, :]
            c = c - bent @ self.gram / N
        return total

    def weights(self) -> Tensor:
        """H as a sum over `products`, (R, P, P N + N N)."""
        direct, fed_back = self.direct(), self.fed_back()
        P = len(self.z)
        own = torch.eye(P, dtype=direct.dtype, device=direct.device)
        at_z = direct.unsqueeze(-2) * own[:, :, None]  # (R, P, P, N)
        return torch.cat((at_z.flatten(-2), fed_back.flatten(-2)), dim=-1)

    def products(self, lifted: Tensor) -> Tensor:
        """`phi' phi'` at (z, x_n), at (x_n, x_k), of neurons `(sqrt d w, b) (n, d+1)`; (n, F)."""
        d = self.X.shape[1]

        def patterns(x: Tensor) -> Tensor:
            return activation_pattern(
                lifted[:, :d] @ x.T / d**0.5 + lifted[:, d:], self.recipe.slope
            )

        at_z, at_X = patterns(self.z), patterns(self.X)
        pairs = at_z.unsqueeze(-1) * at_X.unsqueeze(-2), at_X.unsqueeze(-1) * at_X.unsqueeze(-2)
        return torch.cat([pair.flatten(1) for pair in pairs], dim=1)

    def fourth(self) -> float:
        """`E a^4`."""
        return 3.0

    def covariance(self, lifted: Tensor) -> Tensor:
        """What m times the covariance of the errors at the points tends to, (R, P, P).

        `3 E[H H'] - E[H] E[H]'`, means over the neurons `lifted`.
        """
        products, weights = self.products(lifted), self.weights()
        mean = weights @ products.mean(dim=0)
        second = weights @ (products.T @ products / len(products)) @ weights.mT
        return self.fourth() * second - mean.unsqueeze(-1) * mean.unsqueeze(-2)
