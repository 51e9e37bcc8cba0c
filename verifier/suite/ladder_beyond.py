"""Ladders of sizes for batches, attacks of every kind, trained readouts and several classes.

As the ladder for any network (verifier.suite.ladder): one thing is large and all else tiny, and at
the end everything is large at once. Steps are shorter where kernels are larger or steps are more,
so that a run moves outputs by about as much on each rung and every correct code is comparable.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import Any

from verifier.data.distributions import Data
from verifier.model.classes import CROSS_ENTROPY, SQUARES
from verifier.statements.beyond.batch_trial import BatchConfiguration
from verifier.statements.beyond.class_trial import ClassConfiguration
from verifier.suite.ingredients import typical_kernel
from verifier.suite.ladder import Sizes, alternating, rungs
from verifier.trial.configuration import Configuration

_DATA = Data("shifted", 3, 6, separation=1.0)
_IDENTITY = Configuration(
    data=_DATA,
    width=4,
    slope=0.2,
    train_bias=True,
    f_steps=(1.0, 0.5),
    g_steps=(1.0, 0.3),
    eps=1.0,
    scenario="b",
    fresh_points=4,
)
_LOGISTIC = replace(_IDENTITY, loss="logistic", scenario="a", slope=0.1)
_SINGLE = replace(_LOGISTIC, train_bias=False, dtype="float32")


def _data(**changes: Any) -> dict[str, Any]:
    return {"data": replace(_DATA, **changes)}


def _steps(count: int, momentum: float) -> dict[str, Any]:
    steps = alternating(count)
    return {"f_steps": steps, "g_steps": steps, "momentum": momentum}


_784 = _data(dimension=784)
_FEW: Sizes = {
    "N = 65": _data(samples=65),
    "K = 17": _steps(17, 0.0),
    "P = 1025": {"fresh_points": 1025},
}
"""Of every kind, in float32 too."""

_ONE: Sizes = {
    **_FEW,
    "d = 784": _784,
    "N = 1025": _data(samples=1025),
    **{f"mu = {mu}": _steps(17, mu) for mu in (0.9, 0.99)},
    "m = 1000": {"width": 1000},
}
_LONGEST: Sizes = {"K = 101": _steps(101, 0.5)}
_ALL: Sizes = {
    "all": {
        **_data(samples=256, dimension=129),
        "width": 129,
        "fresh_points": 129,
        **_steps(30, 0.9),
    }
}


def _timed(c: Any) -> Any:
    """The same with f and g trained for a time of one over the typical kernel."""
    f, g = (recipe.time * typical_kernel(c.data) for recipe in (c.f_recipe, c.g_recipe))
    f_steps, g_steps = tuple(eta / f for eta in c.f_steps), tuple(eta / g for eta in c.g_steps)
    return replace(c, f_steps=f_steps, g_steps=g_steps)


_rungs = partial(rungs, _timed)


def _as(kind: type[Any], base: Configuration, **own: Any) -> Any:
    """The same as a configuration of a kind that has fields of its own."""
    return kind(**{field.name: getattr(base, field.name) for field in fields(base)} | own)


def _with(sizes: Sizes, **own: Any) -> Sizes:
    """The sizes, each with what a kind has alone."""
    return {what: {**changes, **own} for what, changes in sizes.items()}


_OF_BATCHES: Sizes = {
    "N = 1025, B = 1": {**_data(samples=1025), "batch_size": 1},
    "N = B = 257": {**_data(samples=257), "batch_size": 257},
    "B = 129": {"batch_size": 129, "sampler": "replacement"},
    "11 epochs": {**_steps(33, 0.0), "sampler": "epochs"},
}
_in_batches = partial(_as, BatchConfiguration, batch_size=2)
BATCHED = (
    *_rungs(_in_batches(_IDENTITY), _ONE, _OF_BATCHES, _LONGEST),
    *_rungs(_in_batches(_LOGISTIC), _ONE, _OF_BATCHES, _with(_ALL, batch_size=64)),
    *_rungs(_in_batches(_SINGLE), _FEW),
)
"""For E7."""

_OF_ATTACKS: Sizes = {
    name: {**_784, "attack": name} for name in ("Linf, 20 pixels", "L2, 300 pixels", "L10", "L1")
}
ATTACKED = (
    *_rungs(replace(_IDENTITY, attack="Linf"), _ONE, _OF_ATTACKS, _LONGEST),
    *_rungs(replace(_LOGISTIC, attack="L1.5"), _ONE, _OF_ATTACKS, _ALL),
    *_rungs(replace(_SINGLE, attack="Linf"), _FEW),
)
"""For E8."""

MOVING = (
    *_rungs(_IDENTITY, _ONE, {"K = 50": _steps(50, 0.5)}),
    *_rungs(_LOGISTIC, _ONE, _with(_ALL, **_steps(17, 0.9))),
    *_rungs(_SINGLE, _FEW),
)
"""For E9, which asks for a run of each number of steps up to the longest."""

_FEWER = _data(samples=129, dimension=129)  # E10's coefficients are many: P C^2 N
_OF_CLASSES: Sizes = {f"C = {c}": {"classes": c} for c in (10, 100)}
_entropy, _squares = (
    partial(_as, ClassConfiguration, loss="identity", class_loss=loss)
    for loss in (CROSS_ENTROPY, SQUARES)
)
CLASSED = (
    *_rungs(_entropy(_IDENTITY), _ONE, _OF_CLASSES, _with(_ALL, **_FEWER, classes=10)),
    *_rungs(_squares(_LOGISTIC), _ONE, _OF_CLASSES, _LONGEST),
    *_rungs(_entropy(_SINGLE), _FEW, {"C = 10": {"classes": 10}}),
)
"""For E10 and E10m."""
