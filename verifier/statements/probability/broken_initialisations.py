"""Initialisations with another law than the theory's, or with ties: negative controls of P1-P3."""

from __future__ import annotations

import math

import torch

from verifier.implementations.reference import Reference
from verifier.model.network import Parameters

_COPIES = 4


class HeInitialisation(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Hidden weights from N(0, 2/d)
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(W=math.sqrt(2) * drawn.W)


class ZeroBiases(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(b=torch.zeros_like(drawn.b))


class SignReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Readout +-1: the same mean kernel, with less noise
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=drawn.a.sign())


class LargeReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Readout from N(0, 2)
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=math.sqrt(2) * drawn.a)


class CopiedNeurons(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Every neuron four times: each has the right law, but they are not independent
        drawn = super().initialise(-(-width // _COPIES), dimension, seed)
        return Parameters(*(t.repeat_interleave(_COPIES, dim=0)[:width] for t in drawn))


class SeedIgnored(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # One network for all seeds
        return super().initialise(width, dimension, 1)


class SeedNotEnough(Reference):
    def __init__(self) -> None:
        self.calls = 0

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Another network at every call
        self.calls += 1
        return super().initialise(width, dimension, seed + self.calls)


class Antisymmetric(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # The second half of the neurons is the first with its readout negated: f_0 = 0
        drawn = super().initialise(-(-width // 2), dimension, seed)
        W, b, a = (
            torch.cat((t, s))[:width] for t, s in zip(drawn, (*drawn[:2], -drawn.a), strict=True)
        )
        return Parameters(W, b, a)


class StandardisedReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Readout scaled to a mean square of 1 over the call
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=drawn.a / drawn.a.square().mean().sqrt())


class ZeroIfNarrow(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # All parameters 0 below 20000 neurons
        drawn = super().initialise(width, dimension, seed)
        return drawn if width > 20_000 else Parameters(*(torch.zeros_like(t) for t in drawn))
