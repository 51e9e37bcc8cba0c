"""How far a run is, what it had to give up, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a run stands. `done`, `total`: points; `cost_done`, `cost`: their estimated seconds.

    `failed`: works given up. `elapsed`, `left`: seconds; `left` is estimated from the speed of this
    run so far and the expected one, None if neither is known. `last`: the label of what finished
    last, or "".
    """

    done: int
    total: int
    cost_done: float
    cost: float
    failed: int
    elapsed: float
    left: float | None
    last: str


@dataclass(frozen=True)
class Failure:
    """A work that was given up. `details`: the traceback where there is one."""

    label: str
    message: str
    details: str = ""


@dataclass(frozen=True)
class Ended:
    """How a run ended. Of `total` points, `reused` were there before and `done` are there now."""

    total: int
    reused: int
    done: int
    elapsed: float
    failures: tuple[Failure, ...]
    interrupted: bool
