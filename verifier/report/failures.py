"""Where a refuted statement fails: in width, dimension, scale and precision.

A fault in one precision, or from a certain width on, shows in the draws that a run made anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from verifier.evidence.evidence import Evidence
from verifier.report.coverage import configurations
from verifier.report.ranges import Size

PRECISION = "precision"
ALONG: dict[str, Size] = {
    "width m": lambda c: c["width"],
    "dimension d": lambda c: c["data"]["dimension"],
    "samples N": lambda c: c["data"]["samples"],
    "scale of the data": lambda c: c["data"]["scale"],
    PRECISION: lambda c: {"float32": 32, "float64": 64}[c["dtype"]],
}
"""By name, from a configuration as plain data; one of another kind may lack some."""

Option = Callable[[Mapping[str, Any]], str]
OPTIONS: tuple[Option, ...] = (
    lambda c: "with momentum" if c["momentum"] > 0 else "without momentum",
    lambda c: "with the leaky ReLU" if c["slope"] > 0 else "with the ReLU",
    lambda c: "with trained biases" if c["train_bias"] else "with biases that are not trained",
    lambda c: f"with the {c['loss']} loss",
    lambda c: f"in {c['dtype']}",
    lambda c: "with one step" if len(c["f_steps"]) == 1 else "with several steps",
)
"""What draws may have in common, in words."""
NOTHING = ("", 0, 0)
"""In common."""
RARE = 1e-3
"""More likely than so, what draws that fail have in common is no news."""

MOST = 150
"""Draws shown of those that fail, and of those that hold."""


def counted(evidence: Sequence[Evidence]) -> dict[str, int]:
    """How many draws `fail`, `of` how many that were compared.

    `zero`: how many of those that hold have no perturbation other than 0, which hides most faults.
    """
    fail = sum(not e.holds for e in evidence)
    hold = [e for e in evidence if e.holds and not e.is_vacuous]
    return {"fail": fail, "of": fail + len(hold), "zero": sum(map(_is_zero, hold))}


def failures(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Along each size: its `name`, how many draws `fail` of how many and where, and `points`.

    `failing`, `drawn`: least and greatest value of those that fail, and of all; `points`: value and
    error of at most `MOST` draws that fail and as many that hold. Empty where nothing fails.
    """
    if all(e.holds for e in evidence):
        return []
    found = []
    for name, size in ALONG.items():
        at = [(value, e) for e in evidence for value in _values(e, size)]
        fail = [(value, e.error) for value, e in at if not e.holds]
        hold = [(value, e.error) for value, e in at if e.holds and not e.is_vacuous]
        if not fail:
            continue
        found.append(
            {
                "name": name,
                "fail": len(fail),
                "of": len(fail) + len(hold),
                "failing": _range(value for value, _ in fail),
                "drawn": _range(value for value, _ in (*fail, *hold)),
                "points": [list(p) for p in (*_some(fail), *_some(hold))],
            }
        )
    return found


def shared(evidence: Sequence[Evidence]) -> tuple[str, int, int]:
    """The option of all draws that fail; how many draws have it, and how many hold without it.

    That for which all would have it least likely by chance; empty where chance could explain it.
    """
    fail = [e for e in evidence if not e.holds]
    hold = [e for e in evidence if e.holds and not e.is_vacuous]
    found: list[tuple[float, tuple[str, int, int]]] = []
    for option in OPTIONS:
        told = {_said(e, option) for e in fail}
        if len(told) == 1 and (said := told.pop()):
            have = len(fail) + sum(_said(e, option) == said for e in hold)
            chance = by_chance(len(fail), have, len(fail) + len(hold))
            found.append((chance, (said, have, len(fail) + len(hold) - have)))
    chance, best = min(found, default=(1.0, NOTHING))
    return best if chance < RARE else NOTHING


def by_chance(fail: int, alike: int, of: int) -> float:
    """How likely `fail` draws, taken at random from so many, are all among those that are `alike`.

    >>> by_chance(2, 2, 4)
    0.16666666666666666
    """
    return math.comb(alike, fail) / math.comb(of, fail)


def _said(evidence: Evidence, option: Option) -> str:
    """What the first configuration has of an option; empty where it has no such."""
    with suppress(KeyError, StopIteration):
        return option(next(configurations(evidence.configuration)))
    return ""


def _values(evidence: Evidence, size: Size) -> list[float]:
    """The first configuration's, where there are several."""
    with suppress(KeyError, StopIteration):
        return [float(size(next(configurations(evidence.configuration))))]
    return []


def _is_zero(evidence: Evidence) -> bool:
    """Whether each of its perturbations is zero, which hides most faults."""
    samples = evidence.configuration.get("data", {}).get("samples")
    return bool(samples) and evidence.notes.get("zero perturbations") == samples


def _range(values: Iterable[float]) -> list[float]:
    every = list(values)
    return [min(every), max(every)]


def _some(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Evenly spaced in their order."""
    step = -(-len(points) // MOST)
    return points[:: max(1, step)]


def tells(place: Mapping[str, Any]) -> bool:
    """Whether a size tells draws that fail from others: half of these lie outside their range."""
    least, greatest = place["failing"]
    hold = [value for value, error in place["points"] if error is not None and error <= 1]
    outside = sum(not least <= value <= greatest for value in hold)
    return 0 < len(hold) <= 2 * outside
