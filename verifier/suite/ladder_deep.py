"""A ladder of sizes for deep networks: one thing is large and all else tiny; then all at once.

There are fewer samples than dimensions on every rung, or E6 would say nothing outside their span.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from verifier.data.distributions import Data
from verifier.model.recipe import Recipe
from verifier.statements.depth.trial import DeepConfiguration
from verifier.suite.ingredients import typical_kernel
from verifier.suite.ladder import Sizes, alternating, rungs

_DATA = Data("shifted", 8, 4, separation=1.0)
_SMOOTH = DeepConfiguration(
    data=_DATA, widths=(5, 3), steps=(1.0, 0.5), batch_size=2, activation="tanh"
)
_KINKED = replace(_SMOOTH, activation="leaky relu", slope=0.1, loss="logistic")
_SINGLE = replace(_SMOOTH, activation="softplus", dtype="float32", train_bias=False)


def _data(samples: int, dimension: int) -> dict[str, Any]:
    return {"data": replace(_DATA, samples=samples, dimension=dimension)}


def _steps(count: int, momentum: float) -> dict[str, Any]:
    return {"steps": alternating(count), "momentum": momentum}


_FEW: Sizes = {
    "N = B = 257": {**_data(257, 300), "batch_size": 257},
    "d = 784": _data(4, 784),
    "K = 12": _steps(12, 0.0),
    "P = 1025": {"fresh_points": 1025},
    "widths 3, 129, 3": {"widths": (3, 129, 3)},
}
"""In float32 too."""

_ONE = {
    **_FEW,
    "N = 1025, B = 1": {**_data(1025, 8), "batch_size": 1},
    "B = 129": {"batch_size": 129, "replacement": True},
    "one layer of 300": {"widths": (300,)},
    "eight layers of 128": {"widths": (128,) * 8},
    "twelve layers of 3": {"widths": (3,) * 12},
}
_LONGEST = {
    "K = 101": _steps(101, 0.5),
    **{f"mu = {mu}": _steps(12, mu) for mu in (0.9, 0.99)},
}
_DECAY = {**_steps(12, 0.5), "weight_decay": 1.0}
_ALL = {
    "K = 30, mu = 0.9": {**_steps(30, 0.9), "nesterov": True},
    "K = 12, decay": {**_DECAY, "nesterov": True},
    "K = 12, decoupled decay": {**_DECAY, "decoupled": True},
    "K = 12, clipped": {**_steps(12, 0.5), "clip_norm": 0.5},
    "all": {
        **_data(129, 257),
        "batch_size": 64,
        "widths": (129, 65, 129),
        **_steps(10, 0.9),
        "fresh_points": 129,
    },
}


def _timed(c: DeepConfiguration) -> DeepConfiguration:
    """The same, trained for a time of a half over a rough size of the tangent kernel."""
    whole = 2 * Recipe(c.steps, momentum=c.momentum).time
    scale = whole * typical_kernel(c.data) * (1 + sum(c.widths))
    return replace(c, steps=tuple(eta / scale for eta in c.steps))


_rungs = partial(rungs, _timed)
LADDER = (*_rungs(_SMOOTH, _ONE, _LONGEST), *_rungs(_KINKED, _ONE, _ALL), *_rungs(_SINGLE, _FEW))
"""For E6 and E6s."""
