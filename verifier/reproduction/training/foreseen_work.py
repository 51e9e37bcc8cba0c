"""The theory's lines of one clean network as a piece of work, kept beside what it trained."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from verifier.reproduction.costs import FLOP, PAIR
from verifier.reproduction.runner.deciding import installed_source, versions_reached
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training import foreseen
from verifier.reproduction.training.clean_network import CURVES, Ask
from verifier.reproduction.training.recipes import schedule_named
from verifier.reproduction.training.results import PointResult
from verifier.reproduction.training.work import Training


def is_foreseen(ask: Ask) -> bool:
    """Whether its lines are not among what its training leaves: a curve under another loss."""
    return ask.kind == CURVES and ask.setting.loss != "identity"


def key_of(store: Store, described: dict[str, Any]) -> str:
    """Under which `store` keeps what is foreseen of the result that is so described."""
    return store.key_of({"kind": "foreseen", "code": _version(), "of": described})


def with_foreseen(result: PointResult, record: dict[str, Any]) -> PointResult:
    """The result with its theory: one entry of `record` for each of its runs, in their order."""
    pairs = zip(result.runs, record["predicted"], strict=True)
    return replace(result, runs=tuple(replace(run, predicted=p) for run, p in pairs))


@functools.cache
def _version() -> str:
    """Of the code that decides what is foreseen."""
    return versions_reached(foreseen.__name__, installed_source)[foreseen.__name__]


@dataclass(frozen=True)
class Foreseeing:
    """What theory says of those asks of a training that it does not foresee itself. A `Work`."""

    training: Training
    asks: tuple[Ask, ...]
    keys: tuple[str, ...]

    @property
    def label(self) -> str:
        """For progress and messages."""
        return f"theory of {self.training.label}"

    @property
    def costs(self) -> tuple[float, ...]:
        """Of each ask: a matrix of the kernel for each rate of f, and descent on it."""
        return tuple(_cost(ask, self.training.recipe) for ask in self.asks)

    def run(self, store: Store) -> None:
        """Compute what the store lacks, storing each result at once."""
        described = {ask: self.training.describe(ask) for ask in self.asks}
        missing = [a for a in self.asks if key_of(store, described[a]) not in store]
        if not missing:
            return
        t = self.training
        for ask, series in foreseen.foresee(missing, t.recipe, t.seed, t.device, t.images):
            store.put(key_of(store, described[ask]), described[ask], {"predicted": series})


def _cost(ask: Ask, recipe: str) -> float:
    s = schedule_named(recipe).applied(ask.setting)
    matrices = 1 + len(s.rates_f)
    steps = (s.epochs_f + s.epochs_g) * len(s.rates_f) * 2 * FLOP
    return matrices * s.N**2 * (4 * s.d * FLOP + PAIR) + steps * s.N**2


def foreseeings(trainings: Sequence[Training], store: Store) -> list[Foreseeing]:
    """The works that `trainings` leave to theory, with the keys under which `store` keeps them."""
    found = []
    for training in trainings:
        asks = tuple(ask for ask in training.asks if is_foreseen(ask))
        keys = tuple(key_of(store, training.describe(ask)) for ask in asks)
        if asks:
            found.append(Foreseeing(training, asks, keys))
    return found
