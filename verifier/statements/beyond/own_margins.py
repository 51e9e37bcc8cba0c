"""What rounding may do to an attack, by Python's own numbers, for E8."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import Attack
from verifier.statements.beyond.margins import move_error, psi_error
from verifier.trial.trial import Trial

_FEW = 16  # rounding errors of a bound, of the size 1 or its own
_UNIT = 2.0**-20
_GRADIENTS = (
    ((1.0, 0.5, -0.25, 0.125), 2.0**-10),
    ((1.0, 0.5, -0.5, 1.0), 2.0**-10),  # equal entries
    ((2.0, -1.0, 0.5, 0.125), 0.125),  # and one that is as large as its error
    ((1.0, 0.75, -0.5, 0.25), 0.125),  # gaps of twice the error
    ((-1.0, 0.625, 0.25, -0.0625), 0.125),  # which is large, but orders them
    ((1.0, -(2.0**-30), 0.5, 2.0**-12), 2.0**-20),
    ((0.0, 0.0, 0.0, 0.0), 2.0**-20),
)
"""Gradients, each with how far it may be off."""

_WEIGHTS = (
    ((1.0, -2.0, 0.5, 0.0), 0.25),
    ((0.0, 0.0, 0.0, 0.0), 0.5),
    ((3.0, 3.0, -3.0, 3.0), 0.0),
)
"""Of neurons, each with how far they may be off."""


@dataclass(frozen=True)
class OwnMargins:
    """Bounds under an attack, entry by entry and neuron by neuron."""

    attack: Attack

    def kept(self, g: tuple[float, ...]) -> int:
        """How many entries an attack along `g` changes."""
        return 1 if self.attack.norm == 1 else min(self.attack.pixels or len(g), len(g))

    def dual(self, g: tuple[float, ...]) -> float:
        """The largest `<g, r>` of all r of length 1: by signs, the largest entry, or by Hölder."""
        largest = sorted(map(abs, g), reverse=True)[: self.kept(g)]
        p = self.attack.norm
        if p in (1, math.inf):
            return math.fsum(largest)
        return math.fsum(x ** (p / (p - 1)) for x in largest) ** ((p - 1) / p)

    def longest(self, length: float, entries: int) -> float:
        """How long a vector of a Euclidean `length` may be in the dual norm.

        Either a single entry has it all, or all have the same.
        """
        q = self.attack.norm / (self.attack.norm - 1)
        return max(length, (entries * (length / math.sqrt(entries)) ** q) ** (1 / q))

    def in_doubt(self, gap: float, delta: float) -> bool:
        """Whether entries that are a `gap` apart may change places: each moves by `delta`."""
        return gap <= 2 * delta

    def psi(self, g: tuple[float, ...], delta: float, unit: float) -> list[float]:
        """How far each entry of psi moves at most where g moves by `delta`; 2 is anywhere."""
        order = [*sorted(map(abs, g), reverse=True), -math.inf]
        k = self.kept(g)
        last = order[k - 1]
        if self.in_doubt(last - order[k], delta):
            return [2.0] * len(g)
        return [min(2.0, self.entry(x, g, delta, unit)) if abs(x) >= last else 0.0 for x in g]

    def entry(self, x: float, g: tuple[float, ...], delta: float, unit: float) -> float:
        """How far psi's entry moves whose gradient is `x`, of those that are kept."""
        if self.attack.norm in (1, math.inf):
            return unit + (2.0 if abs(x) <= delta else 0.0)  # a sign
        s, length = 1 / (self.attack.norm - 1), self.dual(g)
        if length == 0:
            return 2.0
        share = abs(x) / length
        off = (delta + self.longest(delta, self.kept(g))) / length
        # psi grows with the share, which lies in [-1, 1]: it is furthest off at one of both ends
        above = min(share + off, 1.0) ** s - share**s
        lowest = max(share - off, -1.0)
        below = share**s - math.copysign(abs(lowest) ** s, lowest)
        return max(above, below) + (2 + s) * unit

    def move(self, w: tuple[float, ...], off: float, unit: float) -> float:
        """How far `<w, r>` moves where w is `off` so far, and each entry of r by a `unit`.

        r has length 1, so no entry is larger than that, and its Euclidean length is sqrt d at most.
        """
        return off * math.hypot(*(1.0 for _ in w)) + unit * self.dual(w)


def margins_of_attacks(trial: Trial, out: Comparisons) -> None:
    """Both bounds under the trial's attack and its dual: entries equal, near 0, in doubt, or 0."""
    like, own = trial.draw.X.double(), trial.configuration.attack_by
    g, W = (like.new_tensor([values for values, _ in each]) for each in (_GRADIENTS, _WEIGHTS))
    delta, off = (like.new_tensor([size for _, size in each]) for each in (_GRADIENTS, _WEIGHTS))
    for attack in dict.fromkeys((own, Attack(own.dual, own.pixels))):
        by = trial.theory[OwnMargins](attack)
        for found, wanted in (
            (psi_error(g, attack, delta, _UNIT), [by.psi(*each, _UNIT) for each in _GRADIENTS]),
            (move_error(W, off, attack, _UNIT), [by.move(*each, _UNIT) for each in _WEIGHTS]),
        ):
            due = like.new_tensor(wanted)
            bound = _FEW * torch.finfo(due.dtype).eps * (1 + due)
            out.identity("what rounding may do to an attack", found, due, bound)
