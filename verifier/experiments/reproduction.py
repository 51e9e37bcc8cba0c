"""What was asked for and what was run: all that a gallery is made of."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verifier.experiments.comparison import points_of
from verifier.experiments.panels import AXES, AgreementMap, Panel, Setting
from verifier.experiments.recipes import PUBLISHED
from verifier.experiments.results import Explained, MapResult, PointResult

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
