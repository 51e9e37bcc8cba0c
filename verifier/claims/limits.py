"""R1-R4: how fast wide networks approach their limits, and that nothing else is approached.

A rate is tested on one replicate for each width and row, all independent: the widths are symmetric
on the log scale, as `statistics.slope` asks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from verifier.claims.base import DEFAULT, NIGHTLY, PREDICTION, RATE, StatisticalClaim
from verifier.claims.limit_experiments import (
    CORRELATED,
    CORRELATED_WIDE,
    MORE_TIMES,
    NARROW,
    TIMES,
    WIDE,
)
from verifier.evidence import Comparisons
from verifier.limits import Limits, angles, cosines, rms
from verifier.observed import Observed, observations
from verifier.statistics import binomial, slope
from verifier.study import Study

FINITE_WIDTH = 0.02  # what terms of higher order add to the exponents of R1 and R2
EXPONENT_ERROR = 0.1  # what R1 and R2 must be able to find
SHRINKS = -0.2  # R3 and R4 claim an exponent of at most this, to be told from 0
RARELY, OFTEN = 0.2, 0.6  # an event's largest probability, and the one that is surely found
CLOSER = 1.25  # at the largest T the mean cosine is this much closer to cos(h, s) than to 1


def _by_width(study: Study, measure: Callable[[Limits, Observed], Sequence[Tensor]]) -> Tensor:
    """`measure` of every replicate at every width, (number of measures, R, widths)."""
    widths = [
        torch.stack([torch.stack(list(measure(*seen))) for seen in observations(study, c)])
        for c in study.experiment.configurations
    ]
    return torch.stack(widths).permute(2, 1, 0)


def _rate(
    study: Study,
    out: Comparisons,
    what: str,
    values: Tensor,
    low: float = -math.inf,
    high: float = math.inf,
    find: float = math.inf,
) -> None:
    """Tests that `values (R, widths)` scale as a power of the width in `[low, high]`.

    Without bounds the exponent is only reported.
    """
    widths = [c.width for c in study.experiment.configurations]
    found = slope(f"exponent of {what}", widths, values, low, high, alpha=study.alpha, wanted=find)
    if max(low, -high) > -math.inf:
        out.statistic(found)
    least, most = found.estimate - found.allowance, found.estimate + found.allowance
    out.series[what] = {
        "sizes": widths,
        "values": [[float(f"{v:.5g}") for v in row] for row in values.tolist()],
        "exponent": found.estimate,
        "interval": [least, most],
        "zero_rejected": not least <= 0 <= most,
        "ylabel": what,
    }


def _rarely(study: Study, out: Comparisons, event: str, happened: Tensor) -> None:
    """Tests that an event, `happened (R,)`, has probability at most `RARELY`.

    Events are written `~(a > b)`, so that NaN, which compares as False, counts as the event.
    """
    count, of = int(happened.sum()), len(happened)
    out.statistic(binomial(event, count, of, RARELY, alpha=study.alpha, wanted=OFTEN))


def check_output(study: Study, out: Comparisons) -> None:
    """R1: the exponent of the output's distance from its limit."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        return [rms(seen.output_after - limits.output(seen.z, seen.output_before))]

    (errors,) = _by_width(study, measure)
    what, rate = "rms |f_T - f_0 - T f_hat|", study.theory.limits.output_rate
    _rate(study, out, what, errors, rate - FINITE_WIDTH, rate + FINITE_WIDTH, EXPONENT_ERROR)


def check_direction(study: Study, out: Comparisons) -> None:
    """R2: the exponent of the angle between the signed sum of samples and s."""
    (turned,) = _by_width(
        study, lambda t, seen: [rms(angles(seen.signed_sum, t.direction(seen.z)))]
    )
    what, rate = "angle(sum y_n C_n x_n, s)", study.theory.limits.direction_rate
    _rate(study, out, what, turned, rate - FINITE_WIDTH, rate + FINITE_WIDTH, EXPONENT_ERROR)


