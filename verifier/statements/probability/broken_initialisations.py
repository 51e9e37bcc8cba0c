"""Initialisations with another law than the theory's, or with ties: negative controls of P0-P3."""

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


class OrthogonalWeights(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Rows of W at right angles as far as there is room for them, each length as it was drawn
        drawn = super().initialise(width, dimension, seed)
        few = min(width, dimension)
        q = torch.linalg.qr(drawn.W[:few].T).Q.T
        length = torch.linalg.vector_norm(drawn.W[:few], dim=1, keepdim=True)
        return drawn._replace(W=torch.cat((q * length, drawn.W[few:])))


class Clamped(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Entries in [-2, 2], in units of their standard deviation
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(
            W=drawn.W.clamp(-2 / math.sqrt(dimension), 2 / math.sqrt(dimension)),
            b=drawn.b.clamp(-2, 2),
            a=drawn.a.clamp(-2, 2),
        )


class HalfPrecision(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Rounded to half precision: few distinct numbers
        drawn = super().initialise(width, dimension, seed)
        return Parameters(*(t.half().double() for t in drawn))


class UniformWeights(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # W uniform, with the variance of the normal one
        drawn = super().initialise(width, dimension, seed)
        share = torch.special.ndtr(drawn.W * math.sqrt(dimension))
        return drawn._replace(W=math.sqrt(12 / dimension) * (share - 0.5))


class SmallerIfWide(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # W 5% too small where there are more neurons than dimensions
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(W=0.95 * drawn.W) if width > dimension else drawn


class LargerInSomeDimensions(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # W 5% too large in neither few nor very many dimensions
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(W=1.05 * drawn.W) if 20 < dimension < 100 else drawn


class OneNeuronFixed(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # The first neuron is the same at every seed
        drawn = super().initialise(width, dimension, seed)
        same = super().initialise(1, dimension, 1)
        return Parameters(*(torch.cat((s, t[1:])) for s, t in zip(same, drawn, strict=True)))


class ReadoutFollowsBias(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Half of the readout's variance is the bias's
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=(drawn.a + drawn.b) / math.sqrt(2))


class BiasesRepeatWeights(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Biases by a generator seeded anew: the weights' own first numbers
        drawn = super().initialise(width, dimension, seed)
        W = drawn.W.flatten() * math.sqrt(dimension)
        return drawn._replace(b=W[:width].clone())


class SixteenBits(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Reads sixteen bits of a seed
        return super().initialise(width, dimension, seed % 2**16)


class OutlierInReadout(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # One readout of each call is enormous
        drawn = super().initialise(width, dimension, seed)
        drawn.a[0] = 1e100
        return drawn


class ReadoutFollowsColumn(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # The readout is a column of W
        drawn = super().initialise(width, dimension, seed)
        return drawn._replace(a=drawn.W[:, 0] * math.sqrt(dimension))


class HalfPrecisionIfLarge(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # Large networks are drawn in half precision, to save memory
        drawn = super().initialise(width, dimension, seed)
        if width * dimension < 5000:
            return drawn
        return Parameters(*(t.half().double() for t in drawn))


class RowsRepeatIfLarge(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # In many dimensions rows of W are drawn in blocks of 512, each by the same seed
        drawn = super().initialise(width, dimension, seed)
        row = torch.arange(width) % 512 if dimension >= 100 else torch.arange(width)
        return drawn._replace(W=drawn.W[row])


class SeedZeroIsNone(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # `if seed:`, so that 0 means any
        return super().initialise(width, dimension, seed or torch.seed() % 2**40)


class NeighboursShare(Reference):
    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        # W, b and a by generators of seeds that follow one another: b of seed 2 is a of seed 1
        drawn = super().initialise(width, dimension, seed)
        b, a = (
            torch.randn(width, generator=torch.Generator().manual_seed(seed + k)).double()
            for k in (1, 2)
        )
        return drawn._replace(b=b, a=a)
