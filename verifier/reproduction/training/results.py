"""What one trained point, one map and one explained image leave behind, and their JSON."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from verifier.reproduction.panels import PointSetting

Array = NDArray[Any]


@dataclass(frozen=True)
class Run:
    """One pair of learning rates: effective times, measured series and, where known, predicted.

    `measured`, `predicted`: values by series; a training that diverged measured nothing.
    `time_f`, `time_g`: T, the sum of the effective step weights, plateau cuts included.
    """

    rate_f: float
    rate_g: float
    time_f: float
    time_g: float
    measured: dict[str, float]
    predicted: dict[str, float]


@dataclass(frozen=True)
class PointResult:
    """One setting under one recipe with one seed, at every pair of its learning rates."""

    setting: PointSetting
    recipe: str
    seed: int
    runs: tuple[Run, ...]
    seconds: float

    def best(self, series: str) -> float:
        """The largest value of `series` over the pairs of rates, as published; NaN if none."""
        return max(
            (r.measured[series] for r in self.runs if series in r.measured), default=math.nan
        )

    def worst(self, series: str) -> float:
        """The smallest value of `series` over the pairs of rates; NaN if none."""
        return min(
            (r.measured[series] for r in self.runs if series in r.measured), default=math.nan
        )

    def first(self, series: str) -> float:
        """The value of `series` at the first of its rates, without any choice; NaN if none."""
        return self.runs[0].measured.get(series, math.nan)

    def predicted(self, series: str) -> float:
        """The theory's prediction, without training, at the rates that measured best; or NaN."""
        runs = [r for r in self.runs if series in r.measured and series in r.predicted]
        best = max(runs, key=lambda r: r.measured[series], default=None)
        return math.nan if best is None else best.predicted[series]

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` returns an equal result."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        """What `to_json` described."""
        return cls(
            setting=setting_from_json(record["setting"]),
            recipe=record["recipe"],
            seed=record["seed"],
            runs=tuple(Run(**run) for run in record["runs"]),
            seconds=record["seconds"],
        )


@dataclass(frozen=True, eq=False)
class MapResult:
    """f and g on the plane of the class means, and what the theory says of their signs.

    `agree`, `f_hat`, `g_hat`, `published_g_hat`: (resolution, resolution), row by row along the
    second axis; `projected (N, 2)`, `labels (N,)`: the training samples on the plane.
    """

    setting: PointSetting
    seed: int
    agree: Array
    f_hat: Array
    g_hat: Array
    published_g_hat: Array
    projected: Array
    labels: Array
    seconds: float

    _ARRAYS = ("agree", "f_hat", "g_hat", "published_g_hat", "projected", "labels")

    def to_json(self) -> dict[str, Any]:
        """Plain data, arrays compressed; `from_json` returns an equal result."""
        arrays = {name: encoded(getattr(self, name)) for name in self._ARRAYS}
        return {
            **{"setting": asdict(self.setting), "seed": self.seed, "seconds": self.seconds},
            **arrays,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        """What `to_json` described."""
        arrays = {name: decoded(record[name]) for name in cls._ARRAYS}
        setting = setting_from_json(record["setting"])
        return cls(setting, record["seed"], **arrays, seconds=record["seconds"])


@dataclass(frozen=True, eq=False)
class Explained:
    """Images, their perturbations, and the weighted sums of training samples predicted for them.

    `images`, `perturbations`, `sums`: (k, 784), the latter two of unit length; `labels (k,)`;
    `cosines (k,)`: between the latter two.
    """

    task: str
    seed: int
    images: Array
    perturbations: Array
    sums: Array
    labels: Array
    cosines: Array

    _ARRAYS = ("images", "perturbations", "sums", "labels", "cosines")

    def to_json(self) -> dict[str, Any]:
        """Plain data, arrays compressed."""
        arrays = {name: encoded(getattr(self, name)) for name in self._ARRAYS}
        return {"task": self.task, "seed": self.seed, **arrays}

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Self:
        """What `to_json` described."""
        return cls(
            record["task"], record["seed"], **{name: decoded(record[name]) for name in cls._ARRAYS}
        )


def setting_from_json(record: dict[str, Any]) -> PointSetting:
    """The setting whose `asdict` went through JSON."""
    return PointSetting(
        **{**record, **{name: tuple(record[name]) for name in ("rates_f", "rates_g")}}
    )


def encoded(array: Array) -> dict[str, Any]:
    """An array as JSON: dtype, shape and its compressed bytes."""
    data = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes())).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "zlib": data}


def decoded(record: dict[str, Any]) -> Array:
    """The array that `encoded` described."""
    data = zlib.decompress(base64.b64decode(record["zlib"]))
    return np.frombuffer(data, dtype=record["dtype"]).reshape(record["shape"])
