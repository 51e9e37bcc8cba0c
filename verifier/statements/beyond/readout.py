"""A trained readout: the sums of its path, and the law of each step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import Parameters, activation_pattern, preactivation
from verifier.model.recipe import Recipe


@dataclass(frozen=True)
class ReadoutPath:
    """E9's sums along the path from `initial`, all float64.

    `B (m, N)`: `sum_j omega_j p_n(j) a_i(j) phi'(u_i(x_n;j))`. `hidden (m, N)`: the same sum of
    `p_n(j) phi(u_i(x_n;j))`. `keeps (m,)`: whether a_i keeps its sign. `error`: what rounding may
    do to W (norms of rows), b and a, (m,) each. `clear`: no kink is near, so that other codes go
    there too.
    """

    initial: Parameters
    X: Tensor
    y: Tensor
    recipe: Recipe
    B: Tensor
    hidden: Tensor
    keeps: Tensor
    error: tuple[Tensor, Tensor, Tensor]
    clear: bool

    def seen(self, sums: Tensor, X: Tensor) -> Tensor:
        """`(1/(N sqrt m)) sum_n y_n sums_in x_n`, (m, d)."""
        return (sums * self.y) @ X / (len(self.y) * math.sqrt(self.initial.width))

    def final(self) -> Parameters:
        """E9: where W, b and a end."""
        W, b, a = self.initial
        ones = torch.ones_like(self.X[:, :1])
        moved_b = self.recipe.beta * self.seen(self.B, ones)[:, 0]
        return Parameters(
            W + self.seen(self.B, self.X), b + moved_b, a + self.seen(self.hidden, ones)[:, 0]
        )

    def coefficients(self, final: Parameters, z: Tensor) -> Tensor:
        """`C_n(z) = (1/(N m)) sum_i a_i(T) phi'(u_i(z;T)) B_in`, (P, N)."""
        lift = activation_pattern(preactivation(final, z), self.recipe.slope) * final.a
        return lift @ self.B / (len(self.y) * self.initial.width)

    def input_gradient(self, final: Parameters, z: Tensor) -> Tensor:
        """`(1/sqrt m) sum_i a_i(T) phi'(u_i(z;T)) w_i(0) + sum_n y_n C_n(z) x_n`, (P, d)."""
        lift = activation_pattern(preactivation(final, z), self.recipe.slope) * final.a
        start = lift @ self.initial.W / math.sqrt(self.initial.width)
        return start + (self.coefficients(final, z) * self.y) @ self.X


@dataclass(frozen=True)
class Balance:
    """The law of one plain step of size `eta` from `state`: what it does to `|v_i|^2 - a_i^2`.

    `v_i` is `(w_i, b_i)` if biases are trained, else `w_i`.
    """

    state: Parameters
    X: Tensor
    y: Tensor
    recipe: Recipe
    eta: float

    def amount(self, params: Parameters) -> Tensor:
        """`|w_i|^2 + beta b_i^2 - a_i^2`, (m,)."""
        W, b, a = params
        return W.square().sum(dim=1) + self.recipe.beta * b.square() - a.square()

    def bias_gradient(self) -> Tensor:
        """`g_b`: the gradient in b_i, which frozen biases would have, (m,)."""
        u = preactivation(self.state, self.X)
        back = activation_pattern(u, self.recipe.slope) * self.pull(u)[:, None]
        return -self.state.a * back.sum(dim=0)

    def change(self, g_W: Tensor, g_b: Tensor, g_a: Tensor) -> Tensor:
        """By how much a step along gradients `g_W (m, d)`, `g_b (m,)`, `g_a (m,)` changes it.

        `eta^2 (|g_w|^2 + beta g_b^2 - g_a^2)`, and `2 eta b_i g_b` more for frozen biases.
        """
        beta = self.recipe.beta
        square = g_W.square().sum(dim=1) + beta * g_b.square() - g_a.square()
        return self.eta**2 * square + (1 - beta) * 2 * self.eta * self.state.b * g_b

    def pull(self, u: Tensor) -> Tensor:
        """`y_n p_n/(N sqrt m)`, (N,)."""
        root = math.sqrt(self.state.width)
        f = activation_pattern(u, self.recipe.slope) * u @ self.state.a / root
        return self.y * self.recipe.loss.derivative(-self.y * f) / (len(self.y) * root)
