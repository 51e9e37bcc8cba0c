"""P0: a code's initialisation is what the theory says, in all of its distribution, call by call."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import scipy
import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters
from verifier.statements.control import Control
from verifier.statements.probability import broken_initialisations as broken
from verifier.statements.probability.experiments import INITIALISATIONS, MORE_INITIALISATIONS
from verifier.statements.probability.measured import by_calls
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, PROBABILITY, StatisticalStatement
from verifier.statistics.distribution import (
    Law,
    continuous,
    distribution,
    in_order,
    last_of_equals,
)
from verifier.trial.study import Study

WANTED = 0.25
"""The difference of two laws' probabilities that has to be noticed, of what a call gives once."""
_FLOAT32 = 2.0**-23
"""Codes may draw normal numbers from so many equally likely ones: 23 random bits each."""
_LAST_BITS = (16, 20, 24, 28)
_DIGITS = 12
_LARGE = (4000, 784)
"""Neurons and dimensions of one more call."""
_MANY_CALLS = 40
"""Of which W, b and a are looked at together: what one call draws may repeat within it."""
_MOST_ENTRIES = 100_000
"""Of which repetitions are looked for; two normal numbers in float64 among them are never equal."""


def check(study: Study, out: Comparisons) -> None:
    """P0 in networks asked for one by one, each by a seed of its own."""
    key = ("P0", study.experiment)
    if key not in study.kept:
        networks = by_calls(study, study.experiment.replicates)
        study.kept[key] = networks, repeated_bits(study, networks)
    networks, repeated = study.kept[key]
    none = torch.zeros_like(repeated)
    out.identity("networks of seeds that agree in their last bits", repeated, none, none)
    judge_initialisation(study, networks, out)
    judge_large(study, out)
    _small_seeds(study, out)


def _small_seeds(study: Study, out: Comparisons) -> None:
    """The seeds that people use: 0 is one like any other, and gives the same network again."""
    c, code = study.experiment.only, study.code
    sizes = c.width, c.data.dimension
    first, again, *others = (
        code.initialise(*sizes, seed, study.settings.device) for seed in (0, 0, 1, 2, 3)
    )
    wrong = [not torch.equal(first.b, again.b), torch.equal(first.b, others[0].b)]
    found = first.b.new_tensor([float(sum(wrong))])
    none = torch.zeros_like(found)
    out.identity("seeds 0 and 1: one network each, the same again", found, none, none)
    every = torch.cat([part.flatten() for drawn in (first, *others) for part in standard(drawn)])
    judge_repetitions(study, "entries of seeds 0 to 3", every, out)


def standard(networks: Parameters) -> Parameters:
    """The same with `sqrt(d) W` for W, so that every entry has one law."""
    return networks._replace(W=networks.W * math.sqrt(networks.dimension))


def judge_repetitions(study: Study, name: str, entries: Tensor, out: Comparisons) -> None:
    """Hardly any of the `entries (n,)` may repeat another one."""
    rounded = torch.round(entries, decimals=_DIGITS)  # of W scaled and scaled back
    different = int(last_of_equals(in_order(rounded)).sum())
    repeated = rounded.new_tensor([len(rounded) - different])
    expected = study.theory[Initialisation]().repetitions(len(rounded))
    limit = torch.full_like(repeated, float(scipy.stats.poisson.isf(study.alpha, expected)))
    out.at_most(f"{name} that repeat another one", repeated, limit, torch.zeros_like(repeated))


def judge_large(study: Study, out: Comparisons) -> None:
    """One call of the size of the paper's networks: its own entries are independent values."""
    networks = study.networks(*_LARGE, 1, "large", 0)
    law = study.theory[Initialisation]()
    values = math.sqrt(networks.dimension) * networks.W
    name = f"entries of sqrt(d) W, {_LARGE[0]} neurons in {_LARGE[1]} dimensions, against N(0, 1)"
    out.statistic(distribution(name, values.flatten(), law.entry(), alpha=study.alpha, wanted=0.01))
    every = {"W": values[..., 0], "b": networks.b, "a": networks.a}  # a column: of rows, too
    for part, entries in every.items():
        judge_repetitions(study, f"entries of {part}, {_LARGE[0]} neurons,", entries.flatten(), out)


