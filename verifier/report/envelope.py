"""Every statistical test of a run in one inline SVG: how near to refuting, how near to blind.

A line for each statement. Discs are its tests' errors: within the shaded envelope chance explains
them, beyond 1 they refute. The diamond is the largest ratio of a discrepancy that is surely found
to the one that has to be: beyond 1 the statement is underpowered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

LEFT, RIGHT, TOP, LINE = 62, 14, 30, 22
WIDTH = 460
FARTHEST = 1.25
"""Errors beyond it are drawn at the edge, with a mark of their own."""


def envelope(statements: Iterable[Mapping[str, Any]]) -> str:
    """The SVG of those of the `statements` that have tests; empty if none has."""
    tested = [s for s in statements if s["test_list"]]
    if not tested:
        return ""
    height = TOP + LINE * len(tested) + 8
    errors = [t["error"] for s in tested for t in s["test_list"]]
    beyond = sum(e is None or e > 1 for e in errors)
    says = (
        f"Errors of {len(errors)} statistical tests of {len(tested)} statements in units of what "
        f"chance allows: {beyond} beyond the limit 1, the largest within it "
        f"{max((e for e in errors if e is not None and e <= 1), default=0):.2g}."
    )
    lines = [_line(s, TOP + LINE * k + LINE / 2) for k, s in enumerate(tested)]
    return (
        f'<svg class="envelope" viewBox="0 0 {WIDTH} {height}" role="group" aria-label="{says}">'
        f"{_axis(height)}{''.join(lines)}</svg>"
    )


def nearest(statements: Iterable[Mapping[str, Any]], count: int = 8) -> list[dict[str, Any]]:
    """The tests with the largest errors, one of each name: what a reader would ask about first."""
    every = [{"id": s["id"], **t} for s in statements for t in s["test_list"]]
    worst = sorted(every, key=lambda t: math.inf if t["error"] is None else t["error"])[::-1]
    named = {(t["id"], t["conclusion"]): t for t in reversed(worst)}
    return [t for t in worst if named[t["id"], t["conclusion"]] is t][:count]


def _x(value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / FARTHEST


def _axis(height: float) -> str:
    """Shaded to 1, with the limit and a scale above."""
    bottom = height - 6
    parts = [
        f'<rect class="within" x="{_x(0):g}" y="{TOP}" width="{_x(1) - _x(0):g}" '
        f'height="{bottom - TOP:g}"/>',
        f'<path class="limit" d="M{_x(1):g} {TOP - 5}V{bottom:g}"/>',
    ]
    for value in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<text class="tick" x="{_x(value):g}" y="{TOP - 9}">{value:g}</text>')
    return "".join(parts)


def _line(s: Mapping[str, Any], y: float) -> str:
    marks = "".join(_disc(test, y) for test in s["test_list"])
    detects = s["detects"]
    return (
        f'<a href="#{s["id"]}"><text class="name" x="{LEFT - 10}" y="{y + 4:g}">'
        f"{escape(s['id'])}</text></a>"
        f'<path class="row" d="M{_x(0):g} {y:g}H{WIDTH - RIGHT}"/>{marks}{_diamond(detects, y)}'
    )


def _disc(test: Mapping[str, Any], y: float) -> str:
    error = test["error"]
    said = escape(f"{test['conclusion']}: {'infinite' if error is None else f'{error:.2g}'}")
    if error is None or error > 1:
        x = _x(FARTHEST if error is None else min(error, FARTHEST)) - 4
        shape = f'<path class="beyond" d="M{x - 4:.1f} {y - 4:g}l8 8m0 -8l-8 8"/>'
    else:
        shape = f'<circle class="test" cx="{_x(error):.1f}" cy="{y:g}" r="3.5"/>'
    return f"<g><title>{said}</title>{shape}</g>"


def _diamond(detects: float | None, y: float) -> str:
    x = _x(FARTHEST if detects is None else min(detects, FARTHEST))
    return f'<path class="power" d="M{x:.1f} {y - 5:g}l5 5l-5 5l-5 -5z"/>'
