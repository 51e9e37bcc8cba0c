"""A statement, controls and a chapter that need nothing but the records themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from verifier.statements import ADDED, IDENTITY, Chapter, Control, PathwiseStatement

T1 = PathwiseStatement(
    id="T1",
    statement="nothing is compared",
    kind=IDENTITY,
    source="a test",
    proof="docs/toy.md",
    carries=ADDED,
    needs=("train",),
    compare=lambda trial, out: None,
)


def controls(*names: str, refuted_by: tuple[str, ...] = ("T1",)) -> tuple[Control, ...]:
    return tuple(Control(name, "nothing is wrong", refuted_by) for name in names)


def chapter(**changes: Any) -> Chapter:
    """A chapter with T1 and two controls of it."""
    plain: dict[str, Any] = {
        "title": "Toys",
        "sentence": "They say nothing.",
        "statements": (T1,),
        "controls": controls("first", "second"),
    }
    return Chapter(**{**plain, **changes})


def renamed(name: str) -> tuple[PathwiseStatement, tuple[Control, ...]]:
    """T1 under another id, with controls of its own."""
    return replace(T1, id=name), controls("first", "second", refuted_by=(name,))
