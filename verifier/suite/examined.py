"""What statements say of one trial, which they share: evidence, or why it cannot be tested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifier.errors import DivergedError, NotComparable, SinglePrecision
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import DIVERGED, NOT_COMPARABLE, SINGLE
from verifier.statements import PathwiseStatement


def examined(
    asked: PathwiseStatement, others: Sequence[PathwiseStatement], trial: Any
) -> dict[str, Evidence | str]:
    """By id what `asked` says, and the others that can; raises what stops the check of `asked`."""
    found: dict[str, Evidence | str] = {}
    for statement in (asked, *(s for s in others if s is not asked)):
        try:
            found[statement.id] = statement.examine(trial)
        except DivergedError:
            found[statement.id] = DIVERGED
        except SinglePrecision:
            found[statement.id] = SINGLE
        except NotComparable:
            found[statement.id] = NOT_COMPARABLE
        except Exception:
            if statement is asked:
                raise
    return found
