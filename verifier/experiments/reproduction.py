"""What was asked for and what was run: all that a gallery is made of."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier.experiments.comparison import points_of
from verifier.experiments.panels import AXES, AgreementMap, Panel, Setting
from verifier.experiments.plan import Plan, ask_of, explained_ask
from verifier.experiments.recipes import PUBLISHED, SCHEDULES
from verifier.experiments.results import Explained, MapResult, PointResult
from verifier.experiments.store import Store
from verifier.experiments.work import Ask, describe

NOT_CHOSEN = "not chosen for this run"


@dataclass(frozen=True)
class Reproduction:
    """All panels and maps that were asked for, and what was run of them.

    `results`: of both recipes, in any order; `map_results`: by the map's name. `reasons`: by name,
    why points of a panel, or a map, were not run; `obstacles`: by name, why a panel cannot be
    compared. `about`: settings of the run. `report`: address of the claims report, as from here.
    """

    panels: Sequence[Panel]
    results: Sequence[PointResult]
    maps: Sequence[AgreementMap] = ()
    map_results: Mapping[str, MapResult] = field(default_factory=dict)
    explained: Sequence[Explained] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    report: str | None = None

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
            missing = [f"{x:g}" for x in panel.xs if x not in points]
            if missing:
                which = f"{AXES[panel.x]}: {', '.join(missing)}" if points else "the whole panel"
                listed.append((panel.name, which))
        listed += [(m.name, "the map") for m in self.maps if m.name not in self.map_results]
        return [
            {"name": name, "which": which, "reason": self.reasons.get(name, NOT_CHOSEN)}
            for name, which in listed
        ]

    @functools.cached_property
    def _by_setting(self) -> dict[Setting, list[PointResult]]:
        found: dict[Setting, list[PointResult]] = {}
        for result in self.results:
            found.setdefault(result.setting, []).append(result)
        return found


def collect(plan: Plan, store: Store, about: Mapping[str, str], report: str | None) -> Reproduction:
    """All that `store` has of a plan's panels and maps, points of other runs included."""

    def stored(ask: Ask, recipe: str, seed: int) -> dict[str, Any] | None:
        place = plan.place
        described = describe(ask, recipe, seed, place.device, place.digest(ask.setting.data))
        return store.get(store.key_of(described))

    wanted = dict.fromkeys(ask_of(p, setting) for p in plan.panels for setting in p.settings)
    results = [
        PointResult.from_json(record)
        for ask in wanted
        for recipe in SCHEDULES
        for seed in range(plan.seeds)
        if (record := stored(ask, recipe, seed))
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
        reasons=plan.reasons,
        obstacles=plan.obstacles,
        about=about,
        report=report,
    )
