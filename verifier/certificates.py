"""The deterministic certificates D1-D5 of theory section 3: bounds from the initial draw.

For the identity loss they need no training at all; other losses also need `tau`, and D4 the
trained `xi_T`. Altered statements subclass `Certificates`: each formula is one method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.kernel import PhiFunction, phi
from verifier.network import Parameters, activation_pattern, preactivation
from verifier.rounding import RoundingBound
from verifier.training import Recipe


@dataclass(frozen=True)
class Certificates:
    """Bounds on how far training moves a network from its linearised prediction; all float64.

    `initial`: the parameters at the start. `X (N, d)`, `y (N,)`: the data. `tau (N,)`: effective
    times (`T` for the identity loss). `rounding`: inflates the threshold of a possible flip by the
    rounding of the pre-activation. `predicting_phi`: the kernel used in predictions; a user's own
    can be put there, while the bounds keep the closed form.
    """

    initial: Parameters
    X: Tensor
    y: Tensor
    tau: Tensor
    recipe: Recipe
    rounding: RoundingBound | None = None
    predicting_phi: PhiFunction = phi

    @property
    def slope(self) -> float:
        """Leaky-ReLU slope gamma."""
        return self.recipe.slope

    @property
    def beta(self) -> float:
        """1 if the hidden biases are trained, else 0."""
        return self.recipe.beta

    @property
    def shares(self) -> Tensor:
        """`tau_n / N`, (N,)."""
        return self.tau / len(self.y)

    def inner(self, z: Tensor) -> Tensor:
        """`k_n = <x_n, z> + beta`, (P, N)."""
        return z @ self.X.T + self.beta

    def movement(self, z: Tensor) -> Tensor:
        """`M_z = (1/N) sum_n tau_n |k_n|`, (P,)."""
        return self.inner(z).abs() @ self.shares

    def movement_bound(self, z: Tensor) -> Tensor:
        """D1: `|u_i(z;t) - u_i(z;0)| <= |a_i| M_z / sqrt m`, (P, m)."""
        return self.movement(z)[:, None] * self.initial.a.abs() / math.sqrt(self.initial.width)

    def flips(self, z: Tensor) -> Tensor:
        """`flip_i(z)`: 1 where `|u_i(z;0)|` is within D1's bound, so may change sign, (P, m)."""
        threshold = self.movement_bound(z)
        if self.rounding is not None:
            threshold = threshold + self.rounding.preactivation(z)
        return (preactivation(self.initial, z).abs() <= threshold).to(z.dtype)

    def flip_mass(self, z: Tensor) -> Tensor:
        """`Q_z = (1/m) sum_i a_i^2 flip_i(z)`, (P,)."""
        return self.flips(z) @ self.initial.a**2 / self.initial.width

    def initial_pattern(self, z: Tensor) -> Tensor:
        """`phi'(u_i(z;0))`, (P, m)."""
        return activation_pattern(preactivation(self.initial, z), self.slope)

    def initial_kernel(self, z: Tensor) -> Tensor:
        """`K_0(z,x_n) = (1/m) sum_i a_i^2 phi'(u_i(z;0)) phi'(u_i(x_n;0))`, (P, N)."""
        weighted = self.initial_pattern(z) * self.initial.a**2
        return weighted @ self.initial_pattern(self.X).T / self.initial.width

    def lazy_error(self, z: Tensor) -> Tensor:
        """D2: `(tau_n/N)(1-gamma)(Q_z + Q_x)` bounds `|C_n(z) - (tau_n/N) K_0(z,x_n)|`, (P, N)."""
        mass = self.flip_mass(z)[:, None] + self.flip_mass(self.X)
        return self.shares * (1 - self.slope) * mass

    def prediction(self, z: Tensor) -> Tensor:
        """`(1/N) sum_n y_n tau_n K_inf(z,x_n)`, (P,): `T f_hat` for the identity loss."""
        weights = self.y * self.shares
        return (self.predicting_phi(z, self.X, self.slope) * self.inner(z)) @ weights

    def kernel_error(self, z: Tensor) -> Tensor:
        """`K_0 - Phi` between each z and each sample, (P, N)."""
        return self.initial_kernel(z) - phi(z, self.X, self.slope)

    def output_flips(self, z: Tensor) -> Tensor:
        """First term of E_f: neurons that may flip at z, (P,)."""
        a, scale = self.initial.a.abs(), math.sqrt(self.initial.width)
        u = preactivation(self.initial, z).abs()
        excess = (a * self.movement(z)[:, None] - scale * u).clamp_min(0.0)
        return (1 - self.slope) * (excess @ a) / self.initial.width

    def sample_flips(self, z: Tensor) -> Tensor:
        """Second term of E_f: neurons that may flip at a training sample, (P,)."""
        weighted = self.initial_pattern(z) * self.initial.a**2
        mass = weighted @ self.flips(self.X).T / self.initial.width
        return (1 - self.slope) * ((mass * self.inner(z).abs()) @ self.shares)

    def kernel_term(self, z: Tensor) -> Tensor:
        """Third term of E_f: the finite width of the initial kernel, (P,)."""
        return ((self.kernel_error(z) * self.inner(z)) @ (self.y * self.shares)).abs()

    def output_error(self, z: Tensor) -> Tensor:
        """D3: `E_f(z)`, a bound on `|f_T - f_0 - prediction|`, (P,)."""
        return self.output_flips(z) + self.sample_flips(z) + self.kernel_term(z)

    def direction(self, z: Tensor) -> Tensor:
        """`S(z) = (1/N) sum_n y_n tau_n Phi(z,x_n) x_n`, (P, d): `T s(z)` for the identity loss."""
        return (self.predicting_phi(z, self.X, self.slope) * (self.y * self.shares)) @ self.X

    def direction_error(self, z: Tensor) -> Tensor:
        """`E_S(z) = (1/N) sum_n tau_n |x_n| [(1-gamma)(Q_z + Q_{x_n}) + |K_0 - Phi|]`, (P,)."""
        length = torch.linalg.vector_norm(self.X, dim=1)
        return (self.lazy_error(z) + self.shares * self.kernel_error(z).abs()) @ length

    def direction_gap(self, z: Tensor, initial_part: Tensor) -> Tensor:
        """`|xi_T(z)| + E_S(z)` bounds `|nabla f_T - S|`, (P,). D4 needs it below |S|."""
        return torch.linalg.vector_norm(initial_part, dim=1) + self.direction_error(z)

    def sign_is_certain(self, z: Tensor, initial_output: Tensor, margin: Tensor) -> Tensor:
        """D5 (i), (ii): `|prediction| > |f_0| + E_f` fixes the sign of `f_T(z)`; bool (P,).

        `margin (P,)` is what rounding may take away from either side.
        """
        threshold = initial_output.abs() + self.output_error(z) + margin
        return self.prediction(z).abs() > threshold


@dataclass(frozen=True)
class Agreement:
    """D5: when the networks f and g, each with its certificates, must agree in sign."""

    f: Certificates
    g: Certificates

    def f_is_certain(self, z: Tensor, f_0: Tensor, margin: Tensor) -> Tensor:
        """Premise (i), bool (P,)."""
        return self.f.sign_is_certain(z, f_0, margin)

    def g_is_certain(self, z: Tensor, g_0: Tensor, margin: Tensor) -> Tensor:
        """Premise (ii), bool (P,)."""
        return self.g.sign_is_certain(z, g_0, margin)

    def same_prediction(self, z: Tensor) -> Tensor:
        """Premise (iii): `sgn f_hat(z) = sgn g_hat(z)`, bool (P,)."""
        return self.f.prediction(z).sign() == self.g.prediction(z).sign()
