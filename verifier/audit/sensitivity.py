"""How far apart correct runs of one recipe end: measured, for a run that cannot be drawn again.

The suite rejects draws on which a pre-activation comes within rounding of its kink, since from
there two correct codes may go different ways. A long run meets kinks, and worst cases of all of
them grow beyond use. So the recipe is replayed from starts that are moved at random, by about as
much as a run's rounding moves a weight in all; how far these end apart is what rounding may do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.model.network import (
    Parameters,
    activation_pattern,
    preactivation,
    seen_through,
)
from verifier.model.training import TrainingRun, train
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained

REPLAYS = 6
ROOM = 8.0
"""By what factor a correct run may be further off than the furthest of the replays."""


@dataclass(frozen=True)
class Measured(RoundingBound):
    """`plain` bounds, and beside them what became of replays from moved starts.

    `apart`: by how much more, or less, each replay moved than the recipe's own, as networks with
    the readout. Weights and biases are allowed the largest of it over all neurons, in proportion to
    their readout, since the next kink may be met by another neuron; outputs and gradients what
    those differences make of them.
    """

    plain: RoundingBound
    apart: tuple[Parameters, ...]

    def input_gradient(self, z: Tensor) -> Tensor:
        """See `RoundingBound`."""
        off = [torch.linalg.vector_norm(self._seen(z, d), dim=1).max() for d in self.apart]
        return self.plain.input_gradient(z) + ROOM * torch.stack(off).max()

    def output(self, z: Tensor) -> Tensor:
        """See `RoundingBound`."""
        pattern = self._pattern(z)
        found = []
        for d in self.apart:
            moved = pattern * preactivation(d, z)
            found.append((moved @ d.a / math.sqrt(d.width)).abs().max())
        return self.plain.output(z) + ROOM * torch.stack(found).max()

    def _pattern(self, z: Tensor) -> Tensor:
        return activation_pattern(preactivation(self.run.final, z), self.slope)

    def _seen(self, z: Tensor, difference: Parameters) -> Tensor:
        return seen_through(self._pattern(z), difference)


def measured(own: Trained, final: Parameters, dtype: torch.dtype) -> Measured:
    """The bounds for a run in `dtype` that ended at `final`; `own` is the recipe's run in float64.

    Deterministic. Raises `DivergedError` if a replay diverges.
    """
    plain = RoundingBound.of(own, dtype)
    generator = torch.Generator(device="cpu").manual_seed(0)
    # as far as a sum of so many errors of either sign goes, each of at most half a unit
    relative = math.sqrt(len(own.recipe.steps) + len(own.y)) * torch.finfo(dtype).eps

    def moved(t: Tensor) -> Tensor:
        noise = torch.rand(t.shape, generator=generator, dtype=torch.float64, device="cpu")
        return t * (1 + relative * (2 * noise - 1))

    apart, paths = [], []
    for _ in range(REPLAYS):
        start = Parameters(moved(own.initial.W), moved(own.initial.b), own.initial.a)
        again = train(start, own.X, own.y, own.recipe, path_weights=True)
        apart.append(_more(own, start, again))
        paths.append(_off(own, again))
    readout = own.initial.a.abs()
    weight, bias = (ROOM * readout * _largest(apart, name) for name in "Wb")
    run = Trained(own.initial, final, own.X, own.y, own.recipe, own.tau, own.path_weights)
    return Measured(
        run,
        plain.slope,
        plain.weight + weight,
        plain.bias + bias,
        plain.size,
        plain.bias_size,
        plain.path + ROOM * torch.stack(paths).amax(dim=0),
        plain.sums,
        plain,
        tuple(apart),
    )


def _more(own: Trained, start: Parameters, again: TrainingRun) -> Parameters:
    """By how much more a replay moved than the recipe's own."""
    W = (again.params.W - start.W) - (own.final.W - own.initial.W)
    b = (again.params.b - start.b) - (own.final.b - own.initial.b)
    return Parameters(W, b, own.initial.a)


def _largest(apart: list[Parameters], name: str) -> float:
    """The largest difference of a neuron in any replay, divided by its readout."""
    found = []
    for d in apart:
        value = getattr(d, name)
        length = torch.linalg.vector_norm(value, dim=1) if value.ndim > 1 else value.abs()
        found.append((length / d.a.abs())[d.a != 0].amax())
    return float(torch.stack(found).max())


def _off(own: Trained, again: TrainingRun) -> Tensor:
    """How far each sample's path weights are off, on average over neurons as in C, (N,)."""
    assert again.path_weights is not None
    mass = own.initial.a**2
    return mass @ (again.path_weights - own.path_weights).abs() / mass.sum()
