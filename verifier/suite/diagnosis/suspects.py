"""The faults that a finding may name, by function: those met in practice, then the controls."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, input_gradient
from verifier.model.vectors import row_norms
from verifier.statements import REGISTRY
from verifier.suite.diagnosis.loops import (
    Accumulated,
    Averaged,
    Broadcast,
    Dampened,
    RateInside,
    RateTwice,
    Scaled,
    Scheduled,
    Sloped,
    Some,
)
from verifier.suite.diagnosis.probes import Answer, Probe, answer


@dataclass(frozen=True)
class Suspect:
    """A `cause`, and what a code with that fault alone answers to a probe; None if nothing."""

    cause: str
    answer: Callable[[Probe], Answer | None]


TRAININGS: Mapping[str, Any] = {
    "the momentum is dampened: v = mu v + (1 - mu) gradient after the first step": Dampened(),
    "the momentum is a mean: v = mu v + (1 - mu) gradient from the first step on": Averaged(),
    "the rate is inside of the velocity: v = mu v + eta gradient, then a move by v": RateInside(),
    "the rate is twice there: v = mu v + eta gradient, then a move by eta v": RateTwice(),
    "outputs (N, 1) meet labels (N,): broadcast to (N, N), the loss mixes samples": Broadcast(),
    "gradients add up from step to step: zero_grad is missing": Accumulated(),
    "the schedule is off by one: the first step size is never used": Scheduled(
        lambda s: (*s[1:], s[-1])
    ),
    "the schedule is off by one: the first step size is used twice": Scheduled(
        lambda s: (s[0], *s[:-1])
    ),
    "the schedule is off by one: it begins at the second step": Scheduled(lambda s: s[1:]),
    "the schedule is off by one: its last step is not made": Scheduled(lambda s: s[:-1]),
    "the schedule is off by one: its last step is made twice": Scheduled(lambda s: (*s, s[-1])),
    "the schedule runs backwards": Scheduled(lambda s: s[::-1]),
    "every step has the first step's size": Scheduled(lambda s: (s[0],) * len(s)),
    "the activation is ReLU, whatever the slope": Sloped(0.0),
    "the leaky ReLU has torch's own slope, 0.01, whatever the slope": Sloped(0.01),
}
"""Trainings with one fault, those first that are the likelier where two answer the same."""

LEFT_OUT: Mapping[str, tuple[slice, bool]] = {
    "the last sample is left out": (slice(-1), False),
    "the last sample is left out, and the mean is still over all": (slice(-1), True),
    "the first sample is left out": (slice(1, None), False),
    "the first sample is left out, and the mean is still over all": (slice(1, None), True),
}
"""Which samples stay, and whether the mean is over all. One that is alone may be spared."""

FACTORS: Mapping[str, Callable[[int, int, int], float]] = {
    "-1": lambda N, m, d: -1.0,
    "2": lambda N, m, d: 2.0,
    "1/2": lambda N, m, d: 0.5,
    "N (a sum in the place of a mean)": lambda N, m, d: N,
    "1/N (two means in the place of one)": lambda N, m, d: 1 / N,
    "sqrt m (no 1/sqrt m)": lambda N, m, d: math.sqrt(m),
    "1/sqrt m (1/m in the place of 1/sqrt m)": lambda N, m, d: 1 / math.sqrt(m),
    "m": lambda N, m, d: m,
    "1/m": lambda N, m, d: 1 / m,
    "d": lambda N, m, d: d,
    "1/d": lambda N, m, d: 1 / d,
    "sqrt d": lambda N, m, d: math.sqrt(d),
    "1/sqrt d": lambda N, m, d: 1 / math.sqrt(d),
    "sqrt N": lambda N, m, d: math.sqrt(N),
    "1/sqrt N": lambda N, m, d: 1 / math.sqrt(N),
}
"""Constant ratios to what is due."""

OF_CONTROLS = ("E0", "E1", "E2", "E3", "E4", "K1")
"""Statements whose broken codes are compared with, too."""


class _WholeBatch(Reference):
    """Perturbations divided by one length: that of the whole batch's gradient, or the longest.

    `scales`: each gradient is first divided by its largest entry, so that no square underflows.
    """

    def __init__(self, length: Callable[[Tensor], Tensor], *, scales: bool = False) -> None:
        self.length = length
        self.scales = scales

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        g = input_gradient(params, X, slope)
        if self.scales:
            largest = g.abs().amax(dim=1, keepdim=True)
            g = g / largest.where(largest > 0, 1)
        length = self.length(g)
        return eps * targets[:, None] * g / length.where(length > 0, 1)  # none where none is due


class _Clamped(Reference):
    """Perturbed samples are kept within a range; None for that of the samples."""

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self.low = low
        self.high = high

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        r = super().perturb(params, X, targets, eps, slope)
        low = float(X.min()) if self.low is None else self.low
        high = float(X.max()) if self.high is None else self.high
        return (X + r).clamp(low, high) - X


ATTACKS: Mapping[str, Any] = {
    "clamped to [0, 1] after the attack, so that it is shorter": _Clamped(0.0, 1.0),
    "clamped to [-1, 1] after the attack, so that it is shorter": _Clamped(-1.0, 1.0),
    "clamped to the samples' range after the attack, so that it is shorter": _Clamped(),
}

ONE_NORM: Mapping[str, Callable[[Tensor], Tensor]] = {
    "one norm for the whole batch: each gradient is divided by that of all together": (
        lambda g: g.norm()
    ),
    "one norm for the whole batch: each gradient is divided by the longest": (
        lambda g: row_norms(g).max()
    ),
    "one norm for the whole batch: each gradient is divided by the mean length": (
        lambda g: row_norms(g).mean()
    ),
    "the norm is taken over samples, not over coordinates": lambda g: g.norm(dim=0, keepdim=True),
}
"""What all gradients are divided by."""

WRONG_SIGN = "of the wrong sign: times -1"
"""That nobody would call too large."""


def suspects(function: str) -> Iterator[Suspect]:
    """All that may explain a wrong answer of a function, the likeliest first."""
    for cause, code in {"train": TRAININGS, "perturb": ATTACKS}.get(function, {}).items():
        yield of_code(cause, code, function)
    if function == "perturb":
        for cause, length in ONE_NORM.items():
            for scales in (False, True):
                yield of_code(cause, _WholeBatch(length, scales=scales), function)
    if function == "train":
        for cause, (kept, of_all) in LEFT_OUT.items():
            for spares in (True, False):
                yield of_code(cause, Some(kept, of_all=of_all, spares=spares), function)
    for name, factor in FACTORS.items():
        code = Scaled(factor) if function == "train" else None
        what = "steps are" if function == "train" else "it is"
        cause = f"{what} {WRONG_SIGN if name == '-1' else _by(name)}"
        yield of_code(cause, code, function) if code else _by_ratio(cause, function, factor)
    yield from _controls(function)


def _by(factor: str) -> str:
    """What a constant ratio to what is due says.

    >>> _by("N (a sum in the place of a mean)"), _by("1/2")
    ('too large by a factor of N (a sum in the place of a mean)', 'too small by a factor of 2')
    """
    small = factor.startswith("1/")
    return f"too {'small' if small else 'large'} by a factor of {factor.removeprefix('1/')}"


def of_code(cause: str, code: Any, function: str) -> Suspect:
    """A code with one fault."""
    checked = Checked(code)
    return Suspect(cause, lambda probe: answer(checked, function, probe))


def _by_ratio(cause: str, function: str, factor: Callable[[int, int, int], float]) -> Suspect:
    reference = Checked(Reference())

    def scaled(probe: Probe) -> Answer | None:
        due, c = answer(reference, function, probe), probe.configuration
        ratio = factor(c.data.samples, c.width, c.data.dimension)
        return None if due is None else tuple(ratio * part for part in due)

    return Suspect(cause, scaled)


@cache
def _controls(function: str) -> tuple[Suspect, ...]:
    """The broken codes among the negative controls, each once."""
    known = [c for name in OF_CONTROLS for c in REGISTRY.controls_of(name) if not c.altered]
    named = {control.name: control for control in known}
    return tuple(
        of_code(f"{c.what} (as the control {c.name!r})", c.implementation(), function)
        for c in named.values()
    )
