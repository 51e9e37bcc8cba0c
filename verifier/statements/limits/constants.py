"""How the constants of flips are measured on trained neurons, and tested."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import activation_pattern, preactivation
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.kinks import (
    APART,
    WIDTH,
    Kinks,
    Neurons,
    absolute_moment,
    given,
    trained,
    uniform,
)
from verifier.statistics.bounded import bounded_mean
from verifier.trial.study import Study

TENTH = 0.1
"""Each constant must be told from nine tenths of itself."""


def flips_of(study: Study, formulas: type[Flips] = Flips) -> Flips:
    """The constants at the study's fresh point, for its data and f's schedule."""
    X, y, z = (t.to("cpu", torch.float64) for t in given(study))
    return formulas.of(X, y, z, study.experiment.only.f_recipe)


def judge(
    out: Comparisons,
    conclusion: str,
    measured: Tensor,
    claimed: Tensor,
    span: Tensor | float,
    off: float,
    scale: Tensor,
    alpha: float,
) -> None:
    """Tests that `measured (n,)` and `claimed (n,)` have one mean, in units of `scale`.

    `span`: the most by which two of them can differ, each or all. `off`: what finite width can add.
    """
    difference = (measured - claimed) / scale
    # an altered formula may leave the range that the true one cannot leave
    most = (span / scale).expand_as(difference).maximum(difference.abs())
    least = off / float(scale)
    out.statistic(
        bounded_mean(conclusion, difference, -most, most, least, alpha=alpha, wanted=TENTH)
    )


@dataclass(frozen=True)
class OutputFlips:
    """What R2c and R2k need of trained neurons.

    `neurons`: drawn near kinks. `phase (n,)`: uniform in (0, 1), for an integral. `measured (n,)`:
    weighted `m^(3/2) t^2`, t what the neuron adds to `sqrt m (f_T - f_0 - T f_hat_{K_0})(z)`, cut
    off at `most`, which only neurons close to two kinks reach. `off`: what finite width can add.
    """

    neurons: Neurons
    phase: Tensor
    measured: Tensor
    most: float
    off: float


def output_flips(study: Study, at_samples: bool) -> OutputFlips:
    """Neurons near the kink at z and, on request, at the samples, before and after training."""
    flips = flips_of(study)
    generator = study.generator("output flips")
    kinks = Kinks(flips, WIDTH, _output_shares(flips, at_samples), power=5)
    neurons = kinks.near(study.experiment.replicates, generator)
    phase = uniform(generator, study.experiment.replicates)
    start, end = neurons.params, trained(study, neurons.params, WIDTH, flips.recipe)
    before, after = preactivation(start, flips.z)[0], preactivation(end, flips.z)[0]
    at_once = activation_pattern(preactivation(start, flips.X), flips.slope).T @ flips.pulls()[0]
    at_once *= flips.time * activation_pattern(before, flips.slope)
    moved = _active(after, flips.slope) - _active(before, flips.slope)
    t = start.a * moved - start.a.square() / math.sqrt(WIDTH) * at_once
    most = (1 - flips.slope) ** 2 * absolute_moment(5) * float(kinks.shares.sum())
    most /= math.sqrt(2 * math.pi) * (1 - APART)
    measured = neurons.means((WIDTH**1.5 * t.square() * neurons.weight).clamp_max(most))
    # two values in [0, most] that differ for a neuron the limit misses
    return OutputFlips(neurons, phase, measured, most, most * kinks.missed())


def _active(u: Tensor, slope: float) -> Tensor:
    """`phi(u)`."""
    return u * activation_pattern(u, slope)


def _output_shares(flips: Flips, at_samples: bool) -> Tensor:
    """In proportion to the most that a neuron at each kink can add to C2, (1,) or (1 + N,).

    At z that is `T^3 max|q|^3/sqrt s_z`; at a sample `2 T^3 (Y_n k_n)^2 max|q|/sqrt s_n`, as it may
    be driven to its kink from both sides.
    """
    reach = flips.reach()
    moved = torch.cat((reach[:1], flips.time * flips.pulls()[0].abs() * math.sqrt(2)))
    shares = moved.square() * reach / flips.spread()
    return shares if at_samples else shares[:1]


def judge_output(study: Study, out: Comparisons, what: str, at_samples: bool) -> None:
    """R2c's and R2k's test: `m^(3/2) E|f_T - f_0 - T f_hat_{K_0}|^2` over its constant."""
    key = (what, study.experiment)
    if key not in study.kept:
        study.kept[key] = output_flips(study, at_samples)
    seen: OutputFlips = study.kept[key]
    theory = flips_of(study, study.theory[Flips])
    n = seen.neurons
    claimed = theory.output(n.at, n.active, n.patterns, seen.phase, n.share)
    scale = torch.fmax(seen.measured.mean(), claimed.mean())
    conclusion = f"output's error, m^(3/2) E|f_T - f_0 - T f_hat_K0|^2, over {what}, less 1"
    judge(out, conclusion, seen.measured, claimed, seen.most, seen.off, scale, study.alpha)
