"""Deep configurations that the tests of E6 share."""

from __future__ import annotations

import dataclasses
from typing import Any

from verifier.data.distributions import Data
from verifier.statements import PATHWISE
from verifier.statements.depth.trial import DeepConfiguration

E6 = PATHWISE["E6"]
PLAIN = DeepConfiguration(
    Data("shifted", 12, 6),
    widths=(7, 5),
    steps=(0.05, 0.1, 0.02, 0.1),
    batch_size=3,
    slope=0.2,
    momentum=0.7,
    nesterov=True,
    weight_decay=0.8,
    clip_norm=2.0,
    loss="logistic",
)
OPTIONS: list[dict[str, Any]] = [
    {},
    {"nesterov": False},
    {"nesterov": False, "momentum": 0.0},
    {"nesterov": False, "momentum": 0.0, "decoupled": True},
    {"decoupled": True},
    {"decoupled": True, "nesterov": False},
    {"weight_decay": 0.0, "clip_norm": None},
]


def plain(**changes: Any) -> DeepConfiguration:
    return dataclasses.replace(PLAIN, **changes)
