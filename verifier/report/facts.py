"""What else there is to know of a run, below what holds: each a name and a line of text."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from verifier.evidence.folders import LAST, RUNS, WHOLE
from verifier.evidence.record import DIVERGED, NOT_COMPARABLE
from verifier.report.content import statements_of
from verifier.report.corrections import corrections
from verifier.report.coverage import counted
from verifier.report.layout import MORE, TO_RUN
from verifier.report.untested import LACKING, NOT_OFFERED, lacking, to_run_all
from verifier.report.verdicts import FILLED_IN, NOT_APPLICABLE, NOT_RUN
from verifier.statements import STATEMENTS, StatisticalStatement

Content = Mapping[str, Any]
"""What `content.gather` made, or a part of it."""

HOW_TO_READ = "docs/reading-a-report.md"
"""Named where it is: in a checkout."""

EXACT = "two sides equal to the last bit, or a bound or tested claim met without any allowance"
"""What an error of 0 says."""

OF_STATEMENTS = ("error 0", "at a kink")
"""What stands beside the list of statements alone: of an error there, and of one code's choice."""

REASONS = {DIVERGED: " diverged"}
"""Why a draw is not counted, in words."""

WRONG = "codes and formulas wrong on purpose"
"""What negative controls are."""

NONE_TRIED = "no negative controls (codes wrong on purpose) in this run"
"""What is said of a run without them."""

SAME_SOURCE = " (certificate.json of this same source)"
"""How it is known what a full run found: told on the page alone."""

_DRAWN = re.compile(r"\d+ of (\d+) this run, by its seed; (.*)")
"""Of a run that tried some controls: of how many, and what is known of all."""
_FULL = re.compile(r"the full run of .* refuted all (\d+)")
"""What is known where a full run of this version refuted every one: how many."""
HIDING = ("not counted", "blind spot")
"""Facts that limit how sure a run is: of draws in which nothing was compared."""

MILLION = 10**6
NAMED = 4
"""So many statements are named in a line; of more their number is."""


def how_sure(content: Content) -> list[str]:
    """Negative controls refuted, of those tried; what is known of all; how often chance refutes.

    Each is a line of its own.
    """
    found, alarms = content["controls"], content["false_alarms"]
    said = content["run"]["about"].get("controls", "not run")
    told = [re.sub("^not run", NONE_TRIED, said).removesuffix(SAME_SOURCE).replace(": ", "; ")]
    told[0] += " of them" * bool(_FULL.search(told[0]))
    if found["tried"]:
        told = _tried(found, content["run"]["about"].get("controls", ""))
    if tests := alarms["tests"]:
        often = alarms["budget"]
        chance = "one in a million" if often * MILLION == 1 else f"{often:g}"
        told.append(f"false alarm in any of {tests} statistical tests: at most {chance}")
    return told


def _tried(found: Mapping[str, int], said: str) -> list[str]:
    """How many controls a run refuted, of how many; how many it left out, what is known of all."""
    refuted, tried = found["refuted"], found["tried"]
    some = _DRAWN.fullmatch(said)
    every, known = some.groups() if some else (tried, "")
    full = _FULL.fullmatch(known)
    if full and refuted == tried:
        whole = f"full run: all {full[1]}"
        return [f"{tried} of {every} {WRONG} (controls) tried here, all refuted ({whole})"]
    left = [f"{int(every) - tried} more not tried in this run; {known}"] if some else []
    return [f"{refuted} of {tried} {WRONG} (controls) refuted", *left]


