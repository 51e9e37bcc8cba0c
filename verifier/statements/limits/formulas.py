"""R1-R4 (docs/limits.md): what a wide network's output and input gradient tend to.

Every formula needs the data and the recipe only; none looks at a trained network. The rates, and
what is asserted of them, are in `docs/limits.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import scipy
import torch
from torch import Tensor

from verifier.errors import require
from verifier.kernel.phi import PhiFunction, phi
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.recipe import Recipe
from verifier.model.vectors import cosines


@dataclass(frozen=True)
class Limits:
    """The limits of a network trained on `X (N, d)`, `y (N,)` by `recipe`; all float64.

    The loss must be the identity: then every sample has the effective time `T = recipe.time`.
    `predicting_phi`: the kernel of f_hat and of s; a user's own can be put there, its gradient
    stays the closed form's. Points are `z (P, d)`, `f_0 (P,)` and `gradient_0 (P, d)` the initial
    network's output and gradient there. `output_rate`, `direction_rate`: the exponents of the
    width in `|f_T - f_0 - T f_hat|` (R1) and in the angle between `sum_n y_n C_n x_n` and s (R2).
    Altered statements subclass this: each formula is one method.
    """

    output_rate: ClassVar[float] = -0.5
    direction_rate: ClassVar[float] = -0.5

    X: Tensor
    y: Tensor
    recipe: Recipe
    predicting_phi: PhiFunction = phi

    def __post_init__(self) -> None:
        found = self.recipe.loss.name
        require(found == "identity", "loss", repr(found), "must be 'identity': R1-R4 fix tau = T")

    @property
    def slope(self) -> float:
        """Leaky-ReLU slope gamma."""
        return self.recipe.slope

    @property
    def time(self) -> float:
        """The effective time T."""
        return self.recipe.time

    def phi(self, z: Tensor) -> Tensor:
        """`Phi(z, x_n)`, (P, N)."""
        return self.predicting_phi(z, self.X, self.slope)

    def inner(self, z: Tensor) -> Tensor:
        """`<z, x_n> + beta`, (P, N)."""
        return z @ self.X.T + self.recipe.beta

    def f_hat(self, z: Tensor) -> Tensor:
        """`f_hat(z) = (1/N) sum_n y_n Phi(z, x_n) (<z, x_n> + beta)`, (P,)."""
        return (self.phi(z) * self.inner(z)) @ self.y / len(self.y)

    def output(self, z: Tensor, f_0: Tensor) -> Tensor:
        """R1: `f_T(z)` tends to `f_0(z) + T f_hat(z)`, (P,)."""
        return f_0 + self.time * self.f_hat(z)

    def direction(self, z: Tensor) -> Tensor:
        """R2: `s(z) = (1/N) sum_n y_n Phi(z, x_n) x_n`, to which `sum_n y_n C_n(z) x_n / T` tends,
        (P, d): the published direction of `nabla f_T`.
        """
        return (self.phi(z) * self.y) @ self.X / len(self.y)

    def flip_term(self, z: Tensor) -> Tensor:
        """`(1/N) sum_n y_n (<z, x_n> + beta) nabla_z Phi(z, x_n)`, (P, d): from flipped patterns.

        Samples that coincide with z are dropped: Phi has a cusp there.
        """
        return phi_gradient_sum(z, self.X, self.y / len(self.y), self.slope, self.recipe.beta)

    def sharpened(self, z: Tensor) -> Tensor:
        """R3: `h = nabla f_hat = s + flip term`, to which `(nabla f_T - nabla f_0)/T` tends."""
        return self.direction(z) + self.flip_term(z)

    def gradient(self, z: Tensor, gradient_0: Tensor) -> Tensor:
        """R4: `nabla f_T(z)` tends to `nabla f_0(z) + T h(z)`, (P, d)."""
        return gradient_0 + self.time * self.sharpened(z)

    def mean_cosine(self, z: Tensor) -> Tensor:
        """R4a: `E cos(T h + nabla f_0, s)` over the initial draw, (P,), in the limit.

        That is `cos(h, s) psi(T |h| / sigma)`, as `nabla f_0` is then `N(0, sigma^2 I)`,
        `sigma^2 = (1+gamma^2)/(2d)`: it rises with T and levels off at `cos(h, s)`.
        """
        h = self.sharpened(z)
        size = self.time * torch.linalg.vector_norm(h, dim=1)
        return cosines(h, self.direction(z)) * mean_along(
            size / self.spread(z.shape[1]), z.shape[1]
        )

    def spread(self, dimension: int) -> float:
        """`sigma`, the deviation of each entry of `nabla f_0(z)`: `E|nabla f_0|^2 = d sigma^2`."""
        return math.sqrt((1 + self.slope**2) / (2 * dimension))


def mean_along(length: Tensor, dimension: int) -> Tensor:
    """`psi(l) = E <g, e>/|g|` of `g ~ N(l e, I)`, e a unit vector of that dimension, (P,) -> (P,).

    The derivative of `E|g|` in l: `l/sqrt 2 Gamma((d+1)/2)/Gamma(d/2+1) 1F1(1/2; d/2+1; -l^2/2)`.
    For large d it is close to `l/sqrt(l^2 + d)`.
    """
    log = math.lgamma((dimension + 1) / 2) - math.lgamma(dimension / 2 + 1)
    at = length.cpu().numpy()
    bent = scipy.special.hyp1f1(0.5, dimension / 2 + 1, -(at**2) / 2)
    found = at * math.exp(log) / math.sqrt(2) * bent
    return torch.from_numpy(found).to(length)
