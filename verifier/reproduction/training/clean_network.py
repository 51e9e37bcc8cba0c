"""One clean network, with all that is asked of it: its points of every panel, and its maps.

f is trained once, at all learning rates together; checkpoints along that run serve the panels over
its epochs. For every perturbation size g is trained likewise. A result is given once it is ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from verifier.errors import require
from verifier.model.losses import named_loss
from verifier.model.network import Parameters
from verifier.reproduction.panels import AgreementMap, PointSetting
from verifier.reproduction.training.measured import Checkpoint, Start
from verifier.reproduction.training.predicted import Predicted
from verifier.reproduction.training.recipes import schedule_named
from verifier.reproduction.training.results import PointResult, Run
from verifier.reproduction.training.samples import draw_network, draw_samples, origin
from verifier.reproduction.training.stacked_descent import Snapshot, descend, moving_share
from verifier.reproduction.training.trusted import trusted

CURVES = "curves"
DIRECTIONS = "directions"
MAP = "map"
EXPLAINED = "explained"


@dataclass(frozen=True)
class Ask:
    """One result that is wanted: its kind, its setting and, of a map, its axes."""

    kind: str
    setting: PointSetting
    plane: AgreementMap | None = None


class CleanNetwork:
    """f, then every g, trained from one start; `asks` agree in data, d, N, m, slope and loss.

    `digest`: of the images, "" where there are none.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        recipe: str,
        seed: int,
        device: str = "cpu",
        images: Path | None = None,
        digest: str = "",
    ) -> None:
        self.asks = asks
        self.recipe = recipe
        self.seed = seed
        self.device = device
        self.schedule = schedule_named(recipe)
        first = asks[0].setting
        if digest:
            found = origin(first.data, images)
            require(
                found is not None and found.digest == digest,
                "images",
                found,
                "must be the ones that the run was planned with",
            )
        self.loss = named_loss(first.loss)
        samples = draw_samples(first, seed, images, device)
        f_0, g_0 = (draw_network(role, first, seed, device) for role in "fg")
        self.start = Start(first, seed, samples, f_0, g_0, Predicted(first, seed, samples, images))

    def results(self) -> Iterator[tuple[Ask, dict[str, Any]]]:
        """Each ask with its result, as soon as it is ready."""
        applied = {ask.setting: self.schedule.applied(ask.setting) for ask in self.asks}
        rates = sorted({r for s in applied.values() for r in s.rates_f}, reverse=True)
        epochs = sorted({s.epochs_f for s in applied.values()})
        start = self.start
        X, y = start.samples.X, start.samples.y
        moving = moving_share(start.setting, attacked=False)
        for snapshot in self._descend(start.f_0, X[None], y, rates, epochs, moving):
            now = [a for a in self.asks if a.setting.epochs_f == snapshot.epoch]
            checkpoint = Checkpoint(start, snapshot, rates)
            for ask in now:
                if ask.kind == DIRECTIONS:
                    yield ask, self._point(ask, checkpoint.directions(applied[ask.setting]))
                elif ask.kind == EXPLAINED:
                    yield ask, checkpoint.explained(applied[ask.setting])
            learners = [(a, applied[a.setting]) for a in now if a.kind in (CURVES, MAP)]
            yield from self._learn(checkpoint, learners)

    def _descend(
        self,
        network: Parameters,
        X: Tensor,
        y: Tensor,
        rates: list[float],
        epochs: list[int],
        moving: float,
    ) -> Iterator[Snapshot]:
        schedule, slope = self.schedule, self.start.slope
        return descend(
            network, X, y, rates, schedule, epochs, self.loss, slope, moving, trusted(self.device)
        )

    def _point(self, ask: Ask, runs: list[Run]) -> dict[str, Any]:
        return PointResult(ask.setting, self.recipe, self.seed, tuple(runs), 0.0).to_json()

    def _learn(
        self, checkpoint: Checkpoint, learners: list[tuple[Ask, PointSetting]]
    ) -> Iterator[tuple[Ask, dict[str, Any]]]:
        """Train g on each set of perturbations that the asks need; yield their results."""
        attacks: dict[tuple[str, float, tuple[float, ...]], list[tuple[Ask, PointSetting]]] = {}
        for ask, setting in learners:
            key = (setting.scenario, setting.eps, setting.rates_f)
            attacks.setdefault(key, []).append((ask, setting))
        for (scenario, eps, rates_f), wanted in attacks.items():
            rates_g = sorted({r for _, s in wanted for r in s.rates_g}, reverse=True)
            epochs = sorted({s.epochs_g for _, s in wanted})
            attacked = checkpoint.attacked(scenario, eps, rates_f)
            targets = self.start.samples.targets
            moving = moving_share(wanted[0][1], attacked=True)
            trained = self._descend(self.start.g_0, attacked, targets, rates_g, epochs, moving)
            for snapshot in trained:
                for ask, setting in wanted:
                    if setting.epochs_g != snapshot.epoch:
                        continue
                    if ask.kind == MAP:
                        assert ask.plane is not None
                        yield ask, checkpoint.map(ask.plane, snapshot, rates_g, attacked[0])
                    else:
                        yield ask, self._point(ask, checkpoint.curves(setting, snapshot, rates_g))