def facts(content: Content, run: Sequence[Content]) -> dict[str, str]:
    """Of the statements that were run: what was not counted, not offered, or put back."""
    found = {}
    if any(s["held"] and s["error"] == 0 for s in run):
        found["error 0"] = EXACT
    every = len(statements_of(content))
    if len(run) == every and any(s["controls"] for s in run):
        own, _ = counted(content["coverage"])
        off = len(corrections(run))
        found["the paper"] = f"{own} results covered{f' ({off} corrected)' if off else ''}"
    elif len(run) == every:
        found["the paper"] = "its results are covered by a run that tries negative controls, too"
    else:
        left = every - len(run)
        skipped = [s["id"] for s in statements_of(content) if s["verdict"] == NOT_RUN]
        found[NOT_RUN] = f"{left}{_all_statistical(skipped)}"
        found[TO_RUN] = to_run_all(content["run"]["about"])
    found |= not_offered(run)
    # those that are not comparable are told of beside it, with their statements
    rejected = {r: n for r, n in content["rejected"].items() if r != NOT_COMPARABLE}
    if rejected:
        found["not counted"] = ", ".join(
            f"{n} of {drawn(run)} draws{REASONS.get(r, f' ({r})')}"
            for r, n in sorted(rejected.items())
        )
    if content["hidden"]:
        found["blind spot"] = _blind(content["hidden"])
    if content["at_kink"]:
        told = ", ".join(f"{v} in {f}" for f, v in content["at_kink"].items())
        found["at a kink"] = (
            "where a neuron's input is exactly 0 its activation has two slopes, gamma (0 for ReLU) "
            f"and 1, and any from the one to the other is right. Slopes used here: {told}"
        )
    if content["changed"]:
        changed = ", ".join(f"{what} ({n} calls)" for what, n in content["changed"].items())
        found["undone"] = f"{changed}: put back after each call"
    filled = [s for s in run if s["filled"]]
    if filled:
        functions = dict.fromkeys(name for s in filled for name in s["filled"])
        ids = ", ".join(s["id"] for s in filled)
        found[FILLED_IN] = f"{', '.join(functions)}, by the library, for {ids}"
    return found


def _all_statistical(ids: Sequence[str]) -> str:
    """That all of them are, where they are: a quick run leaves these out."""
    return ", all statistical" * all(
        isinstance(STATEMENTS[name], StatisticalStatement) for name in ids
    )


def drawn(run: Sequence[Content]) -> int:
    """How many draws were made for statements on single runs, with those that do not count."""
    return sum(s["draws"] + s["rejected"] for s in run if not s["tests"])


def _blind(hidden: Sequence[Content]) -> str:
    """Why draws were not compared, how many of how many, and of which statements."""
    left_out = sum(s["not_comparable"] for s in hidden)
    every = left_out + sum(s["draws"] for s in hidden)
    ids = ", ".join(s["id"] for s in hidden)
    of = ids if len(hidden) <= NAMED else f"{len(hidden)} statements"
    return f"rounding may flip a neuron in {left_out} of {every} draws of {of}"


def compared(hidden: Content) -> str:
    """How many draws of a statement were compared where others were not, and of what kind.

    >>> compared({"draws": 79, "kink_free": 0})
    'compared: 79, all with kinks'
    """
    clear = hidden["kink_free"]
    kind = f"{clear} of them without kinks" if clear else "all with kinks"
    return f"compared: {hidden['draws']}, {kind}"


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


def nearest(path: str) -> str:
    """A path as from the working directory where it is in that, else as it is."""
    inner = os.path.relpath(path) if path else os.pardir
    return path if inner.startswith(os.pardir) else inner


def whereabouts(content: Content, every: bool = False) -> dict[str, str]:
    """Where the evidence is, and how to read more of it; `every`: each statement has a line."""
    folder = nearest(content["run"]["folder"])
    last = RUNS.parent / LAST
    short = str(last) if folder and last.resolve() == Path(folder).resolve() else folder
    # without a name these commands take the newest run of the whole suite
    named = f" {shlex.quote(short)}" if folder and content["run"]["state"] != WHOLE else ""
    table = "verifier table --wide" if every else "verifier table (all)"
    told = f"verifier report{named}" if named else f"{table}; verifier report"
    page = f"; {HOW_TO_READ}" * Path(HOW_TO_READ).exists()
    return ({"evidence": folder} if folder else {}) | {MORE: f"{told} (HTML){page}"}
