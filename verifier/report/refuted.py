"""What is kept of a refuted statement: its smallest case in words, and how often it fails."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from verifier.evidence.record import Record
from verifier.report.again import options, own
from verifier.report.failures import counted, shared
from verifier.report.finding import YOURS, Finding
from verifier.report.verdicts import Row
from verifier.statements import IDENTITY, Statement

REFERENCE = "reference"
"""The project's own code, as a run names it."""


def is_own(about: Mapping[str, str]) -> bool:
    """Whether a run tested the project's own code."""
    return about.get("implementation", REFERENCE) == REFERENCE


def finding(record: Record, statement: Statement, row: Row) -> dict[str, Any] | None:
    """The smallest refutation, and in `words` what every report says of it.

    `draws`: how many of the statement's fail.
    """
    found = record.minimal_counterexample(statement.id)
    if found is None:
        return None
    path = shlex.quote(str(record.counterexample_path(statement.id)))
    given = options(record, "hypothesis-profile", "dtype")
    named = f"the {REFERENCE}" if is_own(record.about) else YOURS
    plain = Finding(found, record.causes.get(statement.id, ""), named).to_json()
    smallest = plain["words"].pop("smallest")
    hold = [e for e in row.evidence if e.holds and not e.is_vacuous]
    alike = sum(e.error == 0 for e in hold) if row.kind == IDENTITY else 0
    draws = counted(row.evidence) | {"alike": alike}
    plain["words"] |= {
        "how often": often(
            draws, "experiments" if row.tests else "draws", plain["cause"], shared(row.evidence)
        ),
        "smallest": smallest,
        "reproduce": f"verifier{own(record)} check {statement.id} {path}{given}",
        "source": statement.source,
        "tested": record.about.get("implementation", REFERENCE),
    }
    return {**plain, "draws": draws}


def often(
    draws: Mapping[str, int],
    name: str = "draws",
    cause: str = "",
    alike: tuple[str, int, int] = ("", 0, 0),
) -> str:
    """How many fail, of how many, and how many of the others show little.

    Their `alike`: in how many of these no number differs at all; of a fixed factor that means a 0.
    `alike`: what those that fail have in common, how many have it, and how many hold without it.

    >>> often({"fail": 3, "of": 5, "zero": 1, "alike": 0})
    '3 of 5 draws fail (of the others 1 had no perturbation other than 0)'
    >>> often({"fail": 3, "of": 5, "zero": 0, "alike": 2}, cause="too small by a factor of 2")
    '3 of 5 draws fail (in 2 others both sides are 0, which hides a factor)'
    >>> often({"fail": 3, "of": 5, "zero": 0, "alike": 0}, alike=("in float32", 4, 1))
    '3 of 5 draws fail: 3 of 4 in float32, none of 1 other'
    """
    why = ""
    if draws["zero"]:
        why = f" (of the others {draws['zero']} had no perturbation other than 0)"
    elif draws["alike"] and re.search(r"by a factor of \d+$", cause):
        why = f" (in {draws['alike']} others both sides are 0, which hides a factor)"
    said, have, others = alike
    told = f": {draws['fail']} of {have} {said}, none of {others} other{'s' * (others > 1)}"
    return f"{draws['fail']} of {draws['of']} {name} fail{told * bool(said)}{why}"
