"""The deterministic certificates D1-D5, from the initial draw.

What training can do to a network depends on the patterns its neurons show along the path. At any
step a pattern is either certain, because the pre-activation cannot reach the kink by then, or it
is only known to lie in `[gamma, 1]`. Everything below is interval arithmetic on these patterns.
For the identity loss it needs no training at all; other losses also need `tau`, and D4 the trained
`xi_T`. Altered statements subclass `Certificates`: each formula is one method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from verifier.kernel.initial import initial_kernel
from verifier.kernel.phi import PhiFunction, phi
from verifier.model.network import Parameters, activation_pattern, output, preactivation
from verifier.model.recipe import Recipe
from verifier.statements.certificates.interval import Interval
from verifier.trial.kept import kept_at
from verifier.trial.rounding import RoundingBound
from verifier.trial.trial import Network, Trial

_ROUNDS = 2  # of narrowing the patterns at the samples; each is valid, more gain next to nothing


@dataclass(frozen=True)
class Certificates:
    """Bounds on how far training moves a network from its linearised prediction; all float64.

    `initial`: the parameters at the start. `X (N, d)`, `y (N,)`: the data. `tau (N,)`: effective
    times (`T` for the identity loss). `rounding`: widens the reach of a pre-activation by its
    rounding. `predicting_phi`: the kernel used in predictions; a user's own can be put there,
    while the bounds keep the closed form.
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

    @property
    def readout(self) -> Tensor:
        """`a_i / sqrt m`, (m,)."""
        return self.initial.a / math.sqrt(self.initial.width)

    @kept_at
    def inner(self, z: Tensor) -> Tensor:
        """`k_n = <x_n, z> + beta`, (P, N)."""
        return z @ self.X.T + self.beta

    @kept_at
    def pushes(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """`(tau_n/N) (y_n k_n)_+` and `(tau_n/N) (y_n k_n)_-`, each (P, N); summed: M+, M-."""
        signed = self.shares * self.y * self.inner(z)
        return signed.clamp_min(0.0), (-signed).clamp_min(0.0)

    def pull(self, z: Tensor, patterns: Interval) -> Interval:
        """`Y_i(z) = (1/N) sum_n y_n k_n A_in`, (P, m), given the `patterns` at the samples.

        `A_in / tau_n` is an average of the patterns that neuron i shows at sample n on the path.
        """
        up, down = self.pushes(z)
        low, high = patterns
        return Interval(up @ low - down @ high, up @ high - down @ low)

    def path_pull(self, z: Tensor, patterns: Interval) -> Interval:
        """The same sum with the `A_in` and `tau_n` of any earlier step, (P, m).

        Under the identity loss all `tau_n` grow alike, so it is a share of a sum within `pull`.
        """
        if self.recipe.loss.name == "identity":
            low, high = self.pull(z, patterns)
            return Interval(low.clamp_max(0.0), high.clamp_min(0.0))
        up, down = self.pushes(z)
        return Interval(-(down @ patterns.high), up @ patterns.high)

    def movement(self, pull: Interval) -> Interval:
        """`u_i(z;t) - u_i(z;0) = (a_i / sqrt m) Y_i(z;t)`, (P, m)."""
        ends = self.readout * pull.low, self.readout * pull.high
        return Interval(torch.minimum(*ends), torch.maximum(*ends))

    def patterns(self, z: Tensor, movement: Interval) -> Interval:
        """`phi'(u_i(z;0) + D)` for all D in `movement`, rounding included, (P, m)."""
        u = preactivation(self.initial, z)
        slack = 0.0 if self.rounding is None else self.rounding.preactivation(z)
        reach = u + movement.low - slack, u + movement.high + slack
        return Interval(*(activation_pattern(end, self.slope) for end in reach))

    @cached_property
    def sample_patterns(self) -> Interval:
        """`phi'(u_i(x_n;t))` at every step t, (N, m): at first in `[gamma, 1]`, then narrowed."""
        anything = torch.ones_like(self.y)[:, None]
        patterns = Interval(self.slope * anything, anything)
        for _ in range(_ROUNDS):
            patterns = self.patterns(self.X, self.movement(self.path_pull(self.X, patterns)))
        return patterns

    @kept_at
    def movement_bound(self, z: Tensor) -> Interval:
        """D1: `u_i(z;T) - u_i(z;0)`, (P, m)."""
        return self.movement(self.pull(z, self.sample_patterns))

    def path_movement_bound(self, z: Tensor) -> Interval:
        """D1: `u_i(z;t) - u_i(z;0)` at every step t, (P, m)."""
        return self.movement(self.path_pull(z, self.sample_patterns))

    def final_patterns(self, z: Tensor) -> Interval:
        """`phi'(u_i(z;T))`, (P, m)."""
        return self.patterns(z, self.movement_bound(z))

    def lazy_coefficients(self, z: Tensor) -> Interval:
        """D2: `C_n(z)` within `(tau_n/N) (1/m) sum_i a_i^2 phi'(u_i(z;T)) phi'(u_i(x_n))`, (P, N).

        Every pattern stands for both ends of its interval; all are non-negative.
        """
        weights = self.initial.a**2 / self.initial.width
        ends = zip(self.final_patterns(z), self.sample_patterns, strict=True)
        return Interval(*(self.shares * ((at_z * weights) @ at_x.T) for at_z, at_x in ends))

    def initial_pattern(self, z: Tensor) -> Tensor:
        """`phi'(u_i(z;0))`, (P, m)."""
        return activation_pattern(preactivation(self.initial, z), self.slope)

    @kept_at
    def initial_kernel(self, z: Tensor) -> Tensor:
        """`K_0(z,x_n) = (1/m) sum_i a_i^2 phi'(u_i(z;0)) phi'(u_i(x_n;0))`, (P, N)."""
        return initial_kernel(self.initial, z, self.X, self.slope)

    @kept_at
    def prediction(self, z: Tensor) -> Tensor:
        """`P(z) = (1/N) sum_n y_n tau_n K_inf(z,x_n)`, (P,): `T f_hat` for the identity loss."""
        return (self.predicting_phi(z, self.X, self.slope) * self.inner(z)) @ (self.y * self.shares)

    @kept_at
    def output_bound(self, z: Tensor) -> Interval:
        """D3: `f_T(z)`, (P,): as `a_i phi(u + (a_i / sqrt m) Y)` grows with Y, from Y's ends."""
        u, pull = preactivation(self.initial, z), self.pull(z, self.sample_patterns)
        ends = (torch.nn.functional.leaky_relu(u + self.readout * Y, self.slope) for Y in pull)
        return Interval(*(hidden @ self.readout for hidden in ends))

    def training_error(self, z: Tensor) -> Tensor:
        """First term of E_f: how far `f_T - f_0` can be from `K_0`'s prediction, (P,)."""
        start = output(self.initial, z, self.slope)
        lazy = start + (self.initial_kernel(z) * self.inner(z)) @ (self.y * self.shares)
        low, high = self.output_bound(z)
        return torch.maximum(high - lazy, lazy - low)

    def kernel_term(self, z: Tensor) -> Tensor:
        """Second term of E_f: the finite width of the initial kernel, (P,)."""
        error = self.initial_kernel(z) - phi(z, self.X, self.slope)
        return ((error * self.inner(z)) @ (self.y * self.shares)).abs()

    def output_error(self, z: Tensor) -> Tensor:
        """D3: `E_f(z)`, a bound on `|f_T - f_0 - P|`, (P,)."""
        return self.training_error(z) + self.kernel_term(z)

    def direction(self, z: Tensor) -> Tensor:
        """`S(z) = (1/N) sum_n y_n tau_n Phi(z,x_n) x_n`, (P, d): `T s(z)` for the identity loss."""
        return (self.predicting_phi(z, self.X, self.slope) * (self.y * self.shares)) @ self.X

    def direction_error(self, z: Tensor) -> Tensor:
        """`E_S(z)`, a bound on `|sum_n y_n C_n x_n - S|`, (P,): D2's centres, then its radii."""
        C = self.lazy_coefficients(z)
        off = (self.y * (C.centre - self.shares * phi(z, self.X, self.slope))) @ self.X
        lengths = torch.linalg.vector_norm(self.X, dim=1)
        return torch.linalg.vector_norm(off, dim=1) + C.radius @ lengths

    def direction_gap(self, z: Tensor, initial_part: Tensor) -> Tensor:
        """`|xi_T(z)| + E_S(z)` bounds `|nabla f_T - S|`, (P,). D4 needs it below |S|."""
        return torch.linalg.vector_norm(initial_part, dim=1) + self.direction_error(z)

    def lazy_output(self, z: Tensor, initial_output: Tensor) -> Tensor:
        """`f_0(z) + P(z)`, what D5 expects of `f_T(z)`, (P,)."""
        return initial_output + self.prediction(z)

    def sign_is_certain(self, z: Tensor, initial_output: Tensor, margin: Tensor) -> Tensor:
        """D5 (i), (ii): `|f_0 + P| > E_f` fixes the sign of `f_T(z)`; bool (P,).

        `margin (P,)` is what rounding may take away from either side.
        """
        return self.lazy_output(z, initial_output).abs() > self.output_error(z) + margin


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

    def same_sign(self, z: Tensor, f_0: Tensor, g_0: Tensor) -> Tensor:
        """Premise (iii): `sgn(f_0 + P_f) = sgn(g_0 + P_g)`, bool (P,)."""
        return self.f.lazy_output(z, f_0).sign() == self.g.lazy_output(z, g_0).sign()


def certificates(trial: Trial, network: Network) -> Certificates:
    """The formulas of D1-D4 for a network of a trial, with the subject's kernel; kept, as is.

    Certificates keep what several statements read.
    """
    key = ("certificates", id(network))
    if key not in trial.kept:
        run, rounding = network.replay.run, network.replay.rounding
        trial.kept[key] = trial.theory[Certificates](
            run.initial, run.X, run.y, run.tau, run.recipe, rounding, trial.subject.phi
        )
    found: Certificates = trial.kept[key]
    return found
