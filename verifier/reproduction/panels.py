"""The paper's figures as data: 62 panels of curves and 8 maps of agreement, with every parameter.

A panel is a sequence of settings, one for each point of its x axis. `published/panels.json` is read
and nothing is added to it but names, so that what is run is what was published.
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from verifier.errors import require

PUBLISHED_NAMES = {
    "mean-shifted Gaussian": "shifted",
    "Gaussian": "gaussian",
    "MNIST 1 vs 2": "mnist",
    "Fashion-MNIST 0 vs 9": "fashion-mnist",
}
IMAGES = ("mnist", "fashion-mnist")
SERIES = {
    "standard": "accuracy of f",
    "perturbation": "accuracy of g",
    "agreement": "agreement of f and g",
    "cossim": "|cos| of perturbation and direction",
}
AXES = {
    "d": "input dimension d",
    "eps": "perturbation size ε",
    "m": "width m",
    "gamma": "slope γ",
    "N": "samples N",
    "epochs_f": "epochs of f",
    "epochs_g": "epochs of g",
}


@dataclass(frozen=True)
class PointSetting:
    """Everything that decides a point but the seed and the recipe.

    `data`: "shifted", "gaussian" or an image task. `scenario`: "a" (perturbations alone) or "b".
    `rates_f`, `rates_g`: learning rates among which the published recipe takes the best.
    """

    data: str
    scenario: str
    d: int
    m: int
    N: int
    gamma: float
    eps: float
    loss: str
    epochs_f: int
    epochs_g: int
    rates_f: tuple[float, ...]
    rates_g: tuple[float, ...]

    def reduced(self, factor: int) -> PointSetting:
        """N and d divided by `factor`, eps by its root (the paper's rule: eps ~ sqrt d).

        Images keep their dimension and so eps; N stays even, as the mean-shifted data need.
        """
        N = max(2, 2 * round(self.N / factor / 2))
        if self.data in IMAGES:
            return replace(self, N=N)
        d = max(1, round(self.d / factor))
        return replace(self, N=N, d=d, eps=self.eps * math.sqrt(d / self.d))


@dataclass(frozen=True)
class Panel:
    """One panel of curves: `series` over the `settings`, whose parameter `x` takes the values `xs`.

    `figure`, `row`, `col`: its place in the paper, 0-based. `factor`: what N and d are divided by,
    1 at published size.
    """

    name: str
    figure: str
    row: int
    col: int
    x: str
    xs: tuple[float, ...]
    settings: tuple[PointSetting, ...]
    series: tuple[str, ...]
    x_scale: str
    factor: int = 1

    @property
    def loss(self) -> str:
        """The loss of all its trainings."""
        return self.settings[0].loss

    def reduced(self, factor: int) -> Panel:
        """The same panel with smaller N and d; of points that fall on one x the first is kept."""
        small = [s.reduced(factor) for s in self.settings]
        moved = self.x in ("d", "N", "eps")
        xs = [float(getattr(s, self.x)) for s in small] if moved else list(self.xs)
        kept = [i for i, x in enumerate(xs) if x not in xs[:i]]
        return replace(
            self,
            name=f"{self.name}-reduced",
            factor=factor,
            settings=tuple(small[i] for i in kept),
            xs=tuple(xs[i] for i in kept),
        )

    def thinned(self, points: int) -> Panel:
        """The same panel with at most so many points, 2 or more, evenly spread over its own."""
        last = len(self.xs) - 1
        count = min(points - 1, last)
        kept = sorted({round(i * last / max(1, count)) for i in range(count + 1)})
        chosen = tuple(self.settings[i] for i in kept)
        return replace(self, settings=chosen, xs=tuple(self.xs[i] for i in kept))


@dataclass(frozen=True)
class AgreementMap:
    """Where f and g agree on the plane of the two normalised class means.

    `limits`: of both axes, in units of the data; `resolution`: points along each.
    """

    name: str
    setting: PointSetting
    limits: tuple[float, float]
    resolution: int
    factor: int = 1

    def reduced(self, factor: int) -> AgreementMap:
        """The same map with smaller N and d, and half the resolution."""
        small = self.setting.reduced(factor)
        shrink = math.sqrt(small.d / self.setting.d)  # the class means' lengths fall like sqrt d
        low, high = (shrink * v for v in self.limits)
        return AgreementMap(
            f"{self.name}-reduced", small, (low, high), self.resolution // 2, factor
        )


def _read(name: str) -> str:
    return (resources.files(__name__.rpartition(".")[0]) / "published" / name).read_text("utf-8")


def _setting(
    entry: dict[str, Any], rates_f: list[float], rates_g: list[float], **chosen: Any
) -> PointSetting:
    fields = {**entry.get("fixed", entry), **chosen}
    return PointSetting(
        data=PUBLISHED_NAMES[entry["data"]],
        scenario=entry["scenario"],
        d=fields["d"],
        m=fields["m"],
        N=fields["N"],
        gamma=fields["gamma"],
        eps=fields["eps"],
        loss=entry["loss"],
        epochs_f=fields["epochs_f"],
        epochs_g=fields["epochs_g"],
        rates_f=tuple(rates_f),
        rates_g=tuple(rates_g),
    )


def _panel(entry: dict[str, Any]) -> Panel:
    values = entry["values"]
    x = entry["varies"][0]
    rates = entry["learning_rates_f"], entry["learning_rates_g"]
    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    figure = entry["figure"]
    if figure == "cossim":
        figure = f"cossim-{PUBLISHED_NAMES[entry['data']]}"
    parts = [figure, x, *(["logistic"] if entry["loss"] == "logistic" else [])]
    return Panel(
        name="-".join(parts).replace("_", "-"),
        figure=entry["figure"],
        row=entry["row"],
        col=entry["col"],
        x=x,
        xs=tuple(float(v) for v in values[x]),
        settings=tuple(_setting(entry, *rates, **row) for row in rows),
        series=tuple(entry["series"]),
        x_scale=entry["x_scale"],
    )


def _map(entry: dict[str, Any]) -> AgreementMap:
    rate = [entry["learning_rate"]]
    epochs = entry["epochs"]
    setting = _setting(entry, rate, rate, epochs_f=epochs, epochs_g=epochs)
    low, high = entry["limits"]
    name = f"map-{setting.data}-{setting.scenario}"
    return AgreementMap(name, setting, (float(low), float(high)), entry["resolution"])


@functools.cache
def published_panels() -> dict[str, Panel]:
    """The 62 panels of curves at published size, by name."""
    entries = json.loads(_read("panels.json"))["panels"]
    return {panel.name: panel for panel in map(_panel, entries)}


@functools.cache
def published_maps() -> dict[str, AgreementMap]:
    """The 8 agreement maps at published size, by name."""
    entries = json.loads(_read("panels.json"))["maps"]
    return {drawn.name: drawn for drawn in map(_map, entries)}


def chosen(names: list[str]) -> tuple[list[Panel], list[AgreementMap]]:
    """Panels and maps whose name is, or begins with, one of `names`; all of them if it is empty.

    Raises `InputError` for a name that fits none.
    """
    panels, maps = published_panels(), published_maps()
    known = (*panels, *maps)
    for name in names:
        fits = any(k == name or k.startswith(f"{name}-") for k in known)
        require(fits, "PANEL", repr(name), "must begin the name of a panel; --list shows them")

    def wanted(known_name: str) -> bool:
        return not names or any(known_name == n or known_name.startswith(f"{n}-") for n in names)

    return [p for k, p in panels.items() if wanted(k)], [a for k, a in maps.items() if wanted(k)]
