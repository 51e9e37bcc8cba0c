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

import torch
from torch import Tensor

from verifier.errors import require
from verifier.experiments.descent import Snapshot, descend, moving_share
from verifier.experiments.panels import AgreementMap, Setting
from verifier.experiments.recipes import PUBLISHED, schedule_named
from verifier.experiments.results import Explained, MapResult, PointResult, Run
from verifier.experiments.samples import Samples, draw_network, draw_samples, origin
from verifier.experiments.store import Store
from verifier.experiments.theory import Theory, mean_cosine
from verifier.losses import named_loss
from verifier.network import Parameters, input_gradient, output
from verifier.perturbation import natural_inputs
from verifier.vectors import unit_rows

CURVES, DIRECTIONS, MAP, EXPLAINED = "curves", "directions", "map", "explained"
EXPLAINED_IMAGES = 6
POINTS_AT_ONCE = 20_000  # of a map


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
        self.slope, self.loss = first.gamma, named_loss(first.loss)
        self.samples: Samples = draw_samples(first, self.seed, training.images, training.device)
        self.f_0 = draw_network("f", first, self.seed, training.device)
        self.g_0 = draw_network("g", first, self.seed, training.device)
        self.theory = Theory(first, self.seed, self.samples, training.images)

    def results(self) -> Iterator[tuple[Ask, dict[str, Any]]]:
        """Each ask with its result, as soon as it is ready."""
        settings = {ask.setting: self.schedule.applied(ask.setting) for ask in self.asks}
        rates = sorted({r for s in settings.values() for r in s.rates_f}, reverse=True)
        epochs = sorted({s.epochs_f for s in settings.values()})
        X, y = self.samples.X, self.samples.y
        moving = moving_share(self.asks[0].setting, attacked=False)
        trained = descend(
            self.f_0, X[None], y, rates, self.schedule, epochs, self.loss, self.slope, moving
        )
        for snapshot in trained:
            now = [a for a in self.asks if a.setting.epochs_f == snapshot.epoch]
            clean = _Clean(self, snapshot, rates)
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
        self, clean: _Clean, learners: list[tuple[Ask, Setting]]
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
            targets = self.samples.targets
            moving = moving_share(wanted[0][1], attacked=True)
            trained = descend(
                self.g_0,
                attacked,
                targets,
                rates_g,
                self.schedule,
                epochs,
                self.loss,
                self.slope,
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


class _Clean:
    """f at one checkpoint, at all its rates: outputs, perturbations, and what follows from them."""

    def __init__(self, trainer: _Trainer, snapshot: Snapshot, rates: list[float]) -> None:
        self.trainer, self.snapshot, self.rates = trainer, snapshot, rates
        self.params = Parameters(*(t[0] for t in snapshot.params))  # (K, m, ...)
        X, z, slope = trainer.samples.X, trainer.samples.z, trainer.slope
        self.at_X, self.at_z = output(self.params, X, slope), output(self.params, z, slope)
        self.standard = _share(self.at_X * trainer.samples.y > 0)

    def _usable(self, rate: float) -> tuple[int, bool]:
        k = self.rates.index(rate)
        return k, bool(self.snapshot.finite[0, k])

    def _require_finite(self, finite: bool, what: str) -> None:
        if not finite:
            raise ArithmeticError(f"a training for {what} diverged: its learning rate is too large")

    def _network(self, k: int) -> Parameters:
        return Parameters(*(t[k] for t in self.params))

    def _unit_gradient(self, k: int) -> Tensor:
        t = self.trainer
        return unit_rows(input_gradient(self._network(k), t.samples.X, t.slope))

    def attacked(self, scenario: str, eps: float, rates: tuple[float, ...]) -> Tensor:
        """`o_n + r_n` for each rate of f, (len(rates), N, d)."""
        X, targets = self.trainer.samples.X, self.trainer.samples.targets
        natural = natural_inputs(X, scenario)
        pulls = [self._unit_gradient(self.rates.index(rate)) for rate in rates]
        return torch.stack([natural + eps * targets.unsqueeze(-1) * nu for nu in pulls])

    def directions(self, setting: Setting) -> list[Run]:
        """Mean |cos| of the perturbations and the published direction s, for each rate of f."""
        t, runs = self.trainer, []
        for rate in setting.rates_f:
            k, usable = self._usable(rate)
            T = float(self.snapshot.time[0, k])
            measured = {"standard": float(self.standard[k])}
            measured["cossim"] = mean_cosine(self._unit_gradient(k), t.theory.direction)
            predicted = t.theory.directions(T, t.f_0)
            runs.append(Run(rate, 0.0, T, 0.0, measured if usable else {}, predicted))
        return runs

    def curves(self, setting: Setting, learnt: Snapshot, rates_g: list[float]) -> list[Run]:
        """Accuracies and agreement for each pair of rates."""
        t, runs = self.trainer, []
        y = t.samples.y
        for i, rate_f in enumerate(setting.rates_f):
            k, usable_f = self._usable(rate_f)
            g = Parameters(*(p[i] for p in learnt.params))
            g_at_X, g_at_z = (output(g, p, t.slope) for p in (t.samples.X, t.samples.z))
            for rate_g in setting.rates_g:
                j = rates_g.index(rate_g)
                measured = {
                    "standard": float(self.standard[k]),
                    "perturbation": float(_share(g_at_X[j] * y > 0)),
                    "agreement": float(_share(self.at_z[k].sign() == g_at_z[j].sign())),
                }
                times = float(self.snapshot.time[0, k]), float(learnt.time[i, j])
                usable = usable_f and bool(learnt.finite[i, j])
                predicted = t.theory.curves(setting, *times, t.f_0, t.g_0)
                runs.append(Run(rate_f, rate_g, *times, measured if usable else {}, predicted))
        return runs

    def map(
        self, plane: AgreementMap, learnt: Snapshot, rates_g: list[float], attacked: Tensor
    ) -> dict[str, Any]:
        """f, g and the zero lines of their predictors on the plane of the class means.

        `attacked`: what g, the first of `learnt`'s data sets, was trained on.
        """
        t = self.trainer
        k = self.rates.index(plane.setting.rates_f[0])
        j = rates_g.index(plane.setting.rates_g[0])
        self._require_finite(bool(self.snapshot.finite[0, k] & learnt.finite[0, j]), "a map")
        axes = torch.stack([unit_rows(t.samples.X[t.samples.y == c].mean(dim=0)) for c in (1, -1)])
        ticks = torch.linspace(
            *plane.limits, plane.resolution, dtype=axes.dtype, device=axes.device
        )
        first, second = torch.meshgrid(ticks, ticks, indexing="xy")
        where = torch.stack((first.flatten(), second.flatten()), dim=-1)
        f, g = self._network(k), Parameters(*(p[0, j] for p in learnt.params))
        parts = []
        for chunk in where.split(POINTS_AT_ONCE):
            z = chunk @ axes
            signs = output(f, z, t.slope).sign() == output(g, z, t.slope).sign()
            parts.append((signs, t.theory.f_hat(z), t.theory.g_hat(z, attacked)))
        shape = (plane.resolution, plane.resolution)
        agree, f_hat, g_hat = (
            torch.cat(p).reshape(shape).cpu().numpy() for p in zip(*parts, strict=True)
        )
        projected = (t.samples.X @ axes.T).cpu().numpy()
        labels = t.samples.y.cpu().numpy()
        setting = plane.setting
        return MapResult(setting, t.seed, agree, f_hat, g_hat, projected, labels, 0.0).to_json()

    def explained(self, setting: Setting) -> dict[str, Any]:
        """Some images, their perturbations, and the sums of samples predicted for them."""
        t = self.trainer
        k = self.rates.index(setting.rates_f[0])
        self._require_finite(bool(self.snapshot.finite[0, k]), "an explained image")
        nu, s = self._unit_gradient(k), t.theory.direction
        y = t.samples.y
        half = EXPLAINED_IMAGES // 2
        shown = torch.cat([(y == c).nonzero().squeeze(-1)[:half] for c in (1, -1)])
        arrays = (t.samples.X[shown], nu[shown], s[shown], y[shown], (nu * s).sum(-1)[shown])
        images, pulls, sums, labels, cosines = (a.cpu().numpy() for a in arrays)
        task = self.trainer.asks[0].setting.data
        return Explained(task, t.seed, images, pulls, sums, labels, cosines).to_json()


def _share(hits: Tensor) -> Tensor:
    return hits.to(torch.float64).mean(dim=-1)


__all__ = ["CURVES", "DIRECTIONS", "EXPLAINED", "MAP", "PUBLISHED", "Ask", "Training"]
