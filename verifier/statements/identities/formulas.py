"""The exact identities (docs/identities.md): a trained network in terms of its training samples.

Everything here is a formula in the initial weights, the path weights `A`, the effective times
`tau` and the data; the final network enters only through the pattern it shows at a point. Altered
statements subclass these classes, so each formula of the theory is one method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import activation_pattern, preactivation, seen_through
from verifier.model.vectors import unit_rows
from verifier.trial.kept import kept_at
from verifier.trial.trained import Trained
from verifier.trial.trial import Network, Trial


@dataclass(frozen=True)
class Decomposition:
    """E1-E3: weights, input gradient and output as sums over the training samples."""

    run: Trained

    @property
    def slope(self) -> float:
        """Leaky-ReLU slope gamma."""
        return self.run.recipe.slope

    @property
    def beta(self) -> float:
        """1 if the hidden biases were trained, else 0."""
        return self.run.recipe.beta

    @kept_at
    def pattern(self, z: Tensor) -> Tensor:
        """`phi'(u_i(z; T))`: the final pattern, (P, m)."""
        return activation_pattern(preactivation(self.run.final, z), self.slope)

    def sample_sum(self, X: Tensor) -> Tensor:
        """`(1/(N sqrt m)) a_i sum_n y_n A_in x_n` (m, d): how far each w_i has moved (E1)."""
        run = self.run
        move = (run.path_weights * run.y) @ X
        return run.initial.a[:, None] * move / (len(run.y) * math.sqrt(run.initial.width))

    def final_weights(self) -> tuple[Tensor, Tensor]:
        """`W(T)` (m, d) and `b(T)` (m,) as E1 states them."""
        run = self.run
        ones = torch.ones_like(run.X[:, :1])
        W = run.initial.W + self.sample_sum(run.X)
        return W, run.initial.b + self.beta * self.sample_sum(ones)[:, 0]

    @kept_at
    def initial_part(self, z: Tensor) -> Tensor:
        """`xi_T(z) = (1/sqrt m) sum_i a_i phi'(u_i(z;T)) w_i(0)`, (P, d)."""
        return seen_through(self.pattern(z), self.run.initial)

    @kept_at
    def coefficients(self, z: Tensor) -> Tensor:
        """`C_n(z) = (1/(N m)) sum_i a_i^2 phi'(u_i(z;T)) A_in`, (P, N)."""
        run = self.run
        lift = self.pattern(z) * run.initial.a**2
        return lift @ run.path_weights / (len(run.y) * run.initial.width)

    def signs(self) -> Tensor:
        """`y_n` (N,): the sign with which each sample enters."""
        return self.run.y

    @kept_at
    def input_gradient(self, z: Tensor) -> Tensor:
        """E1: `nabla f_T(z) = xi_T(z) + sum_n y_n C_n(z) x_n`, (P, d)."""
        return self.initial_part(z) + (self.coefficients(z) * self.signs()) @ self.run.X

    def initial_output(self, z: Tensor) -> Tensor:
        """`f~(z) = (1/sqrt m) sum_i a_i phi'(u_i(z;T)) u_i(z;0)`, (P,)."""
        start = self.run.initial
        return (self.pattern(z) * preactivation(start, z)) @ start.a / math.sqrt(start.width)

    @kept_at
    def inner(self, z: Tensor) -> Tensor:
        """`<x_n, z> + beta`, (P, N)."""
        return z @ self.run.X.T + self.beta

    def output(self, z: Tensor) -> Tensor:
        """E2: `f_T(z) = f~(z) + sum_n y_n C_n(z) (<x_n, z> + beta)`, (P,)."""
        terms = self.coefficients(z) * self.signs() * self.inner(z)
        return self.initial_output(z) + terms.sum(dim=1)

    def slope_mass(self, z: Tensor) -> Tensor:
        """`s(z) = (1/m) sum_i a_i^2 phi'(u_i(z;T))`, (P,)."""
        return self.pattern(z) @ self.run.initial.a**2 / self.run.initial.width

    def squeeze(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """E3: bounds `gamma s(z) tau_n / N <= C_n(z) <= s(z) tau_n / N`, each (P, N)."""
        upper = self.slope_mass(z)[:, None] * self.run.tau / len(self.run.y)
        return self.slope * upper, upper

    def weight_bounds(self) -> tuple[float, float]:
        """E1b: every `A_in` lies in `[gamma T, T]` (identity loss) or `[0, inf)` (any other)."""
        if self.run.recipe.loss.name != "identity":
            return 0.0, math.inf
        return self.slope * self.run.recipe.time, self.run.recipe.time


@dataclass(frozen=True)
class PerturbationDecomposition:
    """E5: the network g trained on perturbations, in terms of f's clean, correctly labelled data.

    `f`, `g`: the two decompositions; `natural (N, d)`: `o_n`, zero in scenario (a); `targets
    (N,)`; `eps`: the length of a perturbation.
    """

    f: Decomposition
    g: Decomposition
    natural: Tensor
    targets: Tensor
    eps: float

    def perturbation_directions(self) -> Tensor:
        """`nu_n = nabla f_T(x_n)/|nabla f_T(x_n)|` through E1, zero where it vanishes, (N, d)."""
        return unit_rows(self.f.input_gradient(self.f.run.X))

    def output(self, z: Tensor) -> Tensor:
        """`g~(z) + sum_n C^g_n(z) [ytil_n (<o_n, z> + beta) + eps <nu_n, z>]`, (P,)."""
        labelled = self.targets * (z @ self.natural.T + self.g.beta)
        clean = self.eps * (z @ self.perturbation_directions().T)
        return self.g.initial_output(z) + (self.g.coefficients(z) * (labelled + clean)).sum(dim=1)


def decomposition(trial: Trial, network: Network) -> Decomposition:
    """The formulas of E1-E3 for a network of a trial; kept with what statements read of them."""
    key = ("decomposition", id(network))
    if key not in trial.kept:
        trial.kept[key] = trial.theory[Decomposition](network.replay.run)
    found: Decomposition = trial.kept[key]
    return found
