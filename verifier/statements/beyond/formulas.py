"""Attacks of any norm: the steepest step by its dual norm, what g learns, and projected steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.attack import Attack
from verifier.model.network import Parameters, preactivation
from verifier.statements.identities.formulas import PerturbationDecomposition


def dual_norm(g: Tensor, attack: Attack) -> Tensor:
    """The largest `<g, r>` over all r of length 1 that the attack allows, (N,).

    That is the L_q norm of the k largest entries, `1/p + 1/q = 1`.
    """
    most = 1 if attack.norm == 1 else attack.pixels
    largest = g.abs().sort(dim=1, descending=True).values[:, :most]
    q = attack.dual if attack.norm > 1 else 1.0  # of a single entry every norm is the same
    return torch.linalg.vector_norm(largest, ord=q, dim=1)


def steepest(g: Tensor, attack: Attack) -> Tensor:
    """`psi(g)` (N, d) as the gradient of the dual norm, by autograd; zero where g is."""
    leaf = g.detach().requires_grad_()
    (psi,) = torch.autograd.grad(dual_norm(leaf, attack).sum(), leaf)
    return torch.where((g == 0).all(dim=1, keepdim=True), torch.zeros_like(psi), psi)


@dataclass(frozen=True)
class AttackedDecomposition(PerturbationDecomposition):
    """E8: what g learns from the perturbations of any odd attack; E5 is that of L2.

    `attack`: in whose norm `eps` is a length.
    """

    attack: Attack

    def perturbation_directions(self) -> Tensor:
        """`psi(xi_T(x_n) + sum_k y_k C_k(x_n) x_k)`: the attack of E1's sum, (N, d)."""
        return steepest(self.f.input_gradient(self.f.run.X), self.attack)


@dataclass(frozen=True)
class Steps:
    """E8p and E8c: attacks of length `eps` on `f`, step by step.

    `slack (P, m)`: how far rounding may move a pre-activation.
    """

    f: Parameters
    slope: float
    attack: Attack
    eps: float
    slack: Tensor

    def length(self, steps: tuple[float, ...]) -> float:
        """How far steps in one direction go: `min(eps, sum of them)`."""
        return min(self.eps, math.fsum(steps))

    def reach(self) -> Tensor:
        """How far a perturbation of length 1 moves each pre-activation at most, (m,)."""
        return dual_norm(self.f.W, self.attack)

    def threshold(self) -> Tensor:
        """`|u_i|` up to which the pattern of neuron i may change, (m,)."""
        return self.eps * self.reach()

    def may_change(self, z: Tensor) -> Tensor:
        """Neurons whose pattern may change on the way, and with it the gradient, (P, m)."""
        near = preactivation(self.f, z).abs() <= self.threshold() + self.slack
        return near & (self.lift() > 0)

    def lift(self) -> Tensor:
        """`(1 - gamma)|a_i|/sqrt m`: how much of `w_i` a change of pattern i moves, (m,)."""
        return (1 - self.slope) * self.f.a.abs() / math.sqrt(self.f.width)

    def change(self, z: Tensor) -> Tensor:
        """`R`: how far the gradient moves at most, (P,); the least of two bounds."""
        near, lift = self.may_change(z), self.lift()
        apart = near.to(z.dtype) @ (lift * torch.linalg.vector_norm(self.f.W, dim=1))
        return torch.minimum(apart, torch.stack([self._together(row, lift) for row in near]))

    def _together(self, near: Tensor, lift: Tensor) -> Tensor:
        """`|lift_I|_2 |W_I|_op` of the neurons `near (m,)`."""
        W = self.f.W[near]
        if len(W) == 0:
            return W.new_zeros(())
        return torch.linalg.vector_norm(lift[near]) * torch.linalg.matrix_norm(W, ord=2)

    def change_of_entries(self, z: Tensor) -> Tensor:
        """How far each entry of the gradient moves at most, (P, d)."""
        return self.may_change(z).to(z.dtype) @ (self.lift()[:, None] * self.f.W.abs())

    def angle(self, change: Tensor, length: Tensor) -> Tensor:
        """`arcsin(R/|g|)`, (P,), of gradients of a `length` with change R; pi/2 at most."""
        return torch.asin((change / length).clamp(max=1.0))
