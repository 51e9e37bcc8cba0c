"""Several classes: weights and input gradients as sums over the training samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.classes import ClassRecipe, one_hot
from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.vectors import unit_rows


@dataclass(frozen=True)
class ClassPath:
    """E10's sums along the path from `initial`, whose readouts are `a (C, m)`; all float64.

    `A (C, m, N)`: `sum_j omega_j delta_nc(j) phi'(u_i(x_n;j))`. `error`: what rounding may do to W
    (norms of rows) and b, (m,) each. `clear`: no kink is near, so that other codes go there too.
    """

    initial: Parameters
    X: Tensor
    labels: Tensor
    recipe: ClassRecipe
    A: Tensor
    error: tuple[Tensor, Tensor]
    clear: bool

    @property
    def classes(self) -> int:
        """C."""
        return len(self.initial.a)

    def moves(self) -> Tensor:
        """`sum_c a_ci A_inc`, (m, N): how much of each sample neuron i has taken up."""
        return torch.einsum("ci,cin->in", self.initial.a, self.A)

    def seen(self, X: Tensor) -> Tensor:
        """`(1/(N sqrt m)) sum_n sum_c a_ci A_inc x_n`, (m, d)."""
        return self.moves() @ X / (len(X) * math.sqrt(self.initial.width))

    def final(self) -> Parameters:
        """E10: where W and b end."""
        W, b, a = self.initial
        moved_b = self.recipe.schedule.beta * self.seen(torch.ones_like(self.X[:, :1]))[:, 0]
        return Parameters(W + self.seen(self.X), b + moved_b, a)

    def pattern(self, final: Parameters, z: Tensor) -> Tensor:
        """`phi'(u_i(z;T))`, (P, m)."""
        return activation_pattern(preactivation(final, z), self.recipe.slope)

    def coefficients(self, final: Parameters, z: Tensor) -> Tensor:
        """`C_ncc'(z) = (1/(N m)) sum_i a_ci a_c'i phi'(u_i(z;T)) A_inc'`, (P, C, C', N)."""
        a = self.initial.a
        sums = torch.einsum("pi,ci,ki,kin->pckn", self.pattern(final, z), a, a, self.A)
        return sums / (len(self.X) * self.initial.width)

    def initial_part(self, final: Parameters, z: Tensor) -> Tensor:
        """`xi_c(z) = (1/sqrt m) sum_i a_ci phi'(u_i(z;T)) w_i(0)`, (P, C, d)."""
        start = self.initial
        sums = torch.einsum("pi,ci,id->pcd", self.pattern(final, z), start.a, start.W)
        return sums / math.sqrt(start.width)

    def input_gradient(self, final: Parameters, z: Tensor) -> Tensor:
        """`nabla f_c(z) = xi_c(z) + sum_n sum_c' C_ncc'(z) x_n`, (P, C, d)."""
        weights = self.coefficients(final, z).sum(dim=2)
        return self.initial_part(final, z) + weights @ self.X

    def diagonal_signs(self) -> Tensor:
        """Of `C_ncc` under cross-entropy: 1 for a sample's own class, -1 for others, (C, N)."""
        return 2 * one_hot(self.labels, self.classes, self.X.dtype).T - 1

    def margin_direction(self, final: Parameters, targets: Tensor) -> Tensor:
        """E10m: the direction of `nabla (f_t - f_y)` at the samples, by E10's sums, (N, d)."""
        gradient, rows = self.input_gradient(final, self.X), torch.arange(len(self.X))
        return unit_rows(gradient[rows, targets] - gradient[rows, self.labels])
