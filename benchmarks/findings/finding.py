"""What a finding is, and how it is measured: an effect beyond its threshold, a control below it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy import stats

CONFIDENCE = 0.99
"""Of each interval, by itself."""

FIRST = 1000
"""The number of the first run that counts: those before it are for trying settings."""

Measure = Callable[[int], float]
"""One value by the number of a run; runs are independent."""


@dataclass(frozen=True)
class Finding:
    """Something that the paper does not say, with what makes it so.

    `title`: the finding in a few words. `sentence`: all of it. `effect`: what is measured, of one
    run. `threshold`: stated before anything was measured; the effect's interval lies above it, that
    of the `control` below. `why`: what the control takes away. `rests_on`: statements that prove or
    predict it. `after`: a candidate that had failed, and whose runs were known, when this one was
    designed. `beside`: how it fits to what another page shows.
    """

    name: str
    title: str
    sentence: str
    effect: str
    threshold: float
    measure: Measure
    control: Measure
    why: str
    rests_on: tuple[str, ...]
    runs: int = 12
    after: str | None = None
    beside: str = ""

    @property
    def anchor(self) -> str:
        """Of its heading on the page."""
        return re.sub(r"[^\w -]", "", self.title).replace(" ", "-").lower()


@dataclass(frozen=True)
class Mean:
    """A mean over runs with its interval, by Student's t."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Mean:
        """Of at least two runs."""
        x = torch.tensor(values, dtype=torch.float64, device="cpu")
        error = float(x.std()) / math.sqrt(len(x))
        width = error * float(stats.t.isf((1 - CONFIDENCE) / 2, len(x) - 1))
        return cls(float(x.mean()), float(x.mean()) - width, float(x.mean()) + width)

    def __str__(self) -> str:
        """The mean, and the interval's ends with digits enough to differ."""
        if self.low == self.high:
            return f"{self.mean:.3g} in every run"
        digits = next(n for n in range(3, 18) if f"{self.low:.{n}g}" != f"{self.high:.{n}g}")
        return f"{self.mean:.{digits}g} ({self.low:.{digits}g} to {self.high:.{digits}g})"


@dataclass(frozen=True)
class Found:
    """A finding as it was measured, by `runs` runs."""

    name: str
    runs: int
    effect: Mean
    control: Mean

    def stands(self, threshold: float) -> bool:
        """Whether both intervals lie on their side of the threshold, wholly."""
        return self.effect.low > threshold > self.control.high


def measured(finding: Finding, runs: int | None = None) -> Found:
    """Effect and control of a finding in fresh runs."""
    count = finding.runs if runs is None else runs
    effect, control = (
        Mean.of([one(FIRST + run) for run in range(count)])
        for one in (finding.measure, finding.control)
    )
    return Found(finding.name, count, effect, control)
