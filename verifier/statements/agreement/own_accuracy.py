"""How P6's accuracies follow from its parts: written out, and averaged over random targets."""

from __future__ import annotations

import math

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.statements.agreement.accuracy import Accuracy

_STEP, _LAST = 0.1, 10.0
"""Of the trapezoidal rule over a normal mean of the targets, in deviations: it errs by 1e-20."""

_TILTS = (0.0, 0.2, -0.5)
_FEW = 256  # rounding errors: as many as there are terms in that rule


def _right(mean: float, square: float) -> float:
    """The probability that a normal variable of this mean and variance is positive."""
    return math.erfc(-mean / math.sqrt(2 * square)) / 2


def _average(a: Accuracy) -> float:
    """`of_g_given` over a normal mean of N targets."""
    steps = round(_LAST / _STEP)
    places = [k * _STEP for k in range(-steps, steps + 1)]
    weights = [math.exp(-(t**2) / 2) * _STEP / math.sqrt(2 * math.pi) for t in places]
    given = [a.of_g_given(t / math.sqrt(a.N)) for t in places]
    return math.fsum(w * p for w, p in zip(weights, given, strict=True))


def compare_accuracies(a: Accuracy, out: Comparisons) -> None:
    """Lengths, signal, noise and accuracies from the parts; of g both with its targets and without.

    Of the latter the one is the average of the other, whatever both are worth.
    """
    time, square = a.f_time, a.length() ** 2
    pull = time * (a.alpha + a.delta) * a.c**2 * a.d
    learnt = time**2 * (a.along() + a.across())
    met = time**2 * (a.of_samples() + a.bayes()) + a.of_start()
    reach = a.g_time * a.attacked
    start = a.own_output()
    of_f = start + time**2 * a.noise_of_f()
    on_samples = a.mean_of_f() + a.own_sample()
    noise = start + (reach * a.eps) ** 2 * a.noise()
    lean = [reach * a.beta * tilt for tilt in _TILTS]
    sure = reach * a.eps * a.signal()
    pairs = {
        "D^2": (square, learnt + a.start() + a.flips()),
        "signal": (a.signal() * math.sqrt(square), pull),
        "D^2 V": (a.noise() * square, met),
        "accuracy of f": (a.of_f(), _right(time * a.mean_of_f(), of_f)),
        "accuracy of f on its samples": (a.of_f(on_samples=True), _right(time * on_samples, of_f)),
        "accuracy of g, averaged over targets": (a.of_g(), _average(a)),
    }
    for tilt, by in zip(_TILTS, lean, strict=True):
        due = (_right(sure + by, noise) + _right(sure - by, noise)) / 2
        pairs[f"accuracy of g, targets of mean {tilt:g}"] = (a.of_g_given(tilt), due)
    unit = _FEW * torch.finfo(torch.float64).eps
    for name, sides in pairs.items():
        found, stated = (torch.tensor(v, dtype=torch.float64, device="cpu") for v in sides)
        bound = unit * stated.abs().clamp_min(1)
        out.identity(f"{name}, of P6's parts, c = {a.c:g}", found, stated, bound)
