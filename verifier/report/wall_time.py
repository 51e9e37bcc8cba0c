"""Where a run's time went, from its record: by part of the suite, and its slowest properties.

Of a run in several processes, the time of all of them together. Statements that are searched
together share their trials; the first of them bears the cost of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from verifier.evidence.record import Record

SLOWEST = 10
"""How many properties are named."""
REST = "collecting, between the properties, and idle"


@dataclass(frozen=True)
class Spent:
    """`seconds` of a process, a `share` of the total; `properties`: how many took them."""

    name: str
    seconds: float
    share: float
    properties: int


@dataclass(frozen=True)
class WallTime:
    """`parts` of the suite, longest first and the rest last, add up to `total`; `slowest` of all.

    `total`: the `wall` time times the number of `processes`. `examples`: configurations that
    searches met, over all statements.
    """

    wall: float
    processes: int
    total: float
    examples: int
    parts: tuple[Spent, ...]
    slowest: tuple[Spent, ...]


def wall_time(record: Record) -> WallTime | None:
    """How the time divides; None if the record holds no times."""
    if not record.seconds:
        return None
    sums = {part: math.fsum(members.values()) for part, members in record.seconds.items()}
    processes = int(record.about.get("processes", 1))
    total = max(record.wall * processes, math.fsum(sums.values()))

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
        record.wall,
        processes,
        total,
        sum(record.examples.values()),
        (*_longest(parts), rest),
        tuple(_longest(single)[:SLOWEST]),
    )


def _longest(found: list[Spent]) -> list[Spent]:
    return sorted(found, key=lambda spent: -spent.seconds)
