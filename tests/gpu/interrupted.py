"""`benchmarks.gpu.figures` on trainings without end, more than there are workers.

`python -m tests.gpu.interrupted FOLDER` waits to be interrupted. It has nothing to compare: its
series says that it came so far.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from benchmarks.gpu import figures
from benchmarks.gpu.figures import Part
from verifier.reproduction.runner.store import Store

SERIES = [{"name": "accuracy of f", "stable": 2, "matched": 1}]


@dataclass(frozen=True)
class Endless:
    """A training that has one result of two, and goes on."""

    label: str
    costs: tuple[float, ...] = (1.0, 1.0)

    @property
    def keys(self) -> tuple[str, ...]:
        return f"{self.label}, first", f"{self.label}, second"

    def run(self, store: Store) -> None:
        store.put(self.keys[0], {}, {"seconds": 1.0})
        time.sleep(600)


class Unmeasured:
    """Nothing of a card."""

    @classmethod
    def of(cls, device: str) -> None:
        pass


def parts(*_: Any) -> list[Part]:
    """Two panels of three trainings."""
    works: Any = [Endless(f"training {k}") for k in range(6)]
    plan: Any = SimpleNamespace()
    return [Part(f"panel {k}", "a", plan, tuple(works[k::2])) for k in range(2)]


if __name__ == "__main__":
    changed: Any = figures
    changed.parts, changed.WORKERS, changed.Card = parts, 2, Unmeasured
    changed.compared = lambda *_: SERIES
    sys.exit(figures.main(["--device", "cpu", "--scale", "paper", sys.argv[1]]))
