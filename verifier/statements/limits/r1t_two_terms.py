"""R1t: the second term in the size of the output's change, from flips and what opposes them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import activation_pattern, preactivation
from verifier.statements.control import Control
from verifier.statements.limits.constants import flips_of, judge
from verifier.statements.limits.experiments import BIASES_MORE, SECOND_TERMS
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.kinks import (
    APART,
    WIDTH,
    Kinks,
    Neurons,
    absolute_moment,
    trained,
    uniform,
)
from verifier.statements.limits.r2k_schedules import BiasesAlwaysTrained, WithoutMomentum
from verifier.statements.statement import (
    ADDED,
    DEFAULT,
    LIMIT,
    MOMENTS,
    NIGHTLY,
    StatisticalStatement,
)
from verifier.trial.study import Study


def _most(flips: Flips) -> Tensor:
    """What a group at each kink can add, up to a common factor, (1 + N,).

    `|2 a^2 P t + sqrt(m) t^2|` with `|P| <= R = T max|q|` at z, and `sqrt m |t|` at most
    `(1-gamma) a^2` times R at z's kink, times `T |Y_n k_n|` at that of a sample.
    """
    reach, h = flips.reach(), 1 - flips.slope
    size = h * torch.cat((reach[:1], flips.time * flips.pulls()[0].abs()))
    return size * (2 * reach[0] + size) * reach / flips.spread()


def measure(study: Study) -> tuple[Neurons, Tensor, Tensor, float, float]:
    """Neurons, a phase, `sqrt m (xi^2 - (a^2 P)^2)` of each group; its range; what is missed."""
    flips = flips_of(study)
    generator, n = study.generator("second term"), study.experiment.replicates
    kinks = Kinks(flips, WIDTH, _most(flips), power=5, mirrored=True)
    neurons = kinks.near(n, generator)
    phase = uniform(generator, n)
    start, end = neurons.params, trained(study, neurons.params, WIDTH, flips.recipe)
    before, after = preactivation(start, flips.z)[0], preactivation(end, flips.z)[0]
    seen, left = (activation_pattern(u, flips.slope) for u in (before, after))
    patterns = activation_pattern(preactivation(start, flips.X), flips.slope)
    lazy = start.a.square() * flips.time * seen * (flips.pulls()[0] @ patterns)  # a^2 P
    t = start.a * (left * after - seen * before) - lazy / math.sqrt(WIDTH)
    value = 2 * WIDTH * t * lazy + WIDTH**1.5 * t.square()
    most = absolute_moment(5) * float(kinks.shares.sum()) / math.sqrt(2 * math.pi) / (1 - APART)
    found = neurons.means(value * neurons.weight).clamp(-most, most)
    return neurons, phase, found, most, 2 * most * kinks.missed()


def check(study: Study, out: Comparisons) -> None:
    """R1t at one fresh point."""
    key = ("R1t", study.experiment)
    if key not in study.kept:
        study.kept[key] = measure(study)
    neurons, phase, found, most, off = study.kept[key]
    theory = flips_of(study, study.theory[Flips])
    patterns = torch.cat((neurons.active[:, None], neurons.patterns), dim=1)
    claimed = theory.second_term(neurons.at, patterns, phase, neurons.share)
    scale = torch.fmax(found.mean().abs(), claimed.mean().abs())
    title = "second term of the output's variance over C2 + X, less 1"
    judge(out, title, found, claimed, 2 * most, off, scale, study.alpha)


R1t = StatisticalStatement(
    id="R1t",
    statement="m E(f_T - f_0)^2 of one neuron exceeds that of its kernel part by (C2 + X)/sqrt m: "
    "flips, and their covariance with it",
    plain="At moderate width the error's size has a second term, of known size and sign.",
    kind=MOMENTS,
    basis=LIMIT,
    source="this project",
    proof="docs/limits.md",
    rests_on=("R1c", "R1b", "R2k"),
    carries=ADDED,
    needs=("train",),
    latex=r"\sqrt m \, (E \xi^2 - E (a^2 P)^2) \to C_2 + X",
    compare=check,
    tests=1,
    needs_double=True,  # a neuron of 1e16 moves by 1e-8
    experiments={DEFAULT: SECOND_TERMS, NIGHTLY: SECOND_TERMS + BIASES_MORE},
)


class FlipsAlone(Flips):
    def second_term(self, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor) -> Tensor:
        # C2 without X
        return self.output(at, patterns[:, 0], patterns[:, 1:], phase, share)


class OpposedAtThePointAlone(Flips):
    def opposed_at_sample(self, at: Tensor, patterns: Tensor, phase: Tensor) -> Tensor:
        # X = -(3/2) C_z, as after one step
        return torch.zeros_like(phase)


class TenthLess(Flips):
    def second_term(self, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor) -> Tensor:
        return 0.9 * super().second_term(at, patterns, phase, share)


CONTROLS = (
    Control("second-flips-alone", "C2 without X", ("R1t",), altered={Flips: FlipsAlone}),
    Control("second-at-z", "X = -1.5 C_z", ("R1t",), altered={Flips: OpposedAtThePointAlone}),
    Control("second-tenth-small", "0.9 (C2 + X)", ("R1t",), altered={Flips: TenthLess}),
    Control("second-momentum", "omega_j for eta_j", ("R1t",), altered={Flips: WithoutMomentum}),
    Control("second-trained", "beta = 1", ("R1t",), altered={Flips: BiasesAlwaysTrained}),
)
