"""Where a run's wall time went, from its record: by part of the suite, and its slowest properties.

Statements that are searched together share their trials; the first of them bears the cost of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from verifier.evidence.record import Record

SLOWEST = 10
"""How many properties are named."""
REST = "collecting, and between the properties"


@dataclass(frozen=True)
class Spent:
    """`seconds` of wall time, a `share` of the run's; `properties`: how many took them."""

    name: str
    seconds: float
    share: float
    properties: int


@dataclass(frozen=True)
class WallTime:
    """`parts` of the suite, longest first and the rest last, add up to `total`; `slowest` of all.

    `examples`: configurations that searches met, over all statements.
    """

    total: float
    examples: int
    parts: tuple[Spent, ...]
    slowest: tuple[Spent, ...]


def wall_time(record: Record) -> WallTime | None:
    """How the wall time divides; None if the record holds no times."""
    if not record.seconds:
        return None
    sums = {part: math.fsum(members.values()) for part, members in record.seconds.items()}
    total = max(record.wall, math.fsum(sums.values()))

    def spent(name: str, seconds: float, properties: int) -> Spent:
        return Spent(name, seconds, seconds / total if total > 0 else 0.0, properties)

    parts = [spent(part, sums[part], len(members)) for part, members in record.seconds.items()]
    single = [
        spent(f"{part} [{name}]", seconds, 1)
        for part, members in record.seconds.items()
        for name, seconds in members.items()
    ]
    rest = spent(REST, total - math.fsum(sums.values()), 0)
    return WallTime(
        total,
        sum(record.examples.values()),
        (*_longest(parts), rest),
        tuple(_longest(single)[:SLOWEST]),
    )


def _longest(found: list[Spent]) -> list[Spent]:
    return sorted(found, key=lambda spent: -spent.seconds)
