"""Settle which published points are chaotic: ten seeds of every one that the laptop scale runs.

Writes `verifier/reproduction/published/chaotic.json`. Looks at no published value. Resumable: it
shares the cache of `verifier reproduce`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import verifier.reproduction
from verifier.evidence.executors import local_executor
from verifier.evidence.folders import REPRODUCTIONS
from verifier.reproduction.comparison.chaos import LEAST_SEEDS, write_chaotic
from verifier.reproduction.costs import shares
from verifier.reproduction.gallery.collected import collect
from verifier.reproduction.panels import chosen
from verifier.reproduction.plan import (
    Plan,
    ask_of,
    make_plan,
)
from verifier.reproduction.runner.progress import Progress
from verifier.reproduction.runner.runner import run
from verifier.reproduction.runner.store import Store
from verifier.reproduction.scales import LAPTOP
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.work import Training

TARGET = Path(verifier.reproduction.__file__).parent / "published" / "chaotic.json"


def main() -> int:
    """Run what is missing, then judge."""
    panels, _ = chosen([])
    plan = make_plan(panels, [], LAPTOP, LEAST_SEEDS)
    store = Store(REPRODUCTIONS / "cache")
    works = [training.keyed(store) for training in published(plan)]
    with local_executor(2) as executor:
        ended = run(works, store, executor, progress=tell, speed=2.0)
    if ended.failures or ended.interrupted:
        print(ended)
        return 1
    write_chaotic(TARGET, collect(plan, store).results, store.code)
    print(f"\n{TARGET}")
    return 0


def published(plan: Plan) -> list[Training]:
    """The trainings of the published recipe, and of them the points of published size."""
    wanted = {
        ask_of(panel, setting)
        for panel in plan.panels
        if panel.factor == 1 and panel.name not in plan.obstacles
        for setting in panel.settings
    }
    trainings = []
    for training in plan.trainings:
        asks = tuple(a for a in training.asks if a in wanted)
        if asks and training.recipe == PUBLISHED.name:
            costs = shares(asks, training.recipe)
            trainings.append(replace(training, asks=asks, costs=costs))
    return trainings


def tell(progress: Progress) -> None:
    """One line, rewritten."""
    left = (progress.left or 0) / 60
    done = f"{progress.done} of {progress.total}"
    print(f"\r{done}, about {left:.0f} min left  {progress.last:<70}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
