"""Statistical tests that keep their stated false-alarm rate at any sample size.

No test here trusts a normal approximation. Each one states, in its docstring, what must be true
for its rate to hold, and has a twin: the smallest discrepancy that it finds at a stated power
(`..._detects`).

`Ledger` splits one false-alarm probability over all the tests of a run.
"""

from verifier.statistics.bounded import bounded_mean, bounded_mean_detects
from verifier.statistics.exponent import (
    replicate_slopes,
    slope,
    slope_detects,
)
from verifier.statistics.median import median, median_detects
from verifier.statistics.moments import (
    mean,
    mean_detects,
    variance,
    variance_detects,
)
from verifier.statistics.outcome import (
    FALSE_ALARMS,
    POWER,
    Ledger,
    Outcome,
)
from verifier.statistics.probability import binomial, binomial_detects
from verifier.statistics.score import advantage, better, excluded
from verifier.statistics.symmetric import symmetric, symmetric_detects

__all__ = [
    "FALSE_ALARMS",
    "POWER",
    "Ledger",
    "Outcome",
    "advantage",
    "better",
    "binomial",
    "binomial_detects",
    "bounded_mean",
    "bounded_mean_detects",
    "excluded",
    "mean",
    "mean_detects",
    "median",
    "median_detects",
    "replicate_slopes",
    "slope",
    "slope_detects",
    "symmetric",
    "symmetric_detects",
    "variance",
    "variance_detects",
]
