"""What the trainings of one clean network hold at their peak, in float32.

They are descents: of f at all its rates, then, for each set of perturbations, of g at all of its
own from each f. One from B data sets at K rates holds, with `theta = B K m (d + 1)` weights and
`u = B K m N` pre-activations:

- in Gram form `theta + 6 u + B N^2`, or at a checkpoint `6 theta + 4 u + B N^2`;
- in patterns, on a card, `5 theta + 7.5 u + 2.5 B N^2`, most of it all the time;
- under the identity loss `3 theta + u/4` and, for one of the data sets, two arrays of its weights
  and two and a half of its pre-activations, or six more of those of neurons that come to rest;
- else `2 theta + 3 u`; at a checkpoint of these two `5 theta + u`;
- always the samples with ones, signed, and as they were; f at its rates; where f and g start.

The kernel's sums say themselves what they hold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch

from verifier.model.memory import Need
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.clean_network import CURVES, MAP, Ask
from verifier.reproduction.training.recipes import schedule_named
from verifier.reproduction.training.stacked_descent import (
    in_gram_form,
    in_pattern_form,
    moving_share,
)


def of_trainings(asks: Sequence[Ask], recipe: str, device: str) -> Need:
    """The trainings that `asks` of one clean network need, by a recipe."""
    descents = descents_of(asks, recipe)
    first = asks[0].setting
    rests = first.loss == "identity"
    patterns = rests and torch.device(device).type == "cuda"

    def entries(sizes: Mapping[str, int]) -> int:
        N, d, m = sizes["N"], sizes["d"], sizes["m"]
        f = (descents[0].K + 2) * m * (d + 1)
        return f + max(descent.entries(N, d, m, rests, patterns) for descent in descents)

    networks = max(descent.B * descent.K for descent in descents)
    sizes = {"networks": networks, "N": first.N, "d": first.d, "m": first.m}
    return Need(sizes, entries, torch.float32, torch.device(device))


class Descent(NamedTuple):
    """From `B` data sets at `K` rates; `moving`: the share of neurons expected not to rest."""

    B: int
    K: int
    epochs: int
    moving: float

    def entries(self, N: int, d: int, m: int, rests: bool, patterns: bool) -> int:
        """See the module."""
        B, neurons = self.B, self.B * self.K * m
        theta, u = neurons * (d + 1), neurons * N
        samples = 3 * B * N * (d + 1)
        if patterns and in_pattern_form(N, d, neurons):
            return samples + 5 * theta + (15 * u + 5 * B * N * N) // 2
        if in_gram_form(N, d, neurons, self.moving):
            return samples + B * N * N + max(theta + 6 * u, 6 * theta + 4 * u)
        if rests:
            each = 2.5 + 6 * (1 - self.moving)
            step = 3 * theta + u // 4 + round(2 * theta + each * u) // B
        else:
            step = 2 * theta + 3 * u
        return samples + max(step, 5 * theta + u)


def descents_of(asks: Sequence[Ask], recipe: str) -> list[Descent]:
    """What is trained for `asks` of one clean network: f, and then g on each set it learns from."""
    applied = [(a.kind, schedule_named(recipe).applied(a.setting)) for a in asks]
    learners: dict[tuple[object, ...], list[PointSetting]] = defaultdict(list)
    for kind, s in applied:
        if kind in (CURVES, MAP):
            learners[s.scenario, s.eps, s.epochs_f, s.rates_f].append(s)
    rates_f = {rate for _, s in applied for rate in s.rates_f}
    last = max(s.epochs_f for _, s in applied)
    found = [Descent(1, len(rates_f), last, moving_share(applied[0][1], attacked=False))]
    for wanted in learners.values():
        rates_g = {rate for s in wanted for rate in s.rates_g}
        moving = moving_share(wanted[0], attacked=True)
        last = max(s.epochs_g for s in wanted)
        found.append(Descent(len(wanted[0].rates_f), len(rates_g), last, moving))
    return found
