"""Faults with a number in them, which is read off what the code answers.

Of training: decay, dampening. Of an attack: a constant in its denominator, a range, and where its
loss saturates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.model.network import input_gradient, output
from verifier.model.vectors import row_norms
from verifier.statements.recognised import cause
from verifier.suite.diagnosis.loops import Dampened, Decaying
from verifier.suite.diagnosis.probes import CALLS, Answer, Probe, answer
from verifier.suite.diagnosis.suspects import Suspect, of_code

_LEAST = 1e-6  # of a step: what is read below it is rounding
_BEYOND_DOUBT = 1000.0  # of `y f`: its exponential is 0, or 1/0, in every floating-point type


def trainings(code: Checked, probes: Sequence[Probe]) -> Iterator[Suspect]:
    """Trainings whose constants are those that the code's first two steps show."""
    decay = _decay(code, probes[0])
    if decay is not None:
        for coupled in (True, False):
            for biases in (True, False):
                told = f"weights decay, by {decay:.3g} times the step size"
                yield of_code(told, Decaying(decay, coupled=coupled, biases=biases), "train")
    dampening = _dampening(code, probes[-1])
    if dampening is not None:
        told = f"the momentum is dampened, by {dampening:.3g} (torch's `dampening`; it should be 0)"
        yield of_code(told, Dampened(dampening), "train")


def attack(answered: Sequence[tuple[Probe, Answer]]) -> str:
    """What a code's perturbations share that the stated ones do not have; or nothing."""
    told = [_recognised(probe, r) for probe, (r,) in answered]
    return told[0] if told and all(told) else ""


def saturated(code: Checked, probe: Probe) -> str:
    """Of an attack that is right on small outputs: whether it is wrong where they are large."""
    start, slope = probe.start, probe.configuration.slope
    f = output(start.f_0, start.X, slope)
    larger = start.f_0._replace(a=start.f_0.a * (_BEYOND_DOUBT / f.abs().min()))
    far = Probe(probe.configuration, replace(start, f_0=larger, targets=f.sign()))
    found, due = answer(code, "perturb", far), answer(Checked(Reference()), "perturb", far)
    is_other = found is not None and due is not None and far.unlike(found, due)
    return "through a saturated loss: its gradient underflows" if is_other else ""


def _recognised(probe: Probe, r: Tensor) -> str:
    """The cause that `recognised` reads off perturbations `r (N, d)` of a probe's samples."""
    start, c = probe.start, probe.configuration
    X, (due,) = start.X.double(), CALLS["perturb"](Checked(Reference()), probe)
    g = input_gradient(start.f_0, start.X, c.slope).double()
    unit = 16 * torch.finfo(start.X.dtype).eps
    found = cause(X, r, due, unit * row_norms(due), g, unit)
    return found.strip(", ").removesuffix(": the likely cause")


def _decay(code: Checked, probe: Probe) -> float | None:
    """`lambda` where the first step of W is off by `-eta lambda W`; None if it is by nothing."""
    once, W = probe.stopped(1), probe.start.f_0.W.double()
    found, due = answer(code, "train", once), answer(Checked(Reference()), "train", once)
    if found is None or due is None:
        return None
    off = (due[0] - found[0]) / probe.recipe.steps[0]
    decay = float((off * W).sum() / (W * W).sum())
    return decay if abs(decay) > _LEAST else None


def _dampening(code: Checked, probe: Probe) -> float | None:
    """`1 - c` where the second step is by `mu g_0 + c g_1`; None where c is 1."""
    eta, mu = probe.recipe.steps[:2], probe.recipe.momentum
    moves: list[Answer | None] = [answer(code, "train", probe.stopped(k)) for k in (1, 2)]
    second = Checked(Reference())
    if mu == 0 or moves[0] is None or moves[1] is None:
        return None
    first = moves[0][0]
    start = probe.start
    there = start.f_0._replace(
        W=start.f_0.W + first.to(start.X.dtype), b=start.f_0.b + moves[0][1].to(start.X.dtype)
    )
    W, _, _ = second.train(there, start.X, start.y, probe.recipe.prefix(1))
    gradient = (there.W - W).double() / eta[0]
    push = -(moves[1][0] - first) / eta[1] - mu * (-first / eta[0])
    size = torch.sum(gradient * gradient)
    share = float(torch.sum(push * gradient) / size) if float(size) else 1.0
    return 1 - share if abs(1 - share) > _LEAST else None
