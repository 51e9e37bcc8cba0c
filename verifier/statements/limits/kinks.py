"""Neurons drawn close to their kinks, and trained as in a network of any width (docs/limits.md).

Training flips few neurons of a wide network, about one in sqrt m. Under the identity loss each
moves on its own, so those that may flip can be drawn directly, each with the weight that makes
means over them means over fresh neurons. All float64, on the CPU but for the training itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from verifier.kernel.angles import lift
from verifier.model.network import Parameters, activation_pattern
from verifier.model.recipe import Recipe
from verifier.statements.limits.flips import Flips
from verifier.trial.study import Study

WIDTH = 1e16
"""Of the networks whose limits are compared: what is left of finite width is then about 1e-7."""

APART = 0.1
"""The share of neurons that start anywhere a flip is possible, whatever their own drift."""

PLACES = 4
"""How many neurons start near each kink that is drawn, in as many parts of where they may."""


def absolute_moment(power: int) -> float:
    """`E |a|^power` of a standard normal a."""
    return float(2 ** (power / 2) * math.gamma((power + 1) / 2) / math.sqrt(math.pi))


@dataclass(frozen=True)
class Neurons:
    """Neurons in n independent groups, and what makes up for their not being fresh ones.

    `E F = E[weight F]` for an F that vanishes unless the neuron is close to one of the kinks.
    `params`: the neurons, group after group. `at (n,)`: the point at whose kink a group was drawn,
    `share (n,)` how often that point is chosen. Moved onto that kink a neuron is `w (n, d)`; phi'
    there is `active (n,)` at z, `patterns (n, N)` at the distinct samples. `tilt (n,)`: the part of
    `weight` that makes up for the length of w.
    """

    params: Parameters
    weight: Tensor
    at: Tensor
    share: Tensor
    w: Tensor
    active: Tensor
    patterns: Tensor
    tilt: Tensor

    def means(self, values: Tensor) -> Tensor:
        """Of `values (neurons, ...)` over each group, (n, ...)."""
        return values.reshape(len(self.at), -1, *values.shape[1:]).mean(dim=1)


@dataclass(frozen=True)
class Kinks:
    """Neurons of a network of width `width` near the kinks of the first points of `flips`.

    `shares`: how often each of the first points is chosen, some never. `power`: readouts are drawn
    with `|a|^power` times their normal density, as what is measured grows like that.
    `stretched`: likewise with `1 + r^2/d` for the length r of `(sqrt d w, b)` on the kink.
    `mirrored`: each group twice, with both signs of the readout, for what nearly cancels in them.
    """

    flips: Flips
    width: float
    shares: Tensor
    power: int
    stretched: bool = False
    mirrored: bool = False

    def near(self, n: int, generator: Generator) -> Neurons:
        """So many groups of `PLACES` neurons, or twice as many, near one kink each."""
        flips = self.flips
        sign, size = self._readout(n, generator)
        at = torch.multinomial(self.shares, n, replacement=True, generator=generator)
        share = self.shares[at] / self.shares.sum()
        towards = lift(flips.points)[at]
        kink = _normal(n, flips.z.shape[1] + 1, generator)
        kink = kink - (kink * towards).sum(dim=1, keepdim=True) * towards
        kink, tilt = self._stretch(kink, generator)
        active, patterns = self._patterns(kink)
        # a place is in units of |a|/sqrt m
        signs = torch.stack((sign, -sign) if self.mirrored else (sign,), dim=1)
        pushed = flips.time * flips.drifts(at, patterns)
        parts = [_places(pushed * s[:, None], flips.reach()[at], generator) for s in signs.T]
        place, density = (torch.cat(part, dim=1) for part in zip(*parts, strict=True))
        unit = (size / math.sqrt(self.width))[:, None]
        spread = flips.spread()[at][:, None]
        far = unit * place / spread
        normal = torch.exp(-far.square() / 2) / (math.sqrt(2 * math.pi) * spread)
        drawn = kink[:, None] + far[..., None] * towards[:, None]
        weight = unit * normal / (density * self._close(drawn, at, unit))
        weight = weight * (tilt / share * absolute_moment(self.power) / size**self.power)[:, None]
        readout = (signs * size[:, None]).repeat_interleave(PLACES, dim=1).flatten()
        params = _neurons(drawn.flatten(0, 1), readout)
        w = _neurons(kink, size).W
        return Neurons(params, weight.flatten(), at, share, w, active, patterns, tilt)

    def fresh(self, n: int, generator: Generator) -> Neurons:
        """Neurons that are fresh but for their readout, near kinks or not."""
        sign, size = self._readout(n, generator)
        drawn = _normal(n, self.flips.z.shape[1] + 1, generator)
        active, patterns = self._patterns(drawn)
        params = _neurons(drawn, sign * size)
        weight = absolute_moment(self.power) / size**self.power
        nowhere = torch.zeros(n, dtype=torch.int64, device="cpu")
        one = torch.ones_like(size)
        return Neurons(params, weight, nowhere, one, params.W, active, patterns, one)

    def missed(self) -> float:
        """A bound on the share of drawn neurons that are not as the limit has them."""
        return float((self.missed_at() @ self.shares) / self.shares.sum())

    def missed_at(self) -> Tensor:
        """The same for neurons near each of the points that are chosen, one for each share.

        Those close to another kink, or whose patterns differ from those on the kink; of fresh ones
        those close to any kink; and by how much the normal density falls.
        """
        flips = self.flips
        spread, reach = flips.spread(), flips.reach()
        cosines = lift(flips.points) @ lift(flips.points).T
        sines = (1 - cosines.square()).clamp_min(0).sqrt()
        per_unit = (reach / spread)[None, :] + cosines.abs() * (reach / spread)[:, None]
        others = (2 * per_unit / (math.sqrt(2 * math.pi) * sines.fill_diagonal_(1.0))).sum(dim=1)
        first, second = (
            absolute_moment(self.power + k) / absolute_moment(self.power) / self.width ** (k / 2)
            for k in (1, 2)
        )
        chance = first * others + second * (reach / spread).square() / 2
        return chance[: len(self.shares)]

    def _readout(self, n: int, generator: Generator) -> tuple[Tensor, Tensor]:
        size = torch.linalg.vector_norm(_normal(n, self.power + 1, generator), dim=1)
        return _normal(n, 1, generator)[:, 0].sign(), size

    def _stretch(self, kink: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """Lengths of d normal numbers, half of them made those of d + 2; and what makes up."""
        n, d = len(kink), kink.shape[1] - 1
        if not self.stretched:
            return kink, torch.ones_like(kink[:, 0])
        square = kink.square().sum(dim=1)
        more = _normal(n, 2, generator).square().sum(dim=1) * (uniform(generator, n) < 0.5)
        longer = kink * (1 + more / square).sqrt()[:, None]
        return longer, 2 / (1 + (square + more) / d)

    def _patterns(self, lifted: Tensor) -> tuple[Tensor, Tensor]:
        seen = activation_pattern(lifted @ lift(self.flips.points).T, self.flips.slope)
        return seen[:, 0], seen[:, 1:]

    def _close(self, drawn: Tensor, at: Tensor, unit: Tensor) -> Tensor:
        """Near how many of the kinks drawn from each neuron is, its own included, (n, places)."""
        flips, count = self.flips, len(self.shares)
        seen = (drawn @ lift(flips.points[:count]).T * flips.spread()[:count]).abs()
        close = seen <= unit[..., None] * flips.reach()[:count]
        own = at[:, None, None].expand(-1, drawn.shape[1], 1)
        return (close.scatter(2, own, True) & (self.shares > 0)).sum(dim=2)


def _normal(rows: int, columns: int, generator: Generator) -> Tensor:
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64, device="cpu")


def uniform(generator: Generator, *shape: int) -> Tensor:
    """Numbers in [0, 1)."""
    return torch.rand(*shape, generator=generator, dtype=torch.float64, device="cpu")


def _neurons(lifted: Tensor, readout: Tensor) -> Parameters:
    """Neurons by `(sqrt d w, b)`, (n, d+1)."""
    d = lifted.shape[1] - 1
    return Parameters(lifted[:, :d] / math.sqrt(d), lifted[:, d].clone(), readout)


def _places(pushed: Tensor, reach: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """Where pre-activations start, and the density of that place, (n, PLACES) each.

    Mostly where `pushed (n, 2)`, T times the drift on the right and on the left of the kink, brings
    them to it; a share `APART` anywhere within `reach (n,)`, as are all that are driven away.
    """
    right = (-pushed[:, :1]).clamp_min(0.0)
    left = pushed[:, 1:].clamp_min(0.0)
    length = right + left
    reach = reach[:, None]
    n = len(reach)
    parts = torch.arange(PLACES, dtype=torch.float64, device="cpu")
    spot = (parts + uniform(generator, n, PLACES)) / PLACES
    anywhere = (uniform(generator, n, PLACES) < APART) | (length == 0)
    place = torch.where(anywhere, reach * (2 * spot - 1), length * spot - left)
    driven = (place <= right) & (place >= -left) & (length > 0)
    whole = torch.ones_like(length)
    broad = torch.where(length > 0, APART * whole, whole) / (2 * reach)
    return place, broad + torch.where(driven, (1 - APART) / length, 0.0)


def given(study: Study) -> tuple[Tensor, Tensor, Tensor]:
    """The study's samples `X (N, d)`, labels `y (N,)` and one point `z (1, d)`.

    Of points that are given ("raw") the first is z: nothing of such a study is drawn but the sign
    of the labels, so that what it notices is the same for every seed.
    """
    draw = study.fixed()
    if study.experiment.only.data.family == "raw":
        return draw.X[1:], draw.y[1:], draw.X[:1]
    return draw.X, draw.y, draw.z[:1]


def trained(study: Study, params: Parameters, width: float, recipe: Recipe) -> Parameters:
    """The neurons after the code's own training on the study's data, in a network of that width.

    A readout `a sqrt(n/width)` makes n neurons move as those of a network of that width.
    """
    X, y, _ = given(study)
    scaled = params._replace(a=params.a * math.sqrt(params.width / width))
    end = study.code.train(scaled.to(study.settings.device, X.dtype), X, y, recipe)
    return Parameters(*(t.to("cpu", torch.float64) for t in (end.W, end.b, params.a)))