def check_sharpened(study: Study, out: Comparisons) -> None:
    """R3: the gradient's change tends to T h, while s keeps its angle to it."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        change = seen.gradient_after - seen.gradient_before
        s, h = limits.direction(seen.z), limits.sharpened(seen.z)
        gap = rms(change - limits.time * h) / rms(limits.time * h)
        return [gap, *(rms(angles(*pair)) for pair in ((change, h), (change, s), (h, s)))]

    gap, to_h, to_s, between = _by_width(study, measure)
    what = "|nabla f_T - nabla f_0 - T h| / |T h|"
    _rate(study, out, what, gap, high=SHRINKS, find=-SHRINKS)
    _rate(study, out, "angle(nabla f_T - nabla f_0, h)", to_h)
    _rate(study, out, "angle(nabla f_T - nabla f_0, s)", to_s)
    final = {"to h": to_h, "to s": to_s, "between h and s": between}
    out.series["angles at the largest width"] = {
        k: float(v[:, -1].mean()) for k, v in final.items()
    }
    event = "at the largest width the angle to s is at most twice the angle to h"
    _rarely(study, out, event, ~(to_s[:, -1] > 2 * to_h[:, -1]))


def check_cosine(study: Study, out: Comparisons) -> None:
    """R4: over widths if the experiment has several, else over the times of its schedule."""
    over_widths = len(study.experiment.configurations) > 1
    (_cosine_over_widths if over_widths else _cosine_over_times)(study, out)


def _cosine_over_widths(study: Study, out: Comparisons) -> None:
    """The angle to s by `nabla f_0 + T h`, and beside it by `nabla f_0 + T s`."""

    def measure(limits: Limits, seen: Observed) -> list[Tensor]:
        s = limits.direction(seen.z)
        found, published = angles(seen.gradient_after, s), seen.gradient_before + limits.time * s
        predicted = limits.gradient(seen.z, seen.gradient_before)
        return [rms(found - angles(u, s)) for u in (predicted, published)]

    error, published = _by_width(study, measure)
    what = "angle(nabla f_T, s) - angle(nabla f_0 + T h, s)"
    _rate(study, out, what, error, high=SHRINKS, find=-SHRINKS)
    event = "at the largest width nabla f_0 + T s is at most twice as wrong"
    _rarely(study, out, event, ~(published[:, -1] > 2 * error[:, -1]))


def _cosine_over_times(study: Study, out: Comparisons) -> None:
    """The cosine, averaged over fresh points, after each step of one schedule."""
    c = study.experiment.only

    def measure(limits: Limits, seen: Observed) -> Tensor:
        s, h = limits.direction(seen.z), limits.sharpened(seen.z)
        given = limits.gradient(seen.z, seen.gradient_before)
        found = [cosines(u, s).mean() for u in (seen.gradient_after, given, h)]
        return torch.stack([*found, limits.mean_cosine(seen.z).mean()])

    each_time = [
        torch.stack([measure(*seen) for seen in observations(study, c, steps)])
        for steps in range(1, len(c.f_steps) + 1)
    ]
    measured, given, level, average = torch.stack(each_time).permute(2, 0, 1)  # (times, R) each
    curves = {"measured": measured, "given nabla f_0": given, "cos(h, s)": level}
    for name, values in (curves | {"on average over f_0": average}).items():
        out.series[name] = values.mean(dim=1).tolist()
    out.series["T"] = [c.f_recipe.prefix(k + 1).time for k in range(len(c.f_steps))]
    _rarely(study, out, "mean cosine falls as T grows", ~(measured.diff(dim=0) > 0).all(dim=0))
    if c.data.is_real:  # h and s are nearly parallel: no level below 1 to be told from it
        return
    event = f"at the largest T the mean cosine is less than {CLOSER:g} times closer to cos(h, s)"
    to_level, to_one = (measured[-1] - level[-1]).abs(), 1 - measured[-1]
    _rarely(study, out, f"{event} than to 1", ~(to_one >= CLOSER * to_level))


LIMITS = (
    StatisticalClaim(
        id="R1",
        statement="|f_T - f_0 - T f_hat| scales as m^-1/2 (rms over fresh z)",
        kind=RATE,
        source="paper, wide limit of f; theory R1",
        latex=r"|f_T(z) - f_0(z) - T \hat f(z)| = O(m^{-1/2})",
        needs=("train", "output"),
        compare=check_output,
        tests=1,
        experiments={DEFAULT: NARROW, NIGHTLY: NARROW + WIDE},
    ),
    StatisticalClaim(
        id="R2",
        statement="the angle of sum_n y_n C_n x_n to s = (1/N) sum_n y_n Phi x_n scales as m^-1/2",
        kind=RATE,
        source="paper, perturbations are parallel to sums of samples; theory R2",
        latex=r"\text{angle}\left(\sum_n y_n C_n(z) x_n, s(z)\right) = O(m^{-1/2}), \quad "
        r"s(z) = \frac{1}{N} \sum_n y_n \Phi(z, x_n) x_n",
        needs=("train", "input_gradient"),
        compare=check_direction,
        tests=1,
        experiments={DEFAULT: NARROW, NIGHTLY: NARROW + WIDE},
    ),
    StatisticalClaim(
        id="R3",
        statement="nabla f_T - nabla f_0 tends to T h, h = nabla f_hat = s + a term from flipped "
        "patterns: not to the published T s",
        kind=RATE,
        source="theory R3, sharpens the paper's direction",
        latex=r"\nabla f_T(z) - \nabla f_0(z) \to T h(z), \quad h(z) = s(z) + "
        r"\frac{1}{N} \sum_n y_n (\langle z, x_n \rangle + \beta) \nabla_z \Phi(z, x_n)",
        needs=("train", "input_gradient"),
        compare=check_sharpened,
        tests=2,
        experiments={DEFAULT: CORRELATED, NIGHTLY: CORRELATED + CORRELATED_WIDE},
    ),
    StatisticalClaim(
        id="R4",
        statement="cos(nabla f_T, s) tends to cos(T h + nabla f_0, s): it rises with T and levels "
        "off at cos(h, s), not at 1",
        kind=PREDICTION,
        source="paper, figure of cosine similarities; theory R4",
        latex=r"\cos(\nabla f_T, s) \to \cos(T h + \nabla f_0, s) \approx "
        r"\frac{T \langle h, s \rangle / \|s\|}{\sqrt{T^2 \|h\|^2 + (1 + \gamma^2)/2}}",
        needs=("train", "input_gradient"),
        compare=check_cosine,
        tests=2,
        experiments={
            DEFAULT: CORRELATED + TIMES,
            NIGHTLY: CORRELATED + TIMES + CORRELATED_WIDE + MORE_TIMES,
        },
    ),
)
