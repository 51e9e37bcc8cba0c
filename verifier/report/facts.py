"""What else there is to know of a run, below what holds: each a name and a line of text."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verifier.evidence.folders import WHOLE
from verifier.evidence.record import DIVERGED, NOT_COMPARABLE
from verifier.report.content import statements_of
from verifier.report.coverage import counted
from verifier.report.untested import LACKING, NOT_OFFERED, TO_RUN, lacking, to_run_all
from verifier.report.verdicts import FILLED_IN, NOT_APPLICABLE, NOT_RUN

Content = Mapping[str, Any]
"""What `content.gather` made, or a part of it."""

HOW_TO_READ = "docs/reading-a-report.md"
"""Named where it is: in a checkout."""

EXACT = "two sides equal to the last bit, or a bound or tested claim met without any allowance"
"""What an error of 0 says."""

OF_STATEMENTS = ("error 0", "at a kink")
"""What stands beside the list of statements alone: of an error there, and of one code's choice."""

REASONS = {DIVERGED: "whose training diverged"}
"""Why a draw is not counted, in words."""


def facts(content: Content, run: Sequence[Content], in_brief: bool = False) -> dict[str, str]:
    """Of the statements that were run: what was not counted, not offered, or put back."""
    found = {}
    if any(s["held"] and s["error"] == 0 for s in run):
        found["error 0"] = EXACT
    every = len(statements_of(content))
    if len(run) == every and any(s["controls"] for s in run):
        own, left_open = counted(content["coverage"])
        left = "open questions" if in_brief else "questions it leaves open"
        found["the paper"] = f"{own} results are covered, {left_open} {left}"
    elif len(run) == every:
        found["the paper"] = "its results are covered by a run that tries negative controls, too"
    else:
        found[NOT_RUN] = f"{every - len(run)} of the {every} statements"
        found[TO_RUN] = to_run_all(content["run"]["about"])
    found |= not_offered(run)
    # those that are not comparable are told of beside it, with their statements
    rejected = {r: n for r, n in content["rejected"].items() if r != NOT_COMPARABLE}
    if rejected:
        in_words = {} if in_brief else REASONS
        counts = ", ".join(f"{n} {in_words.get(r, r)}" for r, n in sorted(rejected.items()))
        found["not counted"] = f"draws: {counts}"
    if content["hidden"]:
        found["blind spot"] = _blind(content["hidden"], in_brief)
    if content["at_kink"]:
        told = ", ".join(f"{v} in {f}" for f, v in content["at_kink"].items())
        found["at a kink"] = (
            "where a neuron's input is exactly 0 its activation has two slopes, gamma (0 for ReLU) "
            f"and 1, and any from the one to the other is right. Slopes used here: {told}"
        )
    if content["changed"]:
        changed = ", ".join(f"{what} ({n} calls)" for what, n in content["changed"].items())
        found["undone"] = f"{changed}: put back after each call"
    about = content["run"]["about"]
    filled = [s for s in run if s["filled"]]
    if filled:
        functions = dict.fromkeys(name for s in filled for name in s["filled"])
        ids = ", ".join(s["id"] for s in filled)
        found[FILLED_IN] = f"{', '.join(functions)}, by the library, for {ids}"
    if "controls" in about:
        found["controls"] = about["controls"]
    return {n: text for n, text in found.items() if not in_brief or n not in OF_STATEMENTS}


def _blind(hidden: Sequence[Content], in_brief: bool) -> str:
    """Of which statements how many draws, and of how many, were not compared, and why."""
    left_out = sum(s["not_comparable"] for s in hidden)
    every = left_out + sum(s["draws"] for s in hidden)
    where = f"{left_out} of {every} draws of {', '.join(s['id'] for s in hidden)}"
    if in_brief:
        return f"in {where} a fault could hide"
    return (
        f"a fault could hide in {where}: not compared, as rounding decides whether a neuron is "
        "active"
    )


def compared(hidden: Content) -> str:
    """How many draws of a statement were compared where others were not, and of what kind.

    >>> compared({"draws": 79, "kink_free": 0})
    'compared: 79, all with kinks'
    """
    clear = hidden["kink_free"]
    kind = f"{clear} of them without kinks" if clear else "all with kinks"
    return f"compared: {hidden['draws']}, {kind}"


def is_smaller(statement: Content) -> bool:
    """Whether its finding, the smallest case, is of another error than its worst draw."""
    found, worst = statement["finding"], statement["error"]
    if not found or worst is None or found["error"] is None:
        return False
    return bool(worst > 1.01 * found["error"])


def not_offered(run: Sequence[Content]) -> dict[str, str]:
    """What the code lacks, for how many statements; other reasons in full, with the statements."""
    lacks = lacking(run)
    told = {NOT_OFFERED: f"{lacks['count']}, as the code has no {lacks['what']}"}
    others = {
        reason or NOT_APPLICABLE: ", ".join(ids)
        for reason, ids in by_reason(run, NOT_APPLICABLE).items()
        if not reason.startswith(LACKING)
    }
    useless = "; ".join(f"{what} ({ids})" for what, ids in others.items())
    return (told if lacks["count"] else {}) | ({"no use for": useless} if useless else {})


def by_reason(run: Sequence[Content], verdict: str) -> dict[str, list[str]]:
    """Ids of the statements with that verdict, by its reason; whose controls fail stand alone."""
    found: dict[str, list[str]] = {}
    for s in run:
        if s["verdict"] == verdict and s["controls"] == s["controls_refuted"]:
            found.setdefault(s["reason"], []).append(s["id"])
    return found


def whereabouts(content: Content, every: bool = False, in_brief: bool = False) -> dict[str, str]:
    """Where the evidence is, and how to read more of it.

    `every`: each statement has a line; `in_brief`: no page, and the commands alone.
    """
    folder = content["run"]["folder"]
    # without a name these commands take the newest run of the whole suite
    named = f" {shlex.quote(folder)}" if folder and content["run"]["state"] != WHOLE else ""
    table = "verifier table --wide" if every else "verifier table (a line for every statement)"
    told = f"verifier report{named}" if named else f"{table}; verifier report"
    if in_brief:
        told = f"verifier table{named}; verifier report{named}"
    page = f"; {HOW_TO_READ}" * (Path(HOW_TO_READ).exists() and not in_brief)
    more = {"more": told + page}
    return ({"evidence": folder} if folder else {}) | more
