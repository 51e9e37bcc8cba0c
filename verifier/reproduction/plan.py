"""What a run trains: which points of which panels and maps, at which size, with which seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from verifier.errors import require
from verifier.reproduction.costs import clean_key, estimate, shares
from verifier.reproduction.panels import (
    IMAGES,
    AgreementMap,
    Panel,
    PointSetting,
)
from verifier.reproduction.scales import (
    BEYOND,
    LAPTOP,
    MAP_SHARE,
    PAPER,
    POINTS,
    REDUCED_SHARE,
    REDUCTION,
    SCALES,
    SHARE,
    SMOKE,
    SMOKE_EPOCHS,
)
from verifier.reproduction.training.clean_network import (
    CURVES,
    DIRECTIONS,
    EXPLAINED,
    MAP,
    Ask,
)
from verifier.reproduction.training.recipes import PUBLISHED, SCHEDULES
from verifier.reproduction.training.samples import Origin, origin
from verifier.reproduction.training.work import Training


@dataclass(frozen=True)
class Place:
    """Where a run trains and draws from. `images`: a folder, looked in first.

    `origins`: of each image data set that it needs, None where it is not found.
    """

    device: str = "cpu"
    images: Path | None = None
    origins: Mapping[str, Origin | None] = field(default_factory=dict)

    def digest(self, data: str) -> str:
        """Of the images called `data`; "" of other data."""
        origin = self.origins.get(data)
        return "" if origin is None else origin.digest


@dataclass(frozen=True)
class Plan:
    """What is drawn, and every training that it takes.

    `panels`, `maps`: as drawn, versions of reduced size and of fewer images included. `reasons`: by
    name, why some of it is not run; `obstacles`: by name, why it is not compared with the paper.
    """

    scale: str
    seeds: int
    place: Place
    panels: tuple[Panel, ...]
    maps: tuple[AgreementMap, ...]
    trainings: tuple[Training, ...]
    reasons: Mapping[str, str]
    obstacles: Mapping[str, str]

    @property
    def cost(self) -> float:
        """Estimated seconds on one core; see `costs`."""
        return sum(sum(training.costs) for training in self.trainings)


def make_plan(
    panels: Sequence[Panel],
    maps: Sequence[AgreementMap],
    scale: str,
    seeds: int,
    device: str = "cpu",
    images: Path | None = None,
) -> Plan:
    """Plan a run of these published panels and maps; raises `InputError` naming the option.

    A data set that is not found is a reason not to run its panels; one that has fewer images than
    published runs as a subset, of fewer points at laptop scale.
    """
    require(scale in SCALES, "--scale", repr(scale), f"must be one of {', '.join(SCALES)}")
    require(seeds >= 1, "--seeds", seeds, "must be at least 1")
    needed = {p.settings[0].data for p in panels} | {m.setting.data for m in maps}
    origins = {data: origin(data, images) for data in IMAGES if data in needed}
    return _Planner(scale, seeds, Place(device, images, origins)).plan(panels, maps)


def ask_of(drawn: Panel | AgreementMap, setting: PointSetting) -> Ask:
    """What a point of a panel, or a map, asks for."""
    if isinstance(drawn, AgreementMap):
        return Ask(MAP, setting, drawn)
    return Ask(DIRECTIONS if "cossim" in drawn.series else CURVES, setting)


def explained_ask(drawn: AgreementMap) -> Ask | None:
    """What a picture that explains the perturbations of a map asks for; None of other data."""
    images = drawn.setting.data in IMAGES and drawn.setting.scenario == "a"
    return Ask(EXPLAINED, drawn.setting) if images else None


class _Planner:
    """Notes the asks of each panel and map in turn."""

    def __init__(self, scale: str, seeds: int, place: Place) -> None:
        self.scale = scale
        self.seeds = seeds
        self.place = place
        self.asks: dict[Ask, None] = {}
        self.once: dict[Ask, None] = {}  # with the first seed and the published recipe only
        self.reasons: dict[str, str] = {}
        self.obstacles: dict[str, str] = {}

    def plan(self, panels: Sequence[Panel], maps: Sequence[AgreementMap]) -> Plan:
        drawn = tuple(version for panel in panels for version in self._panel(panel))
        drawn_maps = tuple(version for one in maps for version in self._map(one))
        trainings = []
        for recipe in SCHEDULES:
            for seed in range(self.seeds):
                once = self.once if seed == 0 and recipe == PUBLISHED.name else {}
                for asks in _by_clean_network({**self.asks, **once}):
                    trainings.append(self._training(recipe, seed, asks))
        return Plan(
            self.scale,
            self.seeds,
            self.place,
            drawn,
            drawn_maps,
            tuple(trainings),
            self.reasons,
            self.obstacles,
        )

    def _training(self, recipe: str, seed: int, asks: tuple[Ask, ...]) -> Training:
        place = self.place
        digest = place.digest(asks[0].setting.data)
        return Training(
            recipe, seed, asks, shares(asks, recipe), place.device, place.images, digest
        )

    def _panel(self, panel: Panel) -> list[Panel]:
        """The versions of a panel that are drawn; what they ask for is noted."""
        first = panel.settings[0]
        count = self._count(panel.name, first)
        if count is None:
            return [panel]
        if count < first.N:
            settings = tuple(replace(s, N=count) for s in panel.settings)
            panel = replace(panel, name=f"{panel.name}-subset", settings=settings)
            self.obstacles[panel.name] = f"only {count} of {first.N} images are here"
            if self.scale == LAPTOP:
                panel = panel.thinned(POINTS[LAPTOP])
        asks = [ask_of(panel, s) for s in panel.settings]
        complete = panel.name in self.obstacles or (first.data, first.scenario) == ("shifted", "a")
        if self.scale == PAPER or (self.scale == LAPTOP and complete):
            self._note(asks)
            return [panel]
        reduced = panel.reduced(REDUCTION[self.scale][first.data]).thinned(POINTS[self.scale])
        if self.scale == SMOKE:
            reduced = replace(reduced, settings=tuple(map(_with_few_epochs, reduced.settings)))
        reduced_asks = [ask_of(reduced, s) for s in reduced.settings]
        if self.scale == SMOKE:
            self._note(reduced_asks)
            return [reduced]
        at_size = _affordable(asks, SHARE)
        self._note(at_size)
        if len(at_size) == len(asks):
            return [panel]
        self.reasons[panel.name] = f"{BEYOND}; --scale paper runs it"
        reduced_run = _affordable(reduced_asks, REDUCED_SHARE)
        self._note(reduced_run)
        if len(reduced_run) < len(reduced_asks):
            self.reasons[reduced.name] = BEYOND
        return [panel, reduced]

    def _map(self, drawn: AgreementMap) -> list[AgreementMap]:
        """Likewise of a map."""
        setting = drawn.setting
        count = self._count(drawn.name, setting)
        if count is None:
            return [drawn]
        if count < setting.N:
            drawn = replace(drawn, name=f"{drawn.name}-subset", setting=replace(setting, N=count))
        cost = estimate([ask_of(drawn, drawn.setting)], PUBLISHED.name)
        versions = [drawn]
        if self.scale == SMOKE:
            run = drawn.reduced(REDUCTION[SMOKE][setting.data])
            versions = [replace(run, setting=_with_few_epochs(run.setting))]
        elif self.scale == LAPTOP and cost > MAP_SHARE:
            self.reasons[drawn.name] = f"{BEYOND}; --scale paper runs it"
            versions.append(drawn.reduced(REDUCTION[LAPTOP][setting.data]))
        run = versions[-1]
        explained = explained_ask(run)
        self.once[ask_of(run, run.setting)] = None
        self.once |= {explained: None} if explained else {}
        return versions

    def _count(self, name: str, setting: PointSetting) -> int | None:
        """How many training samples there are, at most the published number; None: no data set."""
        if setting.data not in IMAGES:
            return setting.N
        found = self.place.origins[setting.data]
        if found is None:
            self.reasons[name] = f"no {setting.data} images here: --images FOLDER, or see README"
            return None
        return min(found.train, setting.N)

    def _note(self, asks: Iterable[Ask]) -> None:
        self.asks.update(dict.fromkeys(asks))


def _with_few_epochs(setting: PointSetting) -> PointSetting:
    f, g = (min(epochs, SMOKE_EPOCHS) for epochs in (setting.epochs_f, setting.epochs_g))
    return replace(setting, epochs_f=f, epochs_g=g)


def _by_clean_network(asks: Iterable[Ask]) -> list[tuple[Ask, ...]]:
    groups: dict[tuple[object, ...], list[Ask]] = {}
    for ask in asks:
        groups.setdefault(clean_key(ask.setting), []).append(ask)
    return [tuple(group) for group in groups.values()]


def _affordable(asks: Sequence[Ask], share: float) -> list[Ask]:
    """As many asks as fit the share, the cheapest first, in their order."""
    kept: list[Ask] = []
    for ask in sorted(asks, key=lambda a: estimate([a], PUBLISHED.name)):
        if estimate([*kept, ask], PUBLISHED.name) <= share:
            kept.append(ask)
    return [ask for ask in asks if ask in kept]
