"""One clean network, with all that is asked of it: its points of every panel, and its maps.

f is trained once, at all learning rates together; checkpoints along that run serve the panels over
its epochs. For every perturbation size g is trained likewise. A point is stored once it is ready.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from verifier.errors import require
from verifier.model.losses import named_loss
from verifier.reproduction.panels import AgreementMap, Setting
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.measured import Clean, Start
from verifier.reproduction.training.predicted import Predicted
from verifier.reproduction.training.recipes import PUBLISHED, schedule_named
from verifier.reproduction.training.results import PointResult, Run
from verifier.reproduction.training.samples import draw_network, draw_samples, origin
from verifier.reproduction.training.stacked_descent import descend, moving_share

CURVES, DIRECTIONS, MAP, EXPLAINED = "curves", "directions", "map", "explained"


@dataclass(frozen=True)
class Ask:
    """One result that is wanted: its kind, its setting and, of a map, its axes."""

    kind: str
    setting: Setting
    plane: AgreementMap | None = None


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

    def run(self, store: Store) -> None:
        """Compute what the store lacks, storing each result at once."""
        missing = [a for a in self.asks if store.key_of(self.describe(a)) not in store]
        if not missing:
            return
        started = time.monotonic()
        for ask, result in _Trainer(self, missing).results():
            record = {**result, "seconds": time.monotonic() - started}
            described = self.describe(ask)
            store.put(store.key_of(described), described, record)
            started = time.monotonic()


class _Trainer:
    """Trains f, then every g, of one `Training`."""

    def __init__(self, training: Training, asks: list[Ask]) -> None:
        self.asks, self.seed, self.recipe = asks, training.seed, training.recipe
        self.schedule = schedule_named(training.recipe)
        first = asks[0].setting
        if training.digest:
            found = origin(first.data, training.images)
            same = found is not None and found.digest == training.digest
            require(same, "images", found, "must be the ones that the run was planned with")
        self.loss = named_loss(first.loss)
        samples = draw_samples(first, self.seed, training.images, training.device)
        f_0, g_0 = (draw_network(n, first, self.seed, training.device) for n in "fg")
        theory = Predicted(first, self.seed, samples, training.images)
        self.subject = Start(first, self.seed, samples, f_0, g_0, theory)

    def results(self) -> Iterator[tuple[Ask, dict[str, Any]]]:
        """Each ask with its result, as soon as it is ready."""
        settings = {ask.setting: self.schedule.applied(ask.setting) for ask in self.asks}
        rates = sorted({r for s in settings.values() for r in s.rates_f}, reverse=True)
        epochs = sorted({s.epochs_f for s in settings.values()})
        at, X, y = self.subject, self.subject.samples.X, self.subject.samples.y
        moving = moving_share(at.setting, attacked=False)
        trained = descend(
            at.f_0, X[None], y, rates, self.schedule, epochs, self.loss, at.slope, moving
        )
        for snapshot in trained:
            now = [a for a in self.asks if a.setting.epochs_f == snapshot.epoch]
            clean = Clean(at, snapshot, rates)
            for ask in now:
                if ask.kind == DIRECTIONS:
                    yield ask, self._point(ask, clean.directions(settings[ask.setting]))
                elif ask.kind == EXPLAINED:
                    yield ask, clean.explained(settings[ask.setting])
            learners = [(a, settings[a.setting]) for a in now if a.kind in (CURVES, MAP)]
            yield from self._learn(clean, learners)

    def _point(self, ask: Ask, runs: list[Run]) -> dict[str, Any]:
        return PointResult(ask.setting, self.recipe, self.seed, tuple(runs), 0.0).to_json()

    def _learn(
        self, clean: Clean, learners: list[tuple[Ask, Setting]]
    ) -> Iterator[tuple[Ask, dict[str, Any]]]:
        """Train g on each set of perturbations that the asks need; yield their results."""
        attacks: dict[tuple[str, float, tuple[float, ...]], list[tuple[Ask, Setting]]] = {}
        for ask, setting in learners:
            key = (setting.scenario, setting.eps, setting.rates_f)
            attacks.setdefault(key, []).append((ask, setting))
        for (scenario, eps, rates_f), wanted in attacks.items():
            rates_g = sorted({r for _, s in wanted for r in s.rates_g}, reverse=True)
            epochs = sorted({s.epochs_g for _, s in wanted})
            attacked = clean.attacked(scenario, eps, rates_f)
            at, targets = self.subject, self.subject.samples.targets
            moving = moving_share(wanted[0][1], attacked=True)
            trained = descend(
                at.g_0,
                attacked,
                targets,
                rates_g,
                self.schedule,
                epochs,
                self.loss,
                at.slope,
                moving,
            )
            for snapshot in trained:
                for ask, setting in wanted:
                    if setting.epochs_g != snapshot.epoch:
                        continue
                    if ask.kind == MAP:
                        assert ask.plane is not None
                        yield ask, clean.map(ask.plane, snapshot, rates_g, attacked[0])
                    else:
                        runs = clean.curves(setting, snapshot, rates_g)
                        yield ask, self._point(ask, runs)


__all__ = ["CURVES", "DIRECTIONS", "EXPLAINED", "MAP", "PUBLISHED", "Ask", "Training"]
