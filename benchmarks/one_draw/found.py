"""What was found of one figure: kept in `docs/one-draw.json`, and in short for the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from benchmarks.one_draw.cases import CASES, SEEDS, Case
from benchmarks.one_draw.compared import (
    ACCURACY,
    ALL,
    TiltOutcome,
    as_far,
    change,
    read,
    tested,
)
from benchmarks.one_draw.trained import Place, Values
from verifier.reproduction import one_draw as packaged

DIGITS = 4
"""Decimals of the values that are kept."""


@dataclass(frozen=True)
class Sought:
    """The tilt that is nearest in one panel, of those of `distances`, and values of all panels.

    `random`: with targets as in the figures; `by_tilt`: at the nearest one, and at wrong ones.
    """

    tilt: int
    distances: dict[int, float]
    random: Values
    by_tilt: dict[int, Values]


@dataclass(frozen=True)
class Found:
    """One figure. `usual`: values of the panel shown, of every seed; `parts`: with one replaced."""

    case: Case
    usual: Values
    parts: dict[str, Values]
    sought: Sought | None

    @property
    def changes(self) -> dict[str, float]:
        """How much replacing each part changes a value, on average."""
        return {part: change(self.usual, values) for part, values in self.parts.items()}

    @property
    def decides(self) -> str:
        """The part whose replacement changes most."""
        single = {part: by for part, by in self.changes.items() if part != ALL}
        return max(single, key=single.__getitem__)

    @property
    def as_far(self) -> tuple[int, bool]:
        """How many of our draws lie as far to the published values' side; whether that is above."""
        return as_far(self.usual, read([self.case.panel(self.case.shown)]))

    def tested(self) -> TiltOutcome | None:
        """What the tilt does in the panels in which it was not looked for; None without one."""
        if self.sought is None:
            return None
        return tested(self.case, self.sought.tilt, self.sought.random, self.sought.by_tilt)

    def packaged(self) -> packaged.OneDraw:
        """What the figures say of it."""
        far, is_above = self.as_far
        panel = self.case.panel(self.case.shown)
        of_g = tuple((x, tuple(self.usual[panel.name, x, ACCURACY])) for x in panel.xs)
        return packaged.OneDraw(
            self.case.title,
            len(SEEDS),
            far,
            is_above,
            self.decides,
            self.changes,
            panel.name,
            of_g,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain data, values rounded; `from_json` reads it."""
        parts = [[part, _rows(values)] for part, values in self.parts.items()]
        row = {"case": self.case.name, "usual": _rows(self.usual), "parts": parts, "sought": None}
        if self.sought is None:
            return row
        distances = [[tilt, round(d, DIGITS)] for tilt, d in self.sought.distances.items()]
        by_tilt = [[tilt, _rows(values)] for tilt, values in self.sought.by_tilt.items()]
        sought = {"distances": distances, "random": _rows(self.sought.random), "by_tilt": by_tilt}
        return {**row, "sought": {"tilt": self.sought.tilt, **sought}}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """What `to_json` described."""
        (case,) = (case for case in CASES if case.name == row["case"])
        parts = {part: _values(rows) for part, rows in row["parts"]}
        sought = None
        if row["sought"] is not None:
            kept = row["sought"]
            by_tilt = {tilt: _values(rows) for tilt, rows in kept["by_tilt"]}
            distances = dict(map(tuple, kept["distances"]))
            sought = Sought(kept["tilt"], distances, _values(kept["random"]), by_tilt)
        return cls(case, _values(row["usual"]), parts, sought)


def _rows(values: Values) -> list[list[Any]]:
    return [[*place, [round(v, DIGITS) for v in found]] for place, found in values.items()]


def _values(rows: Sequence[Sequence[Any]]) -> Values:
    return {_place(row): row[-1] for row in rows}


def _place(row: Sequence[Any]) -> Place:
    panel, x, series = row[:3]
    return panel, x, series
