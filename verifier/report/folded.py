"""What follows from a training that is not the stated descent: it is told under E0, and once."""

from __future__ import annotations

from verifier.evidence.record import Record
from verifier.report.verdicts import REFUTED, Row
from verifier.statements import STATEMENTS

ROOT = "E0"
"""Training is descent on the objective. Where it is not, nothing holds that rests on a training."""


def folded(record: Record, found: list[Row]) -> frozenset[str]:
    """Ids of refuted statements about trained networks, where E0 is refuted, too.

    One with another likely cause than E0's stands for itself.
    """
    refuted = [row.id for row in found if row.verdict == REFUTED]
    if ROOT not in refuted:
        return frozenset()
    causes = {"", record.causes.get(ROOT, "")}
    rest = (name for name in refuted if name != ROOT and "train" in STATEMENTS[name].needs)
    return frozenset(name for name in rest if record.causes.get(name, "") in causes)
