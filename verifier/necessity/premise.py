"""What a premise is, and how the failures with it and without it are told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from verifier.errors import require
from verifier.necessity.failures import Failing

NECESSARY = "necessary"  # the conclusion fails without it
UNNECESSARY = "apparently unnecessary"  # removing it never hurt
UNDECIDED = "undecided"  # some failures without it, but chance could explain them
VOID = "void"  # the conclusion mostly fails with the premise too: nothing can be learnt


@dataclass(frozen=True)
class Premise:
    """A premise, what it is a premise of, and how it is broken.

    `name`: short and unique. `statement`: what is assumed. `conclusion`: what should follow.
    `violation`: what `removed` does instead. `kept`, `removed`: tell whether a draw fails.
    `is_proved`: whether the conclusion is proved, so that with the premise it can never fail.
    """

    name: str
    statement: str
    conclusion: str
    violation: str
    kept: Failing
    removed: Failing
    is_proved: bool = True


def decide(kept: tuple[int, int], removed: tuple[int, int], rate: float) -> tuple[float, str]:
    """One-sided Fisher p-value and verdict from `(failures, draws)` with and without a premise.

    A p-value of at most `rate` says: had the premise made no difference, so lopsided a table would
    have come up with probability `rate` at most.
    """
    for name, (failures, draws) in (("kept", kept), ("removed", removed)):
        require(
            0 <= failures <= draws and draws >= 1,
            name,
            (failures, draws),
            "must be failures of at least one draw",
        )
    table = [[n, total - n] for n, total in (removed, kept)]
    p_value = float(scipy.stats.fisher_exact(np.array(table), alternative="greater").pvalue)
    if 2 * kept[0] > kept[1]:
        return p_value, VOID
    if p_value <= rate:
        return p_value, NECESSARY
    return p_value, UNDECIDED if removed[0] else UNNECESSARY
