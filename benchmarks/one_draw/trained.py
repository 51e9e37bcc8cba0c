"""Panels of the paper's figures, trained as published from a draw that is chosen part by part.

*Tilt*: how many targets more than half are +1; their places are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from verifier.reproduction.panels import Panel, PointSetting
from verifier.reproduction.training.clean_network import CURVES, Ask, CleanNetwork
from verifier.reproduction.training.predicted import Predicted
from verifier.reproduction.training.recipes import PUBLISHED
from verifier.reproduction.training.results import PointResult
from verifier.reproduction.training.samples import draw_network, draw_samples

SERIES = ("perturbation", "agreement")

RANDOM = None
"""The tilt of targets that are drawn, each by itself, as in the figures."""

Tilt = int | None
Place = tuple[str, float, str]
"""Of a published value: panel, x, series."""
Values = dict[Place, list[float]]
"""At each place, one of every draw."""
Found = dict[str, dict[str, float]]
"""By the number of a setting, then by series."""


class Draw(NamedTuple):
    """What a training starts from: a seed for each part, and the tilt of the targets."""

    data: int
    f: int
    g: int
    targets: int
    tilt: Tilt = RANDOM

    @classmethod
    def by(cls, seed: int, tilt: Tilt = RANDOM) -> Draw:
        """All parts by one seed, as in the figures."""
        return cls(seed, seed, seed, seed, tilt)


@dataclass(frozen=True)
class Job:
    """Some settings of one clean network, and one draw."""

    settings: tuple[PointSetting, ...]
    draw: Draw

    @property
    def name(self) -> str:
        """What tells it from every other in the file of results."""
        s = self.settings[0]
        shared = s.data, s.d, s.m, s.gamma
        points = [[q.eps, q.epochs_f, q.epochs_g] for q in self.settings]
        return json.dumps([*shared, points, *self.draw])


class Unpredicted(Predicted):
    """No prediction: it would take longer than the trainings."""

    def curves(self, *_: object) -> dict[str, float]:
        """Nothing."""
        return {}


def tilted(samples: int, tilt: int, seed: int) -> Tensor:
    """Targets of which `tilt` more than half are +1, at random places, (samples,), float32."""
    generator = torch.Generator(device="cpu").manual_seed(30_000 + seed)
    targets = -torch.ones(samples, dtype=torch.float32, device="cpu")
    places = torch.randperm(samples, generator=generator, device="cpu")
    targets[places[: samples // 2 + tilt]] = 1
    return targets


def trained(job: Job) -> Found:
    """Accuracy of g and its agreement with f, each the best over the rates, as published."""
    torch.set_num_threads(1)
    draw, first = job.draw, job.settings[0]
    network = CleanNetwork([Ask(CURVES, s) for s in job.settings], PUBLISHED.name, draw.data)
    samples = network.start.samples
    if draw.tilt is RANDOM:
        targets = draw_samples(first, draw.targets, None, "cpu").targets
    else:
        targets = tilted(len(samples.y), draw.tilt, draw.targets)
    samples = replace(samples, targets=targets)
    network.start = replace(
        network.start,
        samples=samples,
        f_0=draw_network("f", first, draw.f, "cpu"),
        g_0=draw_network("g", first, draw.g, "cpu"),
        predicted=Unpredicted(first, draw.data, samples, images=None),
    )
    found = {}
    for ask, result in network.results():
        point = PointResult.from_json(result)
        found[str(job.settings.index(ask.setting))] = {s: point.best(s) for s in SERIES}
    return found


def jobs(panels: Sequence[Panel], draws: Sequence[Draw]) -> Iterator[Job]:
    """Every clean network of these panels, from every draw."""
    for settings in _groups(panels):
        for draw in draws:
            yield Job(settings, draw)


def _groups(panels: Iterable[Panel]) -> list[tuple[PointSetting, ...]]:
    """All settings of each panel, each once, by the clean network that they share."""
    found: dict[tuple[str, int, int, float], dict[PointSetting, None]] = {}
    for panel in panels:
        for s in panel.settings:
            found.setdefault((panel.name, s.d, s.m, s.gamma), {})[s] = None
    return [tuple(settings) for settings in found.values()]


class Kept:
    """The results of jobs, in a file to which each is appended as it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results: dict[str, Found] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.results[row["job"]] = row["found"]

    def missing(self, wanted: Iterable[Job]) -> list[Job]:
        """Those of the jobs that are not done."""
        return [job for job in wanted if job.name not in self.results]

    def put(self, job: Job, found: Found) -> None:
        """Keep what a job found."""
        self.results[job.name] = found
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"job": job.name, "found": found}) + "\n")

    def values(self, panels: Sequence[Panel], draws: Sequence[Draw]) -> Values:
        """Of each point of these panels, both series: a value of every draw, in order."""
        by_setting: dict[tuple[PointSetting, str], dict[Draw, float]] = {}
        for job in jobs(panels, draws):
            for number, series in self.results[job.name].items():
                for name, value in series.items():
                    key = (job.settings[int(number)], name)
                    by_setting.setdefault(key, {})[job.draw] = value  # panels share settings
        return {
            (panel.name, x, series): [by_setting[setting, series][draw] for draw in draws]
            for panel in panels
            for x, setting in zip(panel.xs, panel.settings, strict=True)
            for series in SERIES
        }
