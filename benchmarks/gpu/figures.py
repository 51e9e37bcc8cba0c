"""As many of the paper's panels as time allows, the most telling first.

The order: of each figure the panel that costs least by `costs.py`, and then whatever costs least
for each of its results. So every figure has a panel before any has its second, and after that no
other order has more results at any time.

`python -m benchmarks.gpu.figures --device cuda --scale paper FOLDER` trains into `FOLDER/cache`,
which `verifier reproduce --output FOLDER` goes on with, and keeps in `FOLDER/figures.json` how far
it came, how long each panel took, and how fast the device was found to be. Ctrl-C ends it with all
that is finished kept. It draws nothing: that needs packages that may be missing, and time. Status
1: a training failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.expected import Rates
from verifier.evidence.executors import local_executor
from verifier.reproduction import told
from verifier.reproduction.comparison.published import compare
from verifier.reproduction.comparison.summary import Summary
from verifier.reproduction.gallery.collected import collect
from verifier.reproduction.panels import SERIES, chosen
from verifier.reproduction.plan import Plan, make_plan
from verifier.reproduction.runner.progress import Ended, Failure
from verifier.reproduction.runner.runner import run
from verifier.reproduction.runner.store import Store
from verifier.reproduction.scales import SCALES, SEEDS
from verifier.reproduction.training.trusted import trusted
from verifier.reproduction.training.work import Training

WORKERS = 6
"""Processes, at most one for each core, that share the device: a panel of few has six trainings."""
MAPS = "maps"


@dataclass(frozen=True)
class Part:
    """One panel or map, with the trainings that it takes. `figure`: where the paper shows it."""

    name: str
    figure: str
    plan: Plan
    works: tuple[Training, ...]

    @property
    def keys(self) -> frozenset[str]:
        """Of all its results."""
        return frozenset(key for work in self.works for key in work.keys)


def parts(scale: str, device: str, store: Store) -> list[Part]:
    """Every panel and map that can be run here, in the order that they are run."""
    panels, maps = chosen([])
    plans = [(p.name, p.figure, make_plan([p], [], scale, SEEDS[scale], device)) for p in panels]
    plans += [(m.name, MAPS, make_plan([], [m], scale, SEEDS[scale], device)) for m in maps]
    return in_order(
        Part(name, figure, plan, tuple(training.keyed(store) for training in plan.trainings))
        for name, figure, plan in plans
        if plan.trainings
    )


def in_order(found: Iterable[Part]) -> list[Part]:
    """The cheapest of each figure; then the others, by what each of their results costs."""
    cheapest, seen = [], set[str]()
    ordered = sorted(found, key=lambda part: part.plan.cost)
    for part in ordered:
        if part.figure not in seen:
            cheapest.append(part)
        seen.add(part.figure)
    others = [part for part in ordered if part not in cheapest]
    return cheapest + sorted(others, key=lambda part: part.plan.cost / len(part.keys))


@dataclass(frozen=True)
class Card:
    """How trainings are made on a device (`trusted`), and how fast it is: see `expected`."""

    way: dict[str, bool]
    rates: dict[str, float]

    @classmethod
    def of(cls, device: str) -> Card:
        """As found there by trials, within a few seconds."""
        return cls(trusted(device)._asdict(), asdict(Rates.of(torch.device(device))))


def train(found: Sequence[Part], store: Store, executor: Executor) -> Generator[tuple[Part, Ended]]:
    """Each part in turn with how it ended; `executor` is shut down at the end.

    A part is begun while the one before it ends, so that the device waits for no last training.
    """

    def trained(part: Part) -> Ended:
        return run(part.works, store, executor, progress=lambda _: None)

    turns = ThreadPoolExecutor(2)
    try:
        yield from zip(found, turns.map(trained, found), strict=True)
    finally:
        executor.shutdown(wait=False)
        turns.shutdown(wait=False, cancel_futures=True)


def compared(scale: str, device: str, store: Store) -> list[dict[str, Any]]:
    """By series, how many stable published values there are to compare with, and match."""
    whole = collect(make_plan(*chosen([]), scale, SEEDS[scale], device), store)
    values = [
        value
        for panel in whole.panels
        for value in compare(panel, whole.of(panel), whole.obstacles.get(panel.name, ""))
    ]
    return [
        {
            "name": SERIES[one["series"]],
            "stable": one["stable"],
            "matched": one["inside"] + one["near"],
        }
        for one in Summary(tuple(values)).to_json()["series"]
    ]


@dataclass
class Reached:
    """How far a run came: `failures`, and what is there of all `found` parts.

    `took`: seconds of a worker that each new result took, several workers having the device at a
    time; None of those that were there before.
    """

    scale: str
    device: str
    found: Sequence[Part]
    store: Store
    started: float = field(default_factory=time.monotonic)
    failures: list[Failure] = field(default_factory=list)
    card: Card | None = None
    workers: int = 1
    took: dict[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.keys = frozenset[str]().union(*(part.keys for part in self.found))
        self.took = {key: None for key in self.keys if key in self.store}

    def add(self, part: Part, ended: Ended) -> None:
        """Count and tell how one part ended."""
        self.failures += ended.failures
        stands = f"{ended.done} of {ended.total}, {time.monotonic() - self.started:.0f} s"
        print("\n".join([f"{part.name:<36} {stands}", *told.after(ended)[1:]]), flush=True)

    @property
    def new(self) -> int:
        """How many results were not there before, as far as it was looked."""
        return sum(seconds is not None for seconds in self.took.values())

    def look(self) -> None:
        """Look for results that were not there at the last look."""
        for key in self.keys - self.took.keys():
            entry = self.store.get(key)
            if entry is not None:
                self.took[key] = entry["seconds"]

    def of(self, part: Part) -> dict[str, Any]:
        """What is there of a part."""
        here = [self.took[key] for key in part.keys if key in self.took]
        new = [seconds for seconds in here if seconds is not None]
        found = {"name": part.name, "figure": part.figure, "done": len(here), "of": len(part.keys)}
        return {**found, "new": len(new), "seconds": sum(new)}

    def write(self, file: Path, series: Sequence[dict[str, Any]]) -> None:
        """Look, and keep it all as JSON."""
        self.look()
        whole = {
            "scale": self.scale,
            "seconds": time.monotonic() - self.started,
            "done": len(self.took),
            "of": len(self.keys),
            "new": self.new,
            "failed": len(self.failures),
            "workers": self.workers,
            "card": None if self.card is None else asdict(self.card),
            "panels": [self.of(part) for part in self.found],
            "series": series,
        }
        file.write_text(json.dumps(whole, indent=1), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, telling each panel, until all are there or Ctrl-C; then compare what there is."""
    parser = argparse.ArgumentParser(description=__doc__, prog="benchmarks.gpu.figures")
    parser.add_argument("--device", required=True)
    parser.add_argument("--scale", choices=SCALES, required=True)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args(arguments)
    file = asked.folder / "figures.json"
    store = Store(asked.folder / "cache")
    found = parts(asked.scale, asked.device, store)
    workers = min(WORKERS, len(os.sched_getaffinity(0)))
    reached = Reached(asked.scale, asked.device, found, store, workers=workers)
    with local_executor(workers) as executor:
        try:
            reached.card = executor.submit(Card.of, asked.device).result()
            print(reached.card, flush=True)
            with closing(train(found, store, executor)) as turns:
                for part, ended in turns:
                    reached.add(part, ended)
                    reached.write(file, [])
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        # before workers have ended, which may take longer than an interrupted stage is given
        reached.write(file, [])
        reached.write(file, compared(asked.scale, asked.device, store))
    print(f"{reached.new} new results")
    return 1 if reached.failures else 0


if __name__ == "__main__":
    sys.exit(main())
