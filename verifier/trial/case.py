"""A case: a configuration with the very arrays it is checked on, in place of a hashed draw.

A search over draws, such as the hunt, needs to say which draw it found. A case is a configuration
whose data are raw points, and one more entry in its JSON, `draw`, with every other array.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import InputError, require
from verifier.evidence.files import read_json, write_whole, written
from verifier.model.network import (
    Parameters,
    check_data,
    check_parameters,
    check_tensor,
)
from verifier.model.usable_device import usable_device
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings


@dataclass(frozen=True)
class Case:
    """A configuration and its draw. `found`: what is known of it, e.g. which ratio it reaches.

    Only what f needs is written to JSON; read back, g starts as f did and its targets are `y`.
    """

    configuration: Configuration
    start: Draw
    found: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls, configuration: Configuration, f_0: Parameters, X: Tensor, y: Tensor, z: Tensor
    ) -> Case:
        """The case of these arrays; data, sizes and dtype of the configuration are set to fit."""
        check_parameters(f_0)
        check_data(X, y, f_0)
        check_tensor("z", z, (None, f_0.dimension), X)
        points = tuple(tuple(row) for row in X.tolist())
        described = replace(
            configuration,
            data=Data("raw", X.shape[1], len(X), points=points),
            width=f_0.width,
            dtype=str(X.dtype).removeprefix("torch."),
            fresh_points=len(z),
            kink_free=False,  # of the configuration's own draw alone
        )
        return cls(described, Draw(f_0, f_0.clone(), X, y, y, z))

    @classmethod
    def drawn(cls, configuration: Configuration, settings: Settings | None = None) -> Case:
        """The case that a configuration and a run's settings stand for, in float64."""
        start = draw(configuration, settings)
        X, y, z = (t.double() for t in (start.X, start.y, start.z))
        return cls.of(configuration, start.f_0.to(X.device, X.dtype), X, y, z)

    def to_json(self) -> dict[str, Any]:
        """The configuration's fields, `draw`, and `found` if there is any."""
        start = self.start
        network = {name: getattr(start.f_0, name).tolist() for name in "Wba"}
        arrays = {**network, "y": start.y.tolist(), "z": start.z.tolist()}
        found = {} if self.found is None else {"found": dict(self.found)}
        return {**found, **self.configuration.to_json(), "draw": arrays}

    @classmethod
    def from_json(cls, record: Mapping[str, Any], device: torch.device | str = "cpu") -> Case:
        """The case that `to_json` described; raises `InputError`."""
        fields = dict(record)
        arrays, found = fields.pop("draw", None), fields.pop("found", None)
        require(isinstance(arrays, dict), "draw", type(arrays).__name__, "must hold arrays")
        configuration = Configuration.from_json(fields)
        place = usable_device(device)
        data = configuration.data
        require(data.family == "raw", "family", repr(data.family), "must be 'raw' beside a draw")

        def tensor(value: Any) -> Tensor:
            return torch.tensor(value, dtype=configuration.torch_dtype, device=place)

        try:
            f_0 = Parameters(*(tensor(arrays[name]) for name in "Wba"))
            X = tensor(data.points) * data.scale
            y = tensor(arrays["y"])
            z = tensor(arrays["z"])
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError("draw", problem, "must hold arrays W, b, a, y and z") from None
        return replace(cls.of(configuration, f_0, X, y, z), found=found)

    @classmethod
    def load(cls, path: Path, device: torch.device | str = "cpu") -> Case:
        """The case in a JSON file; raises `InputError`."""
        return cls.from_json(read_json("case", path), device)

    @classmethod
    def at(cls, path: Path) -> Case:
        """The case, or the draw of the configuration, in a JSON file; raises `InputError`."""
        configuration, start = case_or_configuration(read_json("start", path))
        return cls.drawn(configuration) if start is None else cls(configuration, start)

    def save(self, path: Path) -> None:
        """Write `to_json`, with its folder, whole or not at all; raises `InputError`."""
        with written("case", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, (json.dumps(self.to_json(), indent=1) + "\n").encode())


def case_or_configuration(
    described: Any,
    read: Callable[[dict[str, Any]], Any] = Configuration.from_json,
    device: torch.device | str = "cpu",
) -> tuple[Any, Draw | None]:
    """The configuration in plain data, by `read`, and its draw if one is given; `InputError`."""
    if isinstance(described, dict) and "draw" in described:
        case = Case.from_json(described, device)
        return case.configuration, case.start
    return read(described), None
