"""Single neurons, drawn and trained as in a network of any width: what R1x, R1c and R2a look at.

Under the identity loss a neuron's path depends on its own start and the data alone. So n neurons of
a network of width n whose readout is scaled by `sqrt(n/m)` are n independent neurons of networks of
width m, and a sum over m of them is such a network's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.network import Parameters, activation_pattern, initialise, preactivation
from verifier.trial.study import Study

AT_ONCE = 50_000
"""Neurons that are trained in one call."""


@dataclass(frozen=True)
class Given:
    """What all neurons of a study share, float64: samples `X (N, d)`, `y (N,)`, points `z (2, d)`.

    The first of the data's points is no sample: it is a point that is seen for the first time. The
    second point of `z` is the first sample.
    """

    X: Tensor
    y: Tensor
    z: Tensor

    @classmethod
    def of(cls, study: Study) -> Given:
        """The data of the study's only configuration, drawn without its network: that is wide."""
        data, settings = study.experiment.only.data, study.settings
        X, y, _ = data.sample(1, study.generator("data"), settings.images)
        require(len(X) >= 2, "samples", len(X), "must be at least 2")
        points, y = X.to(settings.device), y.to(settings.device)
        return cls(points[1:], y[1:], points[:2])


WHERE = ("at a new point", "at a sample")
"""What the points of `Given` are."""


@dataclass(frozen=True)
class Neurons:
    """n neurons of networks of width m, float64.

    `squares (n,)`: `a^2`. `change (n, P)`: `sqrt(m) a (phi(u(z;T)) - phi(u(z;0)))`, of which
    `f_T - f_0` is the mean over a network. `pull (n, P, d)`: `sqrt(m) a phi'(u(z;T)) (w(T) -
    w(0))`, of which `sum_n y_n C_n x_n` is the mean (E1).
    """

    squares: Tensor
    change: Tensor
    pull: Tensor


def trained_neurons(study: Study, given: Given) -> Neurons:
    """The study's `replicates` neurons, trained by the code; kept, as no theory enters."""
    key = ("neurons", study.experiment)
    if key not in study.kept:
        parts = [_train(study, given, start) for start in _fresh(study)]
        fields = zip(*((p.squares, p.change, p.pull) for p in parts), strict=True)
        study.kept[key] = Neurons(*(torch.cat(field) for field in fields))
    found: Neurons = study.kept[key]
    return found


def _fresh(study: Study) -> Iterator[Parameters]:
    """As many neurons as the experiment has replicates, drawn one after the other."""
    generator, left = study.generator("neurons"), study.experiment.replicates
    while left > 0:
        count = min(left, AT_ONCE)
        yield initialise(
            count,
            study.experiment.only.data.dimension,
            generator=generator,
            dtype=torch.float64,
            device=study.settings.device,
        )
        left -= count


def _train(study: Study, given: Given, start: Parameters) -> Neurons:
    c = study.experiment.only
    of_width = start._replace(a=start.a * math.sqrt(len(start.a) / c.width))
    end = study.code.train(of_width, given.X, given.y, c.f_recipe)
    before, after = preactivation(start, given.z), preactivation(end, given.z)
    pattern = activation_pattern(after, c.slope)
    change = after * pattern - before * activation_pattern(before, c.slope)
    scale = math.sqrt(c.width) * start.a
    moved = scale[:, None] * (end.W - start.W)
    return Neurons(
        squares=start.a.square(),
        change=(scale * change).T,
        pull=pattern.T[:, :, None] * moved[:, None, :],
    )
