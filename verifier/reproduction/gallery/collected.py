"""What was asked for and what was run: all that a gallery is made of."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier.evidence.folders import Report
from verifier.reproduction.comparison.bands import points_of
from verifier.reproduction.in_words import THE_MAP, THE_PANEL
from verifier.reproduction.panels import (
    AXES,
    AgreementMap,
    Panel,
    PointSetting,
)
from verifier.reproduction.plan import Plan, ask_of, explained_ask
from verifier.reproduction.runner.store import Store
from verifier.reproduction.training.clean_network import Ask
from verifier.reproduction.training.foreseen_work import is_foreseen, key_of, with_foreseen
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES
from verifier.reproduction.training.results import Explained, MapResult, PointResult
from verifier.reproduction.training.work import describe

NOT_CHOSEN = "not chosen for this run"
UNFINISHED = "the run was interrupted, or its training failed"


@dataclass(frozen=True)
class Reproduction:
    """All panels and maps that were asked for, and what was run of them.

    `results`: of both recipes, in any order; `map_results`: by the map's name. `planned`: what was
    to be run, with this many `seeds`. `reasons`: by name, why other points of a panel, or a map,
    were not; `obstacles`: by name, why a panel cannot be compared. `about`: settings of the run.
    `report`: of the newest whole run of the suite, as from here.
    """

    panels: Sequence[Panel]
    results: Sequence[PointResult]
    maps: Sequence[AgreementMap] = ()
    map_results: Mapping[str, MapResult] = field(default_factory=dict)
    explained: Sequence[Explained] = ()
    planned: frozenset[Ask] = frozenset()
    seeds: int = 1
    reasons: Mapping[str, str] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    report: Report | None = None

    def of(self, panel: Panel) -> list[PointResult]:
        """The results at the settings of a panel."""
        return [r for setting in panel.settings for r in self._by_setting.get(setting, ())]

    def points(self, panel: Panel) -> dict[float, list[PointResult]]:
        """The points of a panel that the published recipe ran."""
        return points_of(panel, self.of(panel), PUBLISHED.name)

    def not_run(self) -> list[dict[str, str]]:
        """What was asked for and not run: `name`, `which` of its points, and the `reason`."""
        listed = []
        for panel in self.panels:
            points = self.points(panel)
            reason = self.reasons.get(panel.name, NOT_CHOSEN)
            planned = {
                x
                for x, setting in zip(panel.xs, panel.settings, strict=True)
                if ask_of(panel, setting) in self.planned
            }
            short = {x for x in planned if len(points.get(x, ())) < self.seeds}
            for xs, why in ((short, UNFINISHED), (set(panel.xs) - planned - set(points), reason)):
                if len(xs) == len(panel.xs):
                    listed.append((panel.name, THE_PANEL, why))
                elif xs:
                    which = ", ".join(f"{x:g}" for x in panel.xs if x in xs)
                    listed.append((panel.name, f"{AXES[panel.x]}: {which}", why))
        for drawn in self.maps:
            if drawn.name not in self.map_results:
                was_planned = ask_of(drawn, drawn.setting) in self.planned
                reason = self.reasons.get(drawn.name, NOT_CHOSEN)
                listed.append((drawn.name, THE_MAP, UNFINISHED if was_planned else reason))
        return [{"name": name, "which": which, "reason": why} for name, which, why in listed]

    @functools.cached_property
    def _by_setting(self) -> dict[PointSetting, list[PointResult]]:
        found: dict[PointSetting, list[PointResult]] = {}
        for result in self.results:
            found.setdefault(result.setting, []).append(result)
        return found


def collect(
    plan: Plan,
    store: Store,
    about: Mapping[str, str] | None = None,
    report: Report | None = None,
) -> Reproduction:
    """All that `store` has of a plan's panels and maps, points of other runs included."""

    def described(ask: Ask, recipe: str, seed: int) -> dict[str, Any]:
        place = plan.place
        return describe(ask, recipe, seed, place.device, place.digest(ask.setting.data))

    def stored(ask: Ask, recipe: str, seed: int) -> dict[str, Any] | None:
        return store.get(store.key_of(described(ask, recipe, seed)))

    def point(ask: Ask, recipe: str, seed: int) -> PointResult | None:
        record = stored(ask, recipe, seed)
        if record is None:
            return None
        result = PointResult.from_json(record)
        told = is_foreseen(ask) and store.get(key_of(store, described(ask, recipe, seed)))
        return with_foreseen(result, told) if told else result

    wanted = dict.fromkeys(ask_of(p, setting) for p in plan.panels for setting in p.settings)
    results = [
        result
        for ask in wanted
        for recipe in SCHEDULES
        for seed in range(plan.seeds)
        if (result := point(ask, recipe, seed))
    ]
    maps, explained = {}, {}
    for drawn in plan.maps:
        if record := stored(ask_of(drawn, drawn.setting), PUBLISHED.name, 0):
            maps[drawn.name] = MapResult.from_json(record)
        ask = explained_ask(drawn)
        if ask and (record := stored(ask, PUBLISHED.name, 0)):
            explained[drawn.setting.data] = Explained.from_json(record)
    return Reproduction(
        panels=plan.panels,
        results=results,
        maps=plan.maps,
        map_results=maps,
        explained=list(explained.values()),
        planned=frozenset(ask for training in plan.trainings for ask in training.asks),
        seeds=plan.seeds,
        reasons=plan.reasons,
        obstacles=plan.obstacles,
        about=about or {},
        report=report,
    )
