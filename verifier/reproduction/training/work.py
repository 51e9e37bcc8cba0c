"""One clean network as a piece of work: what it is asked for, and the results that it puts by."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from verifier.model.memory import fitting
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.clean_network import Ask, CleanNetwork
from verifier.reproduction.training.peaks import of_trainings


def describe(ask: Ask, recipe: str, seed: int, device: str, digest: str) -> dict[str, Any]:
    """Everything but the code that decides the result of `ask`, as plain data."""
    plane = None if ask.plane is None else [*ask.plane.limits, ask.plane.resolution]
    described = {"kind": ask.kind, "setting": asdict(ask.setting), "plane": plane}
    return {**described, "recipe": recipe, "seed": seed, "device": device, "images": digest}


@dataclass(frozen=True)
class Training:
    """All `asks` of one clean network: they agree in data, d, N, m, slope and loss.

    `costs`: estimated seconds of each on one core. `digest`: of the images, "" where there are
    none. A `Work` of the runner.
    """

    recipe: str
    seed: int
    asks: tuple[Ask, ...]
    costs: tuple[float, ...] = field(compare=False)
    device: str = "cpu"
    images: Path | None = None
    digest: str = ""
    keys: tuple[str, ...] = ()

    def keyed(self, store: Store) -> Training:
        """The same with the keys under which `store` keeps the results, one for each ask."""
        return replace(self, keys=tuple(store.key_of(self.describe(a)) for a in self.asks))

    @property
    def label(self) -> str:
        """For progress and messages."""
        s = self.asks[0].setting
        return f"{s.data} d={s.d} N={s.N} m={s.m} γ={s.gamma:g} {s.loss} seed {self.seed}"

    def describe(self, ask: Ask) -> dict[str, Any]:
        """Everything that decides the result of `ask`."""
        return describe(ask, self.recipe, self.seed, self.device, self.digest)

    @fitting(lambda self, store: of_trainings(self.asks, self.recipe, self.device))
    def run(self, store: Store) -> None:
        """Compute what the store lacks, storing each result at once."""
        missing = [a for a in self.asks if store.key_of(self.describe(a)) not in store]
        if not missing:
            return
        started = time.monotonic()
        network = CleanNetwork(
            missing, self.recipe, self.seed, self.device, self.images, self.digest
        )
        for ask, result in network.results():
            record = {**result, "seconds": time.monotonic() - started}
            described = self.describe(ask)
            store.put(store.key_of(described), described, record)
            started = time.monotonic()
