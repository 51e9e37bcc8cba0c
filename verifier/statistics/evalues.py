"""E-values: what bets against a true statement have made of a capital of 1.

If a statement is true the capital of a bet against it is at most 1 in expectation, whatever the
law; so is the mean of several bets', an e-value. What a bet has gained in one run can be staked on
the same bet in the next, independent one: capitals multiply, bet by bet, and by Ville's inequality
their mean exceeds `1/alpha` at any time with probability at most alpha. One may look after each
run, and stop when one likes. Kept as logarithms, which neither overflow nor vanish.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean_capital(bets: Sequence[float]) -> float:
    """The logarithm of the mean of capitals, given theirs; NaN of none."""
    if not bets:
        return math.nan
    high = max(bets)
    if math.isinf(high):
        return high
    return high + math.log(math.fsum(math.exp(bet - high) for bet in bets) / len(bets))


def of_p_value(log_p: float) -> float:
    """The logarithm of `p^(-1/2) / 2`, given that of a p-value.

    A calibrator (Shafer 2021; Vovk and Wang 2021): `kappa p^(kappa - 1)` integrates to 1 over
    [0, 1] and decreases, so its mean is at most 1 where `P(p <= t) <= t`. A p-value of a test that
    makes no bet loses by it: `p = 1e-6` becomes an e-value of 500.
    """
    return math.log(0.5) - min(0.0, log_p) / 2
