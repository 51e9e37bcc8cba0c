"""Deviations that a project expects of its code: `[[expected]]` in `verifier.toml`.

Strict both ways: one that is larger, has another cause or is out of date is a refutation, and one
that no longer occurs is an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from verifier.errors import number, require
from verifier.evidence.project import NAME, tables

KEY = "expected"


@dataclass(frozen=True)
class Expected:
    """One statement that may be refuted. `cause`: a part of the likely cause that is told.

    `at_most`: the largest error, in units of what rounding, or chance, allows. `until`: the last
    day, YYYY-MM-DD. `reason`: why the code is as it is. Raises `InputError`.
    """

    statement: str
    cause: str
    at_most: float
    until: str
    reason: str

    def __post_init__(self) -> None:
        for name in ("statement", "cause", "reason"):
            value = getattr(self, name)
            good = isinstance(value, str) and bool(value.strip())
            require(good, self._name(name), repr(value), "must be text that is not empty")
        number(self._name("at_most"), self.at_most, lambda v: 1 < v < math.inf, "must exceed 1")
        try:
            date.fromisoformat(self.until)
            is_date = True
        except (TypeError, ValueError):
            is_date = False
        require(is_date, self._name("until"), repr(self.until), "must be a date, YYYY-MM-DD")

    def _name(self, field: str) -> str:
        return f"{NAME}, {KEY}.{field}"

    def objection(self, error: float, cause: str, today: str) -> str:
        """Why a refutation is not the one that is expected; empty if it is."""
        if today > self.until:
            return f"was expected until {self.until}"
        if self.cause not in cause:
            return f"was expected with the cause {self.cause!r}"
        if not error <= self.at_most:
            return f"was expected with an error of at most {self.at_most:g}, not {error:.3g}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """Plain data; `Expected(**plain)` is an equal record."""
        return asdict(self)


def expected_in(path: Path, known: Iterable[str]) -> tuple[Expected, ...]:
    """The expected deviations of a project file; `InputError` for what is wrong in it.

    `known`: ids of statements.
    """
    found = tables(path).get(KEY, [])
    good = isinstance(found, list) and all(isinstance(entry, dict) for entry in found)
    require(good, f"{NAME}, {KEY}", repr(found), f"must be tables, each under [[{KEY}]]")
    expected = tuple(_read(entry) for entry in found)
    names = [entry.statement for entry in expected]
    for name in names:
        require(name in set(known), f"{NAME}, {KEY}.statement", repr(name), "is no statement's id")
        require(names.count(name) == 1, f"{NAME}, {KEY}.statement", repr(name), "is there twice")
    return expected


def _read(entry: Mapping[str, Any]) -> Expected:
    names = tuple(field.name for field in fields(Expected))
    for name in entry:
        require(name in names, f"{NAME}, {KEY}", repr(name), f"must be among {', '.join(names)}")
    for name in names:
        require(name in entry, f"{NAME}, {KEY}", sorted(entry), f"must have {name}")
    told = dict(entry)
    if isinstance(told["until"], date):
        told["until"] = told["until"].isoformat()
    return Expected(**told)
