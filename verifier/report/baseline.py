"""What got worse since a run that is taken as the baseline, and is no noise of the draws."""

from __future__ import annotations

from collections.abc import Iterator

import scipy

from verifier.report.verdicts import DEVIATES, NOT_RUN, REFUTED, SUPPORTED, Row

RATE = 1e-6
"""How often premise shares of equal codes are called worse, in all statements together, at most."""
LARGER = 1.5
"""By what factor the smallest error noticed may grow; seeds change it by a quarter at the most."""

_RANKS = {SUPPORTED: 3, DEVIATES: 2, REFUTED: 0}
_OPEN = 1
"""Of every other verdict: neither for a statement nor against it."""


def worse(before: list[Row], now: list[Row]) -> list[str]:
    """A line for each statement, of those in both runs, that got worse since `before`."""
    old = {row.id: row for row in before if row.verdict != NOT_RUN}
    pairs = [(old[row.id], row) for row in now if row.id in old and row.verdict != NOT_RUN]
    found = ((row.id, list(_reasons(was, row, RATE / len(pairs)))) for was, row in pairs)
    return [f"{name}: {'; '.join(reasons)}" for name, reasons in found if reasons]


def _reasons(was: Row, row: Row, alpha: float) -> Iterator[str]:
    if _RANKS.get(row.verdict, _OPEN) < _RANKS.get(was.verdict, _OPEN):
        yield f"{row.verdict}, was {was.verdict}"
    shares = _held(was), _held(row)
    if was.premise is not None and row.premise is not None and _fewer(*shares, alpha):
        told = (f"{held} of {draws}" for held, draws in shares[::-1])
        yield "its premise held in {} draws, was {}".format(*told)
    if was.detects and row.detects and row.detects > LARGER * was.detects:
        yield f"what it surely notices has grown from {was.detects:.3g} to {row.detects:.3g}"


def _held(row: Row) -> tuple[int, int]:
    """In how many draws a premise held anywhere, and of how many: those are independent."""
    return sum(evidence.held > 0 for evidence in row.evidence), len(row.evidence)


def _fewer(was: tuple[int, int], now: tuple[int, int], alpha: float) -> bool:
    """Fisher's exact test: whether the share now is smaller than it was, at rate `alpha`."""
    table = [[held, draws - held] for held, draws in (was, now)]
    return bool(scipy.stats.fisher_exact(table, alternative="greater").pvalue < alpha)
