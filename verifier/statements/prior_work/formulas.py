"""Prior work's setting (ICLR 2024, arXiv 2402.10470) at finite time, and each way out of it.

Mutually orthogonal samples, leaky ReLU, no biases, exponential or logistic loss, long training,
perturbations along an oracle's direction. There everything decouples: at x_n only sample n's own
movement is seen. The proofs are in docs/prior_work.md. Each formula is one method, so that an
altered statement is a subclass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import output
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements.identities.formulas import Decomposition, PerturbationDecomposition

CURVES = ("exponential", "logistic")
"""Prior work's losses: `1/ell'(s)` is `e^-s`, or `e^-s + 1`."""


def overlap(X: Tensor) -> Tensor:
    """`<x_n, x_k>/(|x_n| |x_k|)` less the unit matrix, (N, N): zero iff mutually orthogonal."""
    rows = unit_rows(X)
    return rows @ rows.T - torch.eye(len(X), dtype=X.dtype, device=X.device)


def is_orthogonal(X: Tensor, precision: torch.dtype) -> bool:
    """Whether `X (N, d)` holds mutually orthogonal, non-zero samples, up to `precision`."""
    limit = X.shape[1] * torch.finfo(precision).eps
    return bool(overlap(X).abs().max() <= limit) and bool((row_norms(X) > 0).all())


def require_orthogonal(X: Tensor, precision: torch.dtype) -> None:
    """Raise `InputError` unless the samples are mutually orthogonal."""
    require(
        is_orthogonal(X, precision),
        "data",
        f"{len(X)} samples",
        "must be mutually orthogonal and not zero",
    )


@dataclass(frozen=True)
class PriorWork:
    """O1, O2, O5: what a network f trained on orthogonal samples has become; all float64."""

    f: Decomposition

    @property
    def lengths(self) -> Tensor:
        """`|x_n|`, (N,)."""
        return row_norms(self.f.run.X)

    @property
    def abar(self) -> Tensor:
        """`(1/m) sum_i a_i^2`, a scalar."""
        return self.f.run.initial.a.square().mean()

    def trained_part(self, gradient: Tensor, z: Tensor) -> Tensor:
        """`h(z) = nabla f_T(z) - xi_T(z)`, (P, d): what training has added to the gradient."""
        return gradient - self.f.initial_part(z)

    def gate(self, z: Tensor) -> Tensor:
        """`s(z) = (1/m) sum_i a_i^2 phi'(u_i(z;T))`, (P,)."""
        start = self.f.run.initial
        return self.f.pattern(z) @ start.a.square() / start.width

    def readings(self, trained_part: Tensor) -> Tensor:
        """O1: `y_n <x_n, h(z)> / |x_n|^2`, (P, N): the coefficients as orthogonality reads them."""
        run = self.f.run
        return (trained_part @ run.X.T) * run.y / self.lengths.square()

    def squeeze(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """O1: `gamma s(z) tau_n / N <= C_n(z) <= s(z) tau_n / N`, each (P, N)."""
        upper = self.gate(z)[:, None] * self.f.run.tau / len(self.f.run.y)
        return self.f.slope * upper, upper

    def oracle(self) -> Tensor:
        """`v = sum_n tau_n y_n x_n`, (d,): the geometry of the samples, and no gradient."""
        run = self.f.run
        return (run.tau * run.y) @ run.X

    def largest_angle(self) -> float:
        """O2: `arcsin((1-gamma)/(1+gamma))`, a bound on the angle between h and v.

        The same as `arccos(2 sqrt(gamma)/(1+gamma))`.
        """
        return math.asin((1 - self.f.slope) / (1 + self.f.slope))

    def start_share(self, z: Tensor) -> Tensor:
        """O2: `N |xi_T(z)| / (gamma s(z) |v|)` bounds `|xi_T|/|h|`, (P,); it falls as 1/T."""
        least = self.f.slope * self.gate(z) * row_norms(self.oracle()) / len(self.f.run.y)
        return row_norms(self.f.initial_part(z)) / least

    def initial_margin(self) -> Tensor:
        """`y_n f_0(x_n)`, (N,)."""
        run = self.f.run
        return run.y * output(run.initial, run.X, self.f.slope)

    def growth(self) -> Tensor:
        """`c_n = abar |x_n|^2 / N`, (N,): how fast a margin can grow with effective time."""
        return self.abar * self.lengths.square() / len(self.f.run.y)

    def gain(self) -> tuple[Tensor, Tensor]:
        """O5: `gamma^2 c_n tau_n <= y_n (f_T - f_0)(x_n) <= c_n tau_n`, each (N,)."""
        upper = self.growth() * self.f.run.tau
        return self.f.slope**2 * upper, upper

    def log_time_needed(self) -> Tensor:
        """O5: `log T <= log[e^(y_n f_0(x_n)) (e^(c_n tau_n) - 1)/c_n + k tau_n]`, (N,).

        k is 0 for the exponential loss, 1 for the logistic. So tau_n, and with it the margin, has
        no bound as T grows. In logarithms, as the exponential may leave the floating range.
        """
        return self._log_time(self.growth())

    def log_time_spent(self) -> Tensor:
        """O5, no momentum: `log T >=` the same with `s_n = gamma^2 c_n`, less `s_n` times a step.

        No step takes tau_n further than its size times the first `ell'(-y_n f_0(x_n))`.
        """
        slowest = self.f.slope**2 * self.growth()
        recipe = self.f.run.recipe
        step = max(recipe.steps) * recipe.loss.derivative(-self.initial_margin())
        return self._log_time(slowest) - slowest * step

    def _log_time(self, growth: Tensor) -> Tensor:
        """The log of the time in which tau_n is reached where a margin grows at this pace."""
        loss, tau = self.f.run.recipe.loss.name, self.f.run.tau
        require(loss in CURVES, "loss", repr(loss), f"must be one of {', '.join(CURVES)}")
        grown = growth * tau + torch.log(-torch.expm1(-growth * tau) / growth)
        time = self.initial_margin() + torch.where(growth > 0, grown, tau.log())  # of a ReLU: 0
        return torch.logaddexp(time, tau.log()) if loss == "logistic" else time


@dataclass(frozen=True)
class OracleLearning(PerturbationDecomposition):
    """O3, O4: the network g trained on `o_n + r_n`, `r_n = eps ytil_n v/|v|`, labelled `ytil_n`."""

    def oracle(self) -> Tensor:
        """`v`, (d,)."""
        return PriorWork(self.f).oracle()

    def perturbation_directions(self) -> Tensor:
        """`v/|v|` for every sample, (N, d)."""
        return unit_rows(self.oracle()).expand(len(self.targets), -1)

    def pull(self, z: Tensor) -> Tensor:
        """`eps <v/|v|, z>`, (P,)."""
        return self.eps * (z @ unit_rows(self.oracle()))

    def mean_time(self) -> Tensor:
        """`(1/N) sum_n tau^g_n`, a scalar."""
        return self.g.run.tau.mean()

    def abar(self) -> Tensor:
        """`(1/m) sum_i a_i^2` of g, a scalar."""
        return self.g.run.initial.a.square().mean()

    def own_label(self) -> Tensor:
        """`|x_k|^2 tau^g_k / N` times gamma if `ytil_k = y_k`, else times -1, (N,); 0 in (a)."""
        right = self.targets == self.f.run.y
        share = row_norms(self.natural).square() * self.g.run.tau / len(self.targets)
        return torch.where(right, self.g.slope * share, -share)

    def least_push(self) -> Tensor:
        """`L_k = gamma y_k eps <v/|v|, x_k> mean(tau^g) + own_label`, (N,)."""
        pull = self.f.run.y * self.pull(self.f.run.X)
        return self.g.slope * pull * self.mean_time() + self.own_label()

    def least_gain(self) -> Tensor:
        """O4: `y_k (g_T - g_0)(x_k) >= abar min(gamma L_k, L_k)`, (N,)."""
        push = self.least_push()
        return self.abar() * torch.minimum(self.g.slope * push, push)

    def gain(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """O4 in (a): bounds on `sgn<v,z> (g_T - g_0)(z)`, each (P,).

        `[gamma^2, 1] abar mean(tau^g) eps |<v/|v|, z>|`.
        """
        upper = self.abar() * self.mean_time() * self.pull(z).abs()
        return self.g.slope**2 * upper, upper
