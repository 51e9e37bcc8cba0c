"""Kinds of configurations together: in a few rows, every three of them.

A random search draws most single kinds often, and three that a fault needs at once (a loss, a slope
and momentum, say) now and then or never. These rows are a covering array of strength three.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

from verifier.data.distributions import Data
from verifier.model.recipe import Recipe
from verifier.trial.configuration import Configuration

STRENGTH = 3
KINDS: dict[str, tuple[Any, ...]] = {
    "dtype": ("float64", "float32"),
    "loss": ("identity", "logistic", "exponential", "mixture"),
    "slope": (0.0, 0.3, 1.0),
    "momentum": (0.0, 0.9),
    "train_bias": (True, False),
    "labels": ("class", "one"),
    "arrangement": ("none", "duplicated"),
    "steps": ((1.0,), (1.0,) * 4, tuple(1.0 + k % 3 for k in range(12))),
    "width": (16, 64, 200),
    "samples": (1, 5, 256),
    "dimension": (1, 3, 784),
    "scenario": ("a", "b"),
}
"""Steps are equal and unequal; 256 samples and points are whole blocks of any size but the last."""

_MIXTURE = (
    ("linear", 0.1),
    ("convex", 0.5),
    ("bounded", 0.7),
    ("rate", 1.5),
    ("offset", 0.2),
)
_LENGTH = 0.3  # of a sample: float32 knows f, and with it the loss, well
_TRIED = 20  # rows of which the one with most new combinations is taken


def covering(levels: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Rows of numbers below `levels`; any three columns show all that they can, greedily."""
    draws = random.Random(0)
    columns = list(combinations(range(len(levels)), STRENGTH))
    left = {(c, v) for c in columns for v in product(*(range(levels[k]) for k in c))}

    def shown(row: Sequence[int]) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
        return {(c, tuple(row[k] for k in c)) for c in columns}

    while left:
        rows = [[draws.randrange(n) for n in levels] for _ in range(_TRIED)]
        where, values = min(left)
        for row in rows:
            for k, value in zip(where, values, strict=True):
                row[k] = value
        best = max(rows, key=lambda row: len(shown(row) & left))
        left -= shown(best)
        yield tuple(best)


def configurations() -> Iterator[Configuration]:
    """One for each row, of a time of order one in units of the kernel."""
    for row in covering([len(kinds) for kinds in KINDS.values()]):
        of = {name: kinds[k] for (name, kinds), k in zip(KINDS.items(), row, strict=True)}
        d, shape = of.pop("dimension"), of.pop("steps")
        time = Recipe(shape, momentum=of["momentum"]).time
        steps = tuple(step / time for step in shape)
        data = Data(
            "shifted",
            d,
            of.pop("samples"),
            scale=_LENGTH / d**0.5,
            separation=1.0,
            labels=of.pop("labels"),
            arrangement=of.pop("arrangement"),
        )
        constants = _MIXTURE if of["loss"] == "mixture" else ()
        yield Configuration(
            data=data,
            f_steps=steps,
            g_steps=steps,
            eps=_LENGTH,
            loss_constants=constants,
            fresh_points=254,
            **of,
        )