def repeated_bits(study: Study, networks: Parameters) -> Tensor:
    """How many seeds that agree with the first in their last 16, 20, 24, 28 bits give its network.

    Seeds of replicates differ in all of these, so a code that reads fewer bits must be asked.
    """
    c = study.experiment.only
    asked = (study.networks(c.width, c.data.dimension, 1, "calls", 1 << k) for k in _LAST_BITS)
    same = [torch.equal(other.b, networks.b[:1]) for other in asked]
    return networks.b.new_tensor([float(sum(same))])


@dataclass(frozen=True)
class Initialisation:
    """What follows from `w_i ~ N(0, I/d)`, `b_i ~ N(0, 1)`, `a_i ~ N(0, 1)`, all independent.

    Altered statements subclass this.
    """

    def entry(self) -> Law:
        """Of an entry of `sqrt(d) W`, of b, of a; of a vector's component along another one."""
        return continuous(torch.special.ndtr)

    def length(self, count: int) -> Law:
        """Of the sum of squares of `count` entries."""
        return continuous(
            lambda v: torch.special.gammainc(v.new_tensor(count / 2), v.clamp_min(0.0) / 2)
        )

    def repetitions(self, entries: int) -> float:
        """How many pairs of equal numbers to expect among entries that are drawn from 23 bits."""
        return entries**2 / 2 * _FLOAT32


def judge_initialisation(study: Study, networks: Parameters, out: Comparisons) -> None:
    """P0's tests on `networks (R, m, ...)`, a call each."""
    theory = study.theory[Initialisation]()
    for name, values, count in measured(networks):
        law = theory.length(count) if count else theory.entry()
        conclusion = f"{name} of fresh networks against {'chi-squared' if count else 'N(0, 1)'}"
        test = distribution(conclusion, values.flatten(), law, alpha=study.alpha, wanted=WANTED)
        out.statistic(test)
    entries = standard(networks)
    whole = torch.cat([part[:_MANY_CALLS].flatten() for part in entries])
    for name, part in {**entries._asdict(), "W, b and a together": whole}.items():
        judge_repetitions(study, f"entries of {name}", part.flatten()[:_MOST_ENTRIES], out)


def measured(networks: Parameters) -> Iterator[tuple[str, Tensor, int]]:
    """What is tested: its name, independent values, and of how many squares each is a sum, or 0.

    Values of one name come from different entries, so that under P0 they are independent.
    """
    _, b, a = networks
    d = networks.dimension
    W = math.sqrt(d) * networks.W
    yield "entries of the hidden weights, sqrt(d) W,", W, 0
    yield "entries of the biases b", b, 0
    yield "entries of the readout a", a, 0
    yield "squared length of a neuron's weights", W.square().sum(dim=-1), d
    yield "squared length of a column of W", W.square().sum(dim=-2), networks.width
    yield "squared length of the readout a", a.square().sum(dim=-1), networks.width
    yield "squared length of the biases b", b.square().sum(dim=-1), networks.width
    yield "component of a neuron's weights along another's", along(W[:, 0:-1:2], W[:, 1::2]), 0
    yield "component of the readout a along the biases b", along(a, b), 0
    yield "component of W's first column along the readout a", along(W[..., 0], a), 0
    yield "component of W's first column along the biases b", along(W[..., 0], b), 0
    yield "component of the readout a along another seed's", along(a[0:-1:2], a[1::2]), 0


def along(u: Tensor, v: Tensor) -> Tensor:
    """The component of u along an independent v: normal, whatever the length of v."""
    return torch.linalg.vecdot(u, v) / torch.linalg.vector_norm(v, dim=-1)


