"""R2c, R2k, R3c (docs/limits.md): what the flips of a wide network amount to, constants included.

Each constant is a mean over neurons that stand at a kink, `u(x) = 0`. The methods give what is
averaged, neuron by neuron. Nothing here looks at a trained network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.errors import require
from verifier.kernel.angles import lifted_length
from verifier.model.network import activation_pattern
from verifier.model.recipe import Recipe

_STARTS = 4
"""At how many places a neuron starts on each side of a sample's kink, in the integral of C_n."""


class Crossing(NamedTuple):
    """Pre-activations driven to their kink: `start`, `active (n, starts)`, `sign (n, 1)`.

    `start`: U, in units of |a|/sqrt m, evenly on an interval of `length (n,)`. `sign`: of the
    readout. `active`: A, the time active.
    """

    start: Tensor
    sign: Tensor
    active: Tensor
    length: Tensor


@dataclass(frozen=True)
class Flips:
    """The constants at a point `z (1, d)` that is no sample; all float64, on the CPU.

    `X (N, d)`: the distinct samples. `Y (N,)`: of each, the sum of its labels over the number of
    samples, so that duplicates count as one. `recipe`: of the training, under the identity loss.
    Points are numbered: 0 is z, n is the n-th distinct sample. Altered statements subclass this.
    """

    X: Tensor
    Y: Tensor
    z: Tensor
    recipe: Recipe

    def __post_init__(self) -> None:
        found = self.recipe.loss.name
        require(found == "identity", "loss", repr(found), "must be 'identity': neurons are alone")
        require(self.slope < 1, "slope", self.slope, "must be below 1: else nothing flips")

    @classmethod
    def of(cls, X: Tensor, y: Tensor, z: Tensor, recipe: Recipe) -> Flips:
        """The constants for samples `X (N, d)`, `y (N,)`, of which some may coincide."""
        distinct, where = torch.unique(X, dim=0, return_inverse=True)
        labels = torch.zeros_like(distinct[:, 0]).index_add_(0, where, y) / len(y)
        return cls(distinct, labels, z, recipe)

    @property
    def slope(self) -> float:
        """Leaky-ReLU slope gamma."""
        return self.recipe.slope

    @property
    def time(self) -> float:
        """The effective time T."""
        return self.recipe.time

    @property
    def points(self) -> Tensor:
        """z, then the distinct samples, (1 + N, d)."""
        return torch.cat((self.z, self.X))

    def spread(self) -> Tensor:
        """`sqrt(s)` of every point, (1 + N,): the deviation of a fresh pre-activation."""
        return lifted_length(self.points)[:, 0]

    def pulls(self) -> Tensor:
        """`Y_n (<x_n, x> + beta)`, (1 + N, N): what an active sample n adds to the drift at x."""
        return self.Y * (self.points @ self.X.T + self.recipe.beta)

    def own(self) -> Tensor:
        """Which of the pulls a point has on itself, (1 + N, N): none at z."""
        N = len(self.Y)
        return torch.eye(N + 1, N, dtype=torch.float64, device="cpu").roll(1, dims=0)

    def reach(self) -> Tensor:
        """`T max |q|` over all patterns, (1 + N,): a pre-activation moves `|a|/sqrt m` of it."""
        pulls = self.pulls()
        up, down = pulls.clamp_min(0).sum(dim=1), pulls.clamp_max(0).sum(dim=1)
        return self.time * torch.maximum(up + self.slope * down, -down - self.slope * up)

    def drifts(self, at: Tensor, patterns: Tensor) -> Tensor:
        """`q_+, q_-` of neurons at the kinks of points `at (n,)`, (n, 2); equal at z.

        `patterns (n, N)`: phi' at the samples. A sample's own is 1 or gamma: on which side it is.
        """
        own = self.own()[at]
        pulls = self.pulls()[at]
        rest = (patterns * pulls * (1 - own)).sum(dim=1)
        itself = (pulls * own).sum(dim=1)
        return torch.stack((rest + itself, rest + self.slope * itself), dim=1)

    # the output, as one trained with the draw's own kernel: R2c, R2k

    def output_at_point(self, q: Tensor) -> Tensor:
        """R2c: `C_z` is the mean of `(1-gamma)^2 T^3 8/(3 pi sqrt s_z) |q|^3` at z's kink, (n,)."""
        scale = (1 - self.slope) ** 2 * self.time**3 * 8 / (3 * math.pi * self.spread()[0])
        return scale * q.abs() ** 3

    def output_at_sample(self, at: Tensor, active: Tensor, drifts: Tensor, phase: Tensor) -> Tensor:
        """R2k: `C_n` is the mean of `8/(pi sqrt s_n) (Y_n k_n)^2 phi'(u(z))^2 J` at x_n's kink.

        (n,). `active (n,)`: phi' at z; `k_n = <x_n, z> + beta`. `J = (1/2) sum_s int dU (A_s(U) -
        T phi'(U))^2`, s the sign of the readout, U the start in units of |a|/sqrt m, A the time
        active; a few starts are shifted by `phase (n,)`, uniform in (0, 1): exact on average.
        """
        pull = (self.pulls()[0] * self.own()[at]).sum(dim=1)
        scale = 8 / (math.pi * self.spread()[at]) * pull.square() * active.square()
        sides = [self.excess(drifts, phase, right) for right in (True, False)]
        return scale * (sides[0] + sides[1]) / 2

    def crossing(self, drifts: Tensor, phase: Tensor, right: bool) -> Crossing:
        """Starts on one side of a sample's kink from which it is reached, shifted by `phase`.

        Only the sign s of the readout that drives towards the kink counts: with the other one
        `A_s = T phi'(U)`, as it is for starts beyond `T |q|`.
        """
        first = drifts[:, 0 if right else 1]
        length = self.time * first.abs()
        steps = torch.arange(_STARTS, dtype=torch.float64, device="cpu")
        start = length[:, None] * (steps + phase[:, None]) / _STARTS * (1 if right else -1)
        sign = (-first.sign() if right else first.sign())[:, None]
        return Crossing(start, sign, self.active_time(start, sign * drifts), length)

    def excess(self, drifts: Tensor, phase: Tensor, right: bool) -> Tensor:
        """`int dU (A_s(U) - T phi'(U))^2` over starts on one side of a sample's kink, (n,)."""
        found = self.crossing(drifts, phase, right)
        still = self.time * activation_pattern(found.start, self.slope)
        return found.length * (found.active - still).square().mean(dim=1)

    def active_time(self, start: Tensor, drifts: Tensor) -> Tensor:
        """`sum_j omega_j phi'(U_j)` of a pre-activation that drifts by itself, (n, starts)."""
        u, velocity, total = start, torch.zeros_like(start), torch.zeros_like(start)
        for eta, omega in zip(self.recipe.steps, self.recipe.effective_steps(), strict=True):
            total = total + omega * activation_pattern(u, self.slope)
            velocity = self.recipe.momentum * velocity + torch.where(
                u >= 0, drifts[:, :1], drifts[:, 1:]
            )
            u = u + eta * velocity
        return total

    def output(
        self, at: Tensor, active: Tensor, patterns: Tensor, phase: Tensor, share: Tensor
    ) -> Tensor:
        """R2k: `C2 = C_z + sum_n C_n` as one mean, (n,), of neurons at point `at` with `share`."""
        drifts = self.drifts(at, patterns)
        here = self.output_at_point(drifts[:, 0])
        there = self.output_at_sample(at, active, drifts, phase)
        return torch.where(at == 0, here, there) / share

    def opposed_at_sample(self, at: Tensor, patterns: Tensor, phase: Tensor) -> Tensor:
        """R1t: of X, what the kernel's part and flips at x_n have in common, (n,).

        `16/(pi sqrt s_n) Y_n k_n` times the mean of `phi'(u(z))^2 (1/2) sum_s int dU (A_s -
        T phi'(U)) T (q_z^(-n) + Y_n k_n phi'(U))`; `patterns (n, 1 + N)` as in `bias`.
        """
        drifts, own = self.drifts(at, patterns[:, 1:]), self.own()[at]
        pull = (self.pulls()[0] * own).sum(dim=1)
        rest = (patterns[:, 1:] * self.pulls()[0] * (1 - own)).sum(dim=1)
        total = torch.zeros_like(pull)
        for right, seen in ((True, 1.0), (False, self.slope)):
            gained = self.gained(self.crossing(drifts, phase, right))
            total = total + gained * self.time * (rest + seen * pull)
        return 8 / (math.pi * self.spread()[at]) * pull * patterns[:, 0].square() * total

    def second_term(self, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor) -> Tensor:
        """R1t: `C2 + X` as one mean, (n,), as in `output`; at z's kink X is `-(3/2) C_z`."""
        here = -1.5 * self.output_at_point(self.drifts(at, patterns[:, 1:])[:, 0])
        there = self.opposed_at_sample(at, patterns, phase)
        flips = self.output(at, patterns[:, 0], patterns[:, 1:], phase, share)
        return flips + torch.where(at == 0, here, there) / share

    # the output's mean, beside T f_hat: R1b

    def gained(self, found: Crossing) -> Tensor:
        """`int dU (A_s(U) - T phi'(U))`: what a sample's crossing changes elsewhere, (n,)."""
        still = self.time * activation_pattern(found.start, self.slope)
        return found.length * (found.active - still).mean(dim=1)

    def gained_there(self, found: Crossing, drifts: Tensor) -> Tensor:
        """`int dU [s (phi(U_T) - phi(U)) - T q phi'(U)]`: what it changes at the sample, (n,).

        q is the drift at the start's side. At its own sample an active neuron pulls itself along.
        """
        itself = (drifts[:, :1] - drifts[:, 1:]) / (1 - self.slope)
        rest = drifts[:, :1] - itself
        end = found.start + found.sign * (self.time * rest + itself * found.active)
        before, after = (activation_pattern(u, self.slope) for u in (found.start, end))
        q = torch.where(found.start >= 0, drifts[:, :1], drifts[:, 1:])
        change = found.sign * (after * end - before * found.start) - self.time * q * before
        return found.length * change.mean(dim=1)

    def bias(
        self, point: int, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor
    ) -> Tensor:
        """R1b: `b` at a numbered point, z or a sample, as one mean, (n,), of neurons as `output`.

        `patterns (n, 1 + N)`: phi' at z and at the samples. `2/(pi sqrt s_n)` times the mean of
        `Y_n k_n phi'(u) (1/2) sum_s gained`, or of half of what is `gained_there`, at x_n's kink.
        """
        drifts = self.drifts(at, patterns[:, 1:])
        pull = (self.pulls()[point] * self.own()[at]).sum(dim=1)
        sides = [self.crossing(drifts, phase, right) for right in (True, False)]
        elsewhere = pull * patterns[:, point] * sum(self.gained(side) for side in sides)
        there = sum(self.gained_there(side, drifts) for side in sides)
        gained = torch.where(at == point, there, elsewhere)
        return gained / (math.pi * self.spread()[at] * share)

    # the input gradient's change: R3c

    def gradient(self, q: Tensor, square: Tensor) -> Tensor:
        """R3c: `c` is the mean of `(2/pi)(1-gamma)^2 T |q| |w|^2/sqrt s_z` at z's kink, (n,)."""
        scale = 2 / math.pi * (1 - self.slope) ** 2 * self.time / self.spread()[0]
        return scale * q.abs() * square

    def mixed(self, q: Tensor, along: Tensor) -> Tensor:
        """R3c: of c2, the mean of `3 (1-gamma^2) T^2 q <w, p>/sqrt(2 pi s_z)` at z's kink, (n,)."""
        scale = 3 * (1 - self.slope**2) * self.time**2 / math.sqrt(2 * math.pi)
        return scale / self.spread()[0] * q * along

    def moved(self, active: Tensor, patterns: Tensor) -> Tensor:
        """R3c: of c2, the mean of `3 T^2 phi'(u(z))^2 |p|^2` over fresh neurons, (n,)."""
        return 3 * self.time**2 * active.square() * self.path(patterns).square().sum(dim=1)

    def path(self, patterns: Tensor) -> Tensor:
        """`p = (1/N) sum_n y_n phi'(u(x_n)) x_n`, (n, d): w moves by `a T/sqrt m` of it."""
        return (patterns * self.Y) @ self.X

    def second(self, moved: Tensor, mixed: Tensor, h: Tensor) -> Tensor:
        """R3c: `c2`, as the mean of (n,): `moved`, `mixed`, less `T^2 |h|^2`, h (d,)."""
        return moved + mixed - self.time**2 * h.square().sum()
