"""The theory's lines where the loss is not the identity: effective times first, then R5.

A wide network ends at `f_0 + (1/N) sum_n y_n tauhat_n K_inf(., x_n)` (R1cl), its gradient likewise.
The times follow from the draws and the schedule, plateau cuts included, by descent on that kernel
machine: nothing is trained. A work of its own, so that trained points stay as they are kept.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from verifier.kernel.phi import k_inf, kernel_sum, weighted_direction
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.losses import Loss, named_loss
from verifier.model.network import Parameters, input_gradient, output
from verifier.model.plateau import Plateau
from verifier.model.vectors import unit_rows
from verifier.reproduction.panels import PointSetting
from verifier.reproduction.training.clean_network import Ask
from verifier.reproduction.training.predicted import SEEN
from verifier.reproduction.training.recipes import Schedule, schedule_named
from verifier.reproduction.training.samples import Samples, draw_network, draw_samples

ROWS = 1000  # of the kernel's matrix, computed at a time


class Wide:
    """What a network becomes at each of `rates` (K,) if it is wide: `start`, and its kernel sum."""

    def __init__(
        self,
        start: Parameters,
        X: Tensor,
        y: Tensor,
        rates: Sequence[float],
        epochs: int,
        schedule: Schedule,
        loss: Loss,
        slope: float,
    ) -> None:
        self.start, self.X, self.slope = start, X, slope
        gram = torch.cat([k_inf(rows, X, slope, 1.0) for rows in X.split(ROWS)]) / len(y)
        begins = output(start, X, slope)
        tau = predicted_times(begins, gram, y, rates, epochs, schedule, loss)
        self.weights = y * tau / len(y)

    def output(self, k: int, z: Tensor) -> Tensor:
        """At the k-th rate and points z, (P,)."""
        learnt = kernel_sum(z, self.X, self.weights[k], self.slope, 1.0)
        return output(self.start, z, self.slope) + learnt

    def gradient(self, k: int) -> Tensor:
        """Of that output, at its samples, (N, d): patterns that flip included."""
        sums = (self.X, self.X, self.weights[k], self.slope)
        learnt = weighted_direction(*sums) + phi_gradient_sum(*sums, 1.0)
        return input_gradient(self.start, self.X, self.slope) + learnt


def predicted_times(
    start: Tensor,
    gram: Tensor,
    y: Tensor,
    rates: Sequence[float],
    epochs: int,
    schedule: Schedule,
    loss: Loss,
) -> Tensor:
    """`tauhat_n` at each rate, (K, N): `start (N,)` is `f_0` at the samples, `gram` `K_inf/N`."""
    rate = start.new_tensor(rates)
    following = Plateau().rates(rate)
    tau = start.new_zeros(len(rates), len(y))
    velocity = torch.zeros_like(tau)
    for epoch in range(1, epochs + 1):
        s = -y * (start + (tau * y) @ gram)
        velocity = schedule.momentum * velocity + loss.derivative(s)
        tau = tau + schedule.step(epoch) * rate[:, None] * velocity
        if schedule.plateau:
            rate = following(loss.value(s).mean(dim=-1))
    return tau


def foresee(
    asks: Sequence[Ask], recipe: str, seed: int, device: str, images: Path | None
) -> Iterator[tuple[Ask, list[dict[str, float]]]]:
    """For each ask its series at every pair of rates, in the order of a point's runs.

    The asks agree in data, d, N, m, slope and loss, as those of one clean network do.
    """
    schedule, first = schedule_named(recipe), asks[0].setting
    samples = draw_samples(first, seed, images, device)
    f_0, g_0 = (draw_network(name, first, seed, device) for name in "fg")
    how = (schedule, named_loss(first.loss), first.gamma)

    @functools.cache
    def f_after(rates: tuple[float, ...], epochs: int) -> Wide:
        return Wide(f_0, samples.X, samples.y, rates, epochs, *how)

    @functools.lru_cache(maxsize=1)  # the eps of a panel differ, and each has a matrix
    def g_after(s: PointSetting, k: int) -> Wide:
        nu = unit_rows(f_after(s.rates_f, s.epochs_f).gradient(k))
        attacked = samples.attacked(s.scenario, s.eps, nu)
        return Wide(g_0, attacked, samples.targets, s.rates_g, s.epochs_g, *how)

    for ask in asks:
        s = schedule.applied(ask.setting)
        f = f_after(s.rates_f, s.epochs_f)
        pairs = [(i, j) for i in range(len(s.rates_f)) for j in range(len(s.rates_g))]
        yield ask, [_series(samples, f, i, g_after(s, i), j) for i, j in pairs]


def _series(samples: Samples, f: Wide, i: int, g: Wide, j: int) -> dict[str, float]:
    """Accuracies on at most `SEEN` of f's samples, and agreement on fresh points."""
    stride = -(-len(samples.y) // SEEN)
    seen, y, z = samples.X[::stride], samples.y[::stride], samples.z
    shares = {
        "standard": f.output(i, seen) * y > 0,
        "perturbation": g.output(j, seen) * y > 0,
        "agreement": f.output(i, z).sign() == g.output(j, z).sign(),
    }
    return {name: float(hits.double().mean()) for name, hits in shares.items()}
