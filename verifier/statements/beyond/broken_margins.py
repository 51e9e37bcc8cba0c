"""Bounds on rounding that are too small, each for E8 or E9."""

from __future__ import annotations

from verifier.statements.beyond.own_margins import OwnMargins
from verifier.statements.beyond.own_readout import OwnNeuron, OwnRounding, Pull
from verifier.statements.control import Control


class NeverLonger(OwnMargins):
    def longest(self, length: float, entries: int) -> float:
        # As if no norm were larger than the Euclidean one
        return length


class OneEntryMoves(OwnMargins):
    def in_doubt(self, gap: float, delta: float) -> bool:
        # Of two entries only one is off
        return gap <= delta


class ExactSteps(OwnMargins):
    def move(self, w: tuple[float, ...], off: float, unit: float) -> float:
        # The perturbation itself is not rounded
        return super().move(w, off, 0.0)


class FurthestAbove(OwnRounding):
    def pull(self, y: float, f: float, off: float) -> tuple[float, float]:
        # The derivative is largest, so it is furthest off there
        p, above = (self.derivative(-y * f + shift) for shift in (0.0, off))
        return p, above - p + self.unit * p


class MeanStep(OwnRounding):
    def step_sizes(self, neurons: list[OwnNeuron]) -> list[float]:
        # The mean over samples once more
        samples = len(list(self.pulls(neurons)))
        return [size / samples for size in super().step_sizes(neurons)]


class ErrorWithoutMomentum(OwnRounding):
    def accelerate(self, neuron: OwnNeuron, pulls: list[Pull]) -> None:
        # What the last velocity was off is forgotten
        neuron.off_v = [0.0] * len(neuron.off_v)
        super().accelerate(neuron, pulls)


def _attack(name: str, what: str, altered: type[OwnMargins]) -> Control:
    return Control(name, what, ("E8",), altered={OwnMargins: altered})


def _readout(name: str, what: str, altered: type[OwnRounding]) -> Control:
    return Control(name, what, ("E9",), altered={OwnRounding: altered})


CONTROLS = (
    _attack("bound-in-l2", "a bound's length in L2 in every norm", NeverLonger),
    _attack("bound-of-one-entry", "places change at a gap of delta", OneEntryMoves),
    _attack("bound-of-exact-steps", "r is not rounded", ExactSteps),
    _readout("bound-from-above", "the derivative's larger end alone", FurthestAbove),
    _readout("bound-of-mean-step", "a step's size over N", MeanStep),
    _readout("bound-at-rest", "a velocity's error is forgotten", ErrorWithoutMomentum),
)
