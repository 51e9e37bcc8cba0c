"""R1b: the mean of the output's distance from its limit, which flips at the samples leave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import activation_pattern, preactivation
from verifier.statements.control import Control
from verifier.statements.limits.constants import flips_of, judge
from verifier.statements.limits.experiments import BIASES, BIASES_MORE
from verifier.statements.limits.flips import Crossing, Flips
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

POINTS = {"a new point": 0, "a sample": 1}
"""Where it is measured: numbers of points of `Flips`."""


@dataclass(frozen=True)
class Measured:
    """Trained neurons near the samples' kinks; see `constants.OutputFlips`.

    `found (n,)` for each of `POINTS`: weighted `m t`, in `[-most, most]`, `most (n,)`, but for
    neurons close to two kinks, which are cut off there. `off`: what finite width can add.
    """

    neurons: Neurons
    phase: Tensor
    found: dict[str, Tensor]
    most: dict[str, Tensor]
    off: dict[str, float]


def _most(flips: Flips, point: int) -> Tensor:
    """What a group at each sample's kink can add at a point, up to a common factor, (1 + N,).

    Elsewhere `(1-gamma) T^2 |Y_n k_n| max|q|/2`: right of the kink it can only lose, left of it
    only gain. At the sample itself twice that without halving, and with its own pull besides.
    """
    reach, pulls = flips.reach()[1:], flips.pulls()
    scale = (1 - flips.slope) * reach / flips.spread()[1:]
    found = scale * flips.time * pulls[point].abs() / 2
    if point:
        itself = reach[point - 1] + flips.time * pulls[point, point - 1].abs()
        found[point - 1] = scale[point - 1] * itself
    return torch.cat((torch.zeros_like(found[:1]), found))


def measure(study: Study) -> Measured:
    """The study's neurons, before and after the code's training."""
    flips = flips_of(study)
    generator, n = study.generator("bias"), study.experiment.replicates
    each = {name: _most(flips, point) for name, point in POINTS.items()}
    shares = torch.stack(list(each.values())).amax(dim=0)
    kinks = Kinks(flips, WIDTH, shares, power=3, mirrored=True)
    neurons = kinks.near(n, generator)
    phase = uniform(generator, n)
    start, end = neurons.params, trained(study, neurons.params, WIDTH, flips.recipe)
    patterns = activation_pattern(preactivation(start, flips.X), flips.slope)
    found, most, off = {}, {}, {}
    for name, i in POINTS.items():
        x = flips.points[i : i + 1]
        before, after = preactivation(start, x)[0], preactivation(end, x)[0]
        seen, left = (activation_pattern(u, flips.slope) for u in (before, after))
        lazy = flips.time * seen * (flips.pulls()[i] @ patterns)
        t = start.a * (left * after - seen * before) - start.a.square() / math.sqrt(WIDTH) * lazy
        at_most = absolute_moment(3) / math.sqrt(2 * math.pi) / (1 - APART) * each[name]
        at_most = at_most / (shares / shares.sum()).clamp_min(torch.finfo(shares.dtype).tiny)
        most[name] = at_most[neurons.at]
        measured = neurons.means(WIDTH * t * neurons.weight)
        found[name] = measured.clamp(-most[name], most[name])
        # two values in [-most, most] that differ for a neuron the limit misses
        off[name] = float((2 * at_most * kinks.missed_at()).max())
    return Measured(neurons, phase, found, most, off)


def check(study: Study, out: Comparisons) -> None:
    """R1b at one fresh point and at one sample."""
    key = ("R1b", study.experiment)
    if key not in study.kept:
        study.kept[key] = measure(study)
    seen: Measured = study.kept[key]
    n = seen.neurons
    theory = flips_of(study, study.theory[Flips])
    patterns = torch.cat((n.active[:, None], n.patterns), dim=1)
    for name, i in POINTS.items():
        claimed = theory.bias(i, n.at, patterns, seen.phase, n.share)
        measured = seen.found[name]
        scale = torch.fmax(measured.mean().abs(), claimed.mean().abs())
        title = f"bias of the output, sqrt m E(f_T - f_0 - T f_hat), at {name}, over b, less 1"
        span, off = 2 * seen.most[name], seen.off[name]
        judge(out, title, measured, claimed, span, off, scale, study.alpha)


R1b = StatisticalStatement(
    id="R1b",
    statement="sqrt m E(f_T - f_0 - T f_hat) tends to b(z), from flips at the samples: after more "
    "than one step at any z, at a sample after one too",
    plain="The output's mean is off its wide limit by a constant over the root of the width.",
    kind=MOMENTS,
    basis=LIMIT,
    source="this project",
    proof="docs/limits.md",
    rests_on=("R2k",),
    carries=ADDED,
    needs=("train",),
    latex=r"\sqrt m \, E (f_T - f_0 - T \hat f)(z) \to b(z)",
    compare=check,
    tests=2,
    experiments={DEFAULT: BIASES, NIGHTLY: BIASES + BIASES_MORE},
    needs_double=True,  # a neuron of 1e16 moves by 1e-8
)


class NoBias(Flips):
    def bias(
        self, point: int, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor
    ) -> Tensor:
        # E(f_T - f_0) = T f_hat at every width
        return torch.zeros_like(phase)


class NineTenthsOfBias(Flips):
    def bias(
        self, point: int, at: Tensor, patterns: Tensor, phase: Tensor, share: Tensor
    ) -> Tensor:
        return 0.9 * super().bias(point, at, patterns, phase, share)


class NotAtItself(Flips):
    def gained_there(self, found: Crossing, drifts: Tensor) -> Tensor:
        # A sample's own crossing counts elsewhere alone
        return torch.zeros_like(found.length)


class OnlyAtItself(Flips):
    def gained(self, found: Crossing) -> Tensor:
        # The mean is off at samples alone
        return torch.zeros_like(found.length)


class OneSpeed(Flips):
    def drifts(self, at: Tensor, patterns: Tensor) -> Tensor:
        # A sample does not pull itself along
        both = super().drifts(at, patterns)
        return both.mean(dim=1, keepdim=True).expand_as(both)


class SlopeLostAtItself(Flips):
    def gained_there(self, found: Crossing, drifts: Tensor) -> Tensor:
        # 1 - gamma times what it is
        return (1 - self.slope) * super().gained_there(found, drifts)


CONTROLS = (
    Control("bias-slope", "(1-gamma) from itself", ("R1b",), altered={Flips: SlopeLostAtItself}),
    Control("bias-none", "b = 0", ("R1b",), altered={Flips: NoBias}),
    Control("bias-tenth-small", "0.9 b", ("R1b",), altered={Flips: NineTenthsOfBias}),
    Control("bias-elsewhere", "none from itself", ("R1b",), altered={Flips: NotAtItself}),
    Control("bias-at-itself", "none from others", ("R1b",), altered={Flips: OnlyAtItself}),
    Control("bias-one-speed", "q_+ = q_-", ("R1b",), altered={Flips: OneSpeed}),
    Control("bias-momentum", "omega_j for eta_j", ("R1b",), altered={Flips: WithoutMomentum}),
    Control("bias-trained", "beta = 1", ("R1b",), altered={Flips: BiasesAlwaysTrained}),
)
