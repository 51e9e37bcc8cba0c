"""A chapter refuses, when it is made, what would make its table say less than it seems to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.statements.toys import T1, chapter, controls, renamed
from verifier.errors import InputError
from verifier.statements import PREDICTION


def without(**changes: Any) -> dict[str, Any]:
    return {"statements": (replace(T1, **changes),)}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no statement": ({"statements": ()}, r"chapter 'Toys' = \(\): must hold at least one"),
    "no statement but its id": (
        {"statements": ("T1",)},
        r"chapter 'Toys' = .*T1.*: must hold state",
    ),
    "no proof": (without(proof=""), r"proof = '': must name the page with the proof of T1"),
    "a blank proof": (without(proof=" "), r"proof = ' ': must name the page with the proof of T1"),
    "no basis": (
        without(kind=PREDICTION, basis=""),
        r"basis = '': of T1, whose kind leaves it open, must be one of \('exact', 'limit', 'heur",
    ),
    "no id": (without(id=""), r"id = '': must be letters and digits, .*capital"),
    "a small id": (without(id="t1"), r"id = 't1': must be letters and digits"),
    "an id of two words": (without(id="T 1"), r"id = 'T 1': must be letters and digits"),
    "an id with a hyphen": (without(id="T-1"), r"id = 'T-1': must be letters and digits"),
    "no control": ({"controls": ()}, r"controls = \[\]: T1 must have at least 2,? of different"),
    "one control": ({"controls": controls("one")}, r"controls = \['one'\]: T1 must have at least"),
    "two of one name": (
        {"controls": controls("one", "one")},
        r"controls = \['one', 'one'\]: T1 must have at least 2,? of different names",
    ),
    "three, two of one name": (
        {"controls": controls("one", "other", "one")},
        r"controls = \['one', 'other', 'one'\]: T1 must have at least 2,? of different names",
    ),
    "an id twice": ({"statements": (T1, T1)}, r"id = 'T1': is taken 2 times in chapter 'Toys'"),
    "a control of nothing": (
        {"controls": (*controls("first", "second"), *controls("third", refuted_by=()))},
        r"control 'third' refuted_by = '': must be the id of a statement in chapter 'Toys'",
    ),
    "a control of another chapter's": (
        {"controls": (*controls("first", "second"), *controls("third", refuted_by=("T1", "E1")))},
        r"control 'third' refuted_by = 'E1': must be the id of a statement in chapter 'Toys'",
    ),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=list(WRONG))
def test_a_chapter_names_what_is_wrong_with_it(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        chapter(**changes)


def test_what_is_no_control_is_refused() -> None:
    class Resembling:
        name = "third"
        refuted_by = ("T1",)

    with pytest.raises(InputError, match=r"^chapter 'Toys' = .*Resembling.*: must hold controls"):
        chapter(controls=(*controls("first", "second"), Resembling()))


def test_controls_are_those_that_name_the_statement() -> None:
    other, of_other = renamed("T1b")
    shared = controls("shared", refuted_by=("T1", "T1b"))
    found = chapter(
        statements=(T1, other), controls=(*controls("first", "second"), *of_other, *shared)
    )
    assert [c.name for c in found.controls_of("T1")] == ["first", "second", "shared"]
    assert found.controls_of("T1b") == (*of_other, *shared)
    assert found.controls_of("T2") == ()
