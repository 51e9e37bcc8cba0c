"""R3c: mean and scatter of the gradient's change, with their constants."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.kernel.phi_gradient import phi_gradient_sum
from verifier.model.network import activation_pattern, preactivation
from verifier.statements.control import Control
from verifier.statements.limits.constants import flips_of, judge
from verifier.statements.limits.experiments import GRADIENTS, GRADIENTS_MORE
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kinks import (
    APART,
    WIDTH,
    Kinks,
    Neurons,
    absolute_moment,
    given,
    trained,
)
from verifier.statements.statement import ADDED, DEFAULT, NIGHTLY, RATE, StatisticalStatement
from verifier.trial.study import Study


@dataclass(frozen=True)
class Changes:
    """Neurons near z's kink, or fresh ones, and how training changes their part of the gradient.

    `change (n, d)`: `g = a (phi'(u_T) w_T - phi'(u_0) w_0)`. `flip (n, d)`: `a (phi'(u_T) -
    phi'(u_0)) w_0`, its part that a flip makes. `missed`: see `Kinks.missed`.
    """

    neurons: Neurons
    change: Tensor
    flip: Tensor
    missed: float


def changes(study: Study, power: int, near: bool) -> Changes:
    """Neurons whose readouts are drawn with `|a|^power`, trained by the code under test."""
    key = ("R3c", study.experiment, power, near)
    if key not in study.kept:
        flips, generator = flips_of(study), study.generator("gradient flips", power, near)
        only_z = torch.ones(1, dtype=torch.float64, device="cpu")
        kinks = Kinks(flips, WIDTH, only_z, power, stretched=near)
        neurons = (kinks.near if near else kinks.fresh)(study.experiment.replicates, generator)
        start, end = neurons.params, trained(study, neurons.params, WIDTH, flips.recipe)
        before, after = (
            (activation_pattern(preactivation(p, flips.z)[0], flips.slope) * start.a)[:, None]
            for p in (start, end)
        )
        change = after * end.W - before * start.W
        found = Changes(neurons, change, (after - before) * start.W, kinks.missed())
        study.kept[key] = found
    seen: Changes = study.kept[key]
    return seen


def limits_of(study: Study, formulas: type[Limits] = Limits) -> Limits:
    """The limits for the study's data and f's schedule."""
    X, y, _ = (t.to("cpu", torch.float64) for t in given(study))
    return formulas(X, y, study.experiment.only.f_recipe)


def check(study: Study, out: Comparisons) -> None:
    """R3c at one fresh point: c, every coordinate of `E G = T h`, and c2."""
    flips, theory = flips_of(study), flips_of(study, study.theory[Flips])
    h = limits_of(study, study.theory[Limits]).sharpened(flips.z)[0]
    _judge_scatter(study, out, flips, theory)
    _judge_mean(study, out, flips, h)
    _judge_second(study, out, flips, theory, h)


def _largest(flips: Flips, power: int) -> float:
    """`E |a|^power (1-gamma) T max|q|/sqrt(2 pi s_z)`, as neurons near kinks are drawn."""
    size = absolute_moment(power) * (1 - flips.slope) * float(flips.reach()[0] / flips.spread()[0])
    return size / (math.sqrt(2 * math.pi) * (1 - APART))


def _judge_scatter(study: Study, out: Comparisons, flips: Flips, theory: Flips) -> None:
    """`m^(1/2) E|G - E G|^2` at a width where its second term is nothing."""
    seen = changes(study, 3, near=True)
    n = seen.neurons
    most = 2 * (1 - flips.slope) * _largest(flips, 3)  # |w|^2 tilt is at most 2
    squares = seen.change.square().sum(dim=1)
    measured = n.means((math.sqrt(WIDTH) * squares * n.weight).clamp_max(most))
    q = theory.drifts(n.at, n.patterns)[:, 0]
    claimed = theory.gradient(q, n.w.square().sum(dim=1)) * n.tilt
    # fresh neurons add what the second term has of them, less E G
    rest = 3 * (flips.time * _farthest(flips)).square().sum() / math.sqrt(WIDTH)
    off = most * seen.missed + float(rest)
    scale = torch.fmax(measured.mean(), claimed.mean())
    what = "scatter of the gradient, m^(1/2) E|G - E G|^2, over c, less 1"
    judge(out, what, measured, claimed, most, off, scale, study.alpha)


def _farthest(flips: Flips) -> Tensor:
    """The most that each coordinate of p can be, (d,)."""
    return flips.Y.abs() @ flips.X.abs()


def _judge_mean(study: Study, out: Comparisons, flips: Flips, h: Tensor) -> None:
    """`E G = T h`, one coordinate at a time, in units of `T |h|`."""
    near, fresh = changes(study, 2, near=True), changes(study, 2, near=False)
    kink = _largest(flips, 2)  # |w| tilt is at most 1
    path = flips.time * _farthest(flips)
    by_flips, by_moves = (
        math.sqrt(WIDTH) * s.change * s.neurons.weight[:, None] for s in (near, fresh)
    )
    measured = near.neurons.means(by_flips.clamp(-kink, kink)) + by_moves.minimum(path).maximum(
        -path
    )
    aim = flips.time * h
    scale = torch.linalg.vector_norm(flips.time * limits_of(study).sharpened(flips.z)[0])
    for k in range(len(h)):
        most = kink + float(path[k])
        off = 2 * most * (near.missed + fresh.missed)
        claimed = aim[k].expand(len(measured))
        what = f"coordinate {k + 1} of the gradient's mean error, E G - T h, over T|h|"
        span = most + float(aim[k].abs())
        judge(out, what, measured[:, k], claimed, span, off, scale, study.alpha)


def _judge_second(study: Study, out: Comparisons, flips: Flips, theory: Flips, h: Tensor) -> None:
    """`m (E|G - E G|^2 - E|flips|^2) + T^2 |h|^2`, in units of `3 T^2 E phi'^2 |p|^2`."""
    near, fresh = changes(study, 4, near=True), changes(study, 4, near=False)
    path = float(torch.linalg.vector_norm(flips.time * _farthest(flips)))
    kink = 2 * path * _largest(flips, 4)
    squares = near.change.square().sum(dim=1) - near.flip.square().sum(dim=1)
    by_flips = (WIDTH * squares * near.neurons.weight).clamp(-kink, kink)
    by_moves = WIDTH * fresh.change.square().sum(dim=1) * fresh.neurons.weight
    n = near.neurons
    q = theory.drifts(n.at, n.patterns)[:, 0]
    mixed = theory.mixed(q, (n.w * theory.path(n.patterns)).sum(dim=1)) * n.tilt
    moved = theory.moved(fresh.neurons.active, fresh.neurons.patterns)
    mean = flips.time * limits_of(study).sharpened(flips.z)[0]
    claimed = theory.second(moved, mixed, h) + mean.square().sum()
    span = 2 * kink + 3 * path**2
    off = span * (near.missed + fresh.missed)
    what = "second term of the gradient's scatter less c2, over its largest size"
    measured = near.neurons.means(by_flips) + by_moves.clamp_max(3 * path**2)
    judge(out, what, measured, claimed, span, off, by_moves.mean(), study.alpha)


R3c = StatisticalStatement(
    id="R3c",
    statement="G = nabla f_T - nabla f_0 has mean T h + O(1/m), and m^(1/2) E|G - E G|^2 = "
    "c + c2/sqrt m + O(1/m)",
    plain="The gradient's change has squared scatter c over the root of the width, to two terms.",
    kind=RATE,
    source="this project, sharpens the paper's direction",
    proof="docs/limits.md",
    rests_on=("R3",),
    carries=ADDED,
    needs=("train",),
    latex=r"m^{1/2} E |G - E G|^2 = c + \frac{c_2}{\sqrt m} + O(1/m), \quad "
    r"c = \frac{2}{\pi} (1-\gamma)^2 T \frac{E [ |q| |w|^2 \mid u(z) = 0 ]}{\sqrt{s_z}}",
    compare=check,
    tests=6,
    experiments={DEFAULT: GRADIENTS, NIGHTLY: GRADIENTS + GRADIENTS_MORE},
    needs_double=True,  # a neuron of 1e16 moves by 1e-8
)


class GradientATenthLess(Flips):
    def gradient(self, q: Tensor, square: Tensor) -> Tensor:
        return 0.9 * super().gradient(q, square)


class LengthOfFreshWeights(Flips):
    def gradient(self, q: Tensor, square: Tensor) -> Tensor:
        # E|w|^2 = 1, as of a neuron that is not at a kink
        return super().gradient(q, torch.ones_like(square))


class SlopeOnceInSecondTerm(Flips):
    def moved(self, active: Tensor, patterns: Tensor) -> Tensor:
        # phi' for its square
        return super().moved(active.sqrt(), patterns)


class SecondTermATenthLess(Flips):
    def moved(self, active: Tensor, patterns: Tensor) -> Tensor:
        return 0.9 * super().moved(active, patterns)


class MixedTermForgotten(Flips):
    def mixed(self, q: Tensor, along: Tensor) -> Tensor:
        # As if flips had nothing to do with how far weights move
        return torch.zeros_like(q)


class SecondTermNotCentred(Flips):
    def second(self, moved: Tensor, mixed: Tensor, h: Tensor) -> Tensor:
        # Of E|G|^2
        return moved + mixed


class DirectionATenthLess(Limits):
    def sharpened(self, z: Tensor) -> Tensor:
        # 0.9 h
        return 0.9 * super().sharpened(z)


class FlipsThirdMore(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        return 1.3 * super().flip_term(z)


class FlipsThirdLess(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        return 0.7 * super().flip_term(z)


class FlipsWithoutBeta(Limits):
    def flip_term(self, z: Tensor) -> Tensor:
        # <z, x_n> alone
        return phi_gradient_sum(z, self.X, self.y / len(self.y), self.slope, 0.0)


CONTROLS = (
    Control("scatter-tenth-less", "0.9 c", ("R3c",), altered={Flips: GradientATenthLess}),
    Control("scatter-fresh-weights", "|w|^2 = 1", ("R3c",), altered={Flips: LengthOfFreshWeights}),
    Control("second-slope-once", "phi' once", ("R3c",), altered={Flips: SlopeOnceInSecondTerm}),
    Control(
        "second-tenth-less",
        "0.9 of the part of c2 without flips",
        ("R3c",),
        altered={Flips: SecondTermATenthLess},
    ),
    Control(
        "second-mixed-forgotten",
        "c2 without E[q <w, p>]",
        ("R3c",),
        altered={Flips: MixedTermForgotten},
    ),
    Control("second-not-centred", "c2 of E|G|^2", ("R3c",), altered={Flips: SecondTermNotCentred}),
    Control("h-tenth-less", "0.9 h", ("R3c",), altered={Limits: DirectionATenthLess}),
    Control("flip-term-more", "1.3 times", ("R3c",), altered={Limits: FlipsThirdMore}),
    Control("flip-term-less", "0.7 times", ("R3c",), altered={Limits: FlipsThirdLess}),
    Control("flip-term-without-beta", "no beta", ("R3c",), altered={Limits: FlipsWithoutBeta}),
)
