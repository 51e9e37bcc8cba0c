"""Why a figure's published g lies to one side of ours: all its panels are of one draw.

Found by `python -m benchmarks.one_draw`, which says what of a draw decides where g lies; nothing of
it decides a verdict.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from verifier.reproduction.comparison.bands import band

PATH = Path(__file__).parent / "published" / "one_draw.json"
PAGE = "one-draw.md"
"""Of the docs, with all values and the controls."""

WHY = "all panels of a published figure are of one draw"

PARTS = {
    "data": "the samples",
    "f": "the initial weights of f",
    "g": "the initial weights of g",
    "targets": "the random targets",
}


@dataclass(frozen=True)
class OneDraw:
    """What was found for one figure, in one panel.

    `as_far`: of `seeds` draws of ours, how many lie as far to the side of the published one, which
    is above our mean or not. `changes`: how much replacing one part of a draw, or all, changes a
    value on average; `decides`: the part whose replacement changes most. `of_g`: for each x of
    `panel`, the accuracies of g, one for each draw.
    """

    title: str
    seeds: int
    as_far: int
    is_above: bool
    decides: str
    changes: dict[str, float]
    panel: str = ""
    of_g: tuple[tuple[float, tuple[float, ...]], ...] = ()


@functools.cache
def draws() -> dict[str, OneDraw]:
    """What was found, by the figure's title; empty without the file."""
    if not PATH.is_file():
        return {}
    rows = json.loads(PATH.read_text(encoding="utf-8"))
    found = [
        OneDraw(**{**row, "of_g": tuple((x, tuple(values)) for x, values in row.get("of_g", ()))})
        for row in rows
    ]
    return {one.title: one for one in found}


def of_figures(content: dict[str, Any]) -> list[OneDraw]:
    """What was found of a gallery's figures in which g scatters."""
    titles = [figure["title"] for figure in content["figures"] if figure["g"]["chaotic"]]
    return [found for title in titles if (found := draws().get(title))]


def as_one_sided(one: OneDraw, xs: Sequence[float], count: int, others: int) -> float | None:
    """How often one of our draws, beside the mean of so many `others`, lies as far to one side.

    The share of all ways to take them in which the one is on the published side of that mean at
    `count` of the `xs` or more. None where not all `xs` were trained, or with too few draws.

    >>> of_g = ((1.0, (0.1, 0.2, 0.9)), (2.0, (0.3, 0.2, 0.8)))
    >>> one = OneDraw("toy", 3, 1, True, "g", {}, of_g=of_g)
    >>> as_one_sided(one, [1.0, 2.0], 2, others=2)  # the third alone is above both times
    0.3333333333333333
    """
    side = 1 if one.is_above else -1
    ways = [
        sum(side * (own - fmean(rest)) > 0 for own, rest in way) for way in _ways(one, xs, others)
    ]
    return fmean(above >= count for above in ways) if ways else None


def outside(
    one: OneDraw, xs: Sequence[float], count: int, others: int
) -> tuple[float, float] | None:
    """How often one of our draws lies outside the band of so many `others`.

    The share of all ways to take them in which it does at `count` of the `xs` or more, and the
    share of points at which it does, over all ways. None where not all `xs` were trained, or with
    too few draws.

    >>> of_g = ((1.0, (0.1, 0.2, 0.9)), (2.0, (0.1, 0.2, 0.15)))
    >>> one = OneDraw("toy", 3, 1, True, "g", {}, of_g=of_g)
    >>> outside(one, [1.0, 2.0], 1, others=2)  # the band of two is wide: only 0.9 is outside
    (0.0, 0.0)
    """
    ways = [
        sum(not low <= own <= high for own, rest in way for low, high in [_band(rest)])
        for way in _ways(one, xs, others)
    ]
    return (fmean(n >= count for n in ways), fmean(ways) / len(xs)) if ways else None


def _band(values: Sequence[float]) -> tuple[float, float]:
    return band(values) or (-math.inf, math.inf)


def _ways(one: OneDraw, xs: Sequence[float], others: int) -> list[list[tuple[float, list[float]]]]:
    """Every way to take one draw and so many others: at each x its value, and theirs."""
    of_g = dict(one.of_g)
    if not xs or not {*xs} <= {*of_g} or others >= one.seeds:
        return []
    return [
        [(of_g[x][own], [of_g[x][k] for k in chosen]) for x in xs]
        for own in range(one.seeds)
        for chosen in combinations([k for k in range(one.seeds) if k != own], others)
    ]


def how_usual(found: Sequence[OneDraw]) -> str:
    """How many of our draws lie as far to the published side, and what of a draw decides that."""
    return ", ".join(
        f"{one.as_far} of our {one.seeds} draws {'is' if one.as_far == 1 else 'are'} as "
        f"{'high' if one.is_above else 'low'} in {one.title}, decided by {PARTS[one.decides]}"
        for one in found
    )
