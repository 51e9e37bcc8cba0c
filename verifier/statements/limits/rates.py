"""How a rate, or a rare event, is measured over widths and tested."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.measured import Observed, observations
from verifier.statistics.exponent import slope
from verifier.statistics.probability import binomial
from verifier.trial.study import Study

FINITE_WIDTH = 0.02  # what terms of higher order add to the exponents of R1 and R2


EXPONENT_ERROR = 0.1  # what R1 and R2 must be able to find


SHRINKS = -0.2  # R3 and R4 claim an exponent of at most this, to be told from 0


RARELY, OFTEN = 0.2, 0.6  # an event's largest probability, and the one that is surely found


def by_width(study: Study, measure: Callable[[Limits, Observed], Sequence[Tensor]]) -> Tensor:
    """`measure` of every replicate at every width, (number of measures, R, widths)."""
    widths = []
    for c in study.experiment.configurations:
        every = (measure(*seen) for seen in observations(study, c, len(c.f_steps)))
        widths.append(torch.stack([torch.stack(list(values)) for values in every]))
    return torch.stack(widths).permute(2, 1, 0)


def judge_rate(
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
    found = slope(
        f"exponent, in the width m, of {what}",
        widths,
        values,
        low,
        high,
        alpha=study.alpha,
        wanted=find,
    )
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


def judge_rare(study: Study, out: Comparisons, event: str, happened: Tensor) -> None:
    """Tests that an event, `happened (R,)`, has probability at most `RARELY`.

    Events are written `~(a > b)`, so that NaN, which compares as False, counts as the event.
    """
    count, of = int(happened.sum()), len(happened)
    out.statistic(binomial(event, count, of, RARELY, alpha=study.alpha, wanted=OFTEN))