P0 = StatisticalStatement(
    id="P0",
    statement="sqrt(d) w_i ~ N(0, I), b_i ~ N(0, 1), a_i ~ N(0, 1), independent, new for each seed",
    plain="Fresh weights have the law that the theory assumes, anew for each seed.",
    kind=PROBABILITY,
    source="Section 3",
    proof="docs/probability.md",
    carries=ADDED,
    needs=("initialise",),
    latex=r"\sqrt d \thinspace w_i \sim N(0, I), \quad b_i \sim N(0, 1), \quad "
    r"a_i \sim N(0, 1)",
    compare=check,
    tests=13,
    experiments={DEFAULT: INITIALISATIONS, NIGHTLY: INITIALISATIONS + MORE_INITIALISATIONS},
)


class TruncatedLaw(Initialisation):
    def entry(self) -> Law:
        # As if entries beyond two were drawn anew
        inside = math.erf(math.sqrt(2.0))
        return continuous(
            lambda v: ((torch.special.ndtr(v) - (1 - inside) / 2) / inside).clamp(0.0, 1.0)
        )


class OneDegreeLess(Initialisation):
    def length(self, count: int) -> Law:
        # The law of squares about their own mean
        return super().length(max(1, count - 1))


def _broken(name: str, what: str, implementation: type) -> Control:
    return Control(name, what, ("P0",), implementation)


CONTROLS = (
    _broken("start-he", "W from N(0, 2/d)", broken.HeInitialisation),
    _broken("start-zero-biases", "hidden biases start at 0", broken.ZeroBiases),
    _broken("start-sign-readout", "readout +-1", broken.SignReadout),
    _broken("start-large-readout", "a from N(0, 2)", broken.LargeReadout),
    _broken("start-copied-neurons", "each neuron four times", broken.CopiedNeurons),
    _broken("start-seed-ignored", "initialise ignores its seed", broken.SeedIgnored),
    _broken("start-antisymmetric", "f_0 = 0 by pairs of neurons", broken.Antisymmetric),
    _broken("start-standardised", "mean a^2 = 1 in a call", broken.StandardisedReadout),
    _broken("start-zero-if-narrow", "all 0 below 20000 neurons", broken.ZeroIfNarrow),
    _broken("start-orthogonal", "orthogonal hidden weights", broken.OrthogonalWeights),
    _broken("start-clamped", "entries clamped to [-2, 2]", broken.Clamped),
    _broken("start-half-precision", "drawn in half precision", broken.HalfPrecision),
    _broken("start-uniform", "uniform entries of the right variance", broken.UniformWeights),
    _broken("start-wide-too-small", "W 5% smaller where m > d", broken.SmallerIfWide),
    _broken("start-some-dimensions", "W 5% larger at d 20..100", broken.LargerInSomeDimensions),
    _broken("start-one-neuron-fixed", "one neuron the same at every seed", broken.OneNeuronFixed),
    _broken("start-readout-of-bias", "a follows b", broken.ReadoutFollowsBias),
    _broken("start-readout-of-weights", "a is a column of W", broken.ReadoutFollowsColumn),
    _broken("start-biases-repeat", "b repeats numbers of W", broken.BiasesRepeatWeights),
    _broken("start-outlier", "one enormous readout in a call", broken.OutlierInReadout),
    _broken("start-sixteen-bits", "reads 16 bits of a seed", broken.SixteenBits),
    _broken("start-half-if-large", "large ones in half precision", broken.HalfPrecisionIfLarge),
    _broken("start-rows-repeat", "rows repeat after 512, d >= 100", broken.RowsRepeatIfLarge),
    _broken("start-seed-zero", "seed 0 means any", broken.SeedZeroIsNone),
    _broken("start-neighbours-share", "b of seed 2 is a of seed 1", broken.NeighboursShare),
    Control(
        "start-truncated",
        "no entry beyond two",
        ("P0",),
        altered={Initialisation: TruncatedLaw},
    ),
    Control(
        "start-one-degree-less",
        "m - 1 degrees of freedom for m",
        ("P0",),
        altered={Initialisation: OneDegreeLess},
    ),
)
