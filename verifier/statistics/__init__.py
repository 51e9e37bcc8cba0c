"""Statistical tests that keep their stated false-alarm rate at any sample size.

No test here trusts a normal approximation. Each one states, in its docstring, what must be true
for its rate to hold, and has two twins: the smallest discrepancy that it finds at a stated power
(`..._detects`), and the sample size that a given discrepancy needs (`..._samples`).

`Ledger` splits one false-alarm probability over all the tests of a run.
"""

from verifier.statistics.bounded import bounded_mean, bounded_mean_detects, bounded_mean_samples
from verifier.statistics.exponent import (
    replicate_slopes,
    slope,
    slope_detects,
    slope_samples,
)
from verifier.statistics.moments import (
    mean,
    mean_detects,
    mean_samples,
    variance,
    variance_detects,
    variance_samples,
)
from verifier.statistics.outcome import (
    FALSE_ALARMS,
    POWER,
    Ledger,
    Outcome,
)
from verifier.statistics.probability import binomial, binomial_detects, binomial_samples

__all__ = [
    "FALSE_ALARMS",
    "POWER",
    "Ledger",
    "Outcome",
    "binomial",
    "binomial_detects",
    "binomial_samples",
    "bounded_mean",
    "bounded_mean_detects",
    "bounded_mean_samples",
    "mean",
    "mean_detects",
    "mean_samples",
    "replicate_slopes",
    "slope",
    "slope_detects",
    "slope_samples",
    "variance",
    "variance_detects",
    "variance_samples",
]
