"""What a run did not test: what the code does not offer told apart from what was not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from verifier.report.again import LEVELS, chapters, of_run
from verifier.report.verdicts import NOT_APPLICABLE, NOT_RUN

Statement = Mapping[str, Any]
"""What `content.gather` made of one."""

LACKING = "the implementation does not offer "
"""How the reason begins why most statements are not applicable."""
NOT_OFFERED = "not offered"
"""By the code under test."""
NOT_TESTED = "not tested"


def untested(statements: Sequence[Statement]) -> list[Statement]:
    """Those of which a run says nothing."""
    return [s for s in statements if s["verdict"] in (NOT_RUN, NOT_APPLICABLE)]


def in_short(statements: Sequence[Statement]) -> str:
    """How many of some statements were not tested, and why in two words; empty if none.

    >>> in_short([{"verdict": "not run"}, {"verdict": "supported"}])
    '1 not run'
    """
    left = untested(statements)
    if not left:
        return ""
    (why, *others) = dict.fromkeys(map(in_a_word, left))
    return f"{len(left)} {NOT_TESTED if others else why}"


def each_reason(statements: Sequence[Statement]) -> str:
    """How many of some statements were not tested, for each reason; the most frequent is first.

    >>> lacks = {"verdict": "not applicable", "reason": f"{LACKING}kernel"}
    >>> each_reason([lacks, {"verdict": "not run"}, {"verdict": "not run"}])
    '2 not run, 1 not offered'
    """
    counts = Counter(map(in_a_word, untested(statements))).most_common()
    return ", ".join(f"{n} {why}" for why, n in counts)


def lacking(statements: Sequence[Statement]) -> dict[str, Any]:
    """How many statements need more than the code offers, and `what` that is."""
    reasons = [s["reason"] for s in untested(statements) if s["reason"].startswith(LACKING)]
    names = ", ".join(reason.removeprefix(LACKING) for reason in reasons).split(", ")
    return {"count": len(reasons), "what": ", ".join(dict.fromkeys(names))}


def in_a_word(s: Statement) -> str:
    """A statement's verdict; of one that needs what the code does not offer, that it is not."""
    is_lacking = s["verdict"] == NOT_APPLICABLE and s["reason"].startswith(LACKING)
    return NOT_OFFERED if is_lacking else str(s["verdict"])


def to_run_all(about: Mapping[str, str]) -> str:
    """The command that runs what a run left out, with the code under test and options as there."""
    few = about.get("controls", "").startswith("not run") and about.get("profile") in LEVELS
    level = "pr" if few else "full"
    return f"verifier{chapters(about)} run --level {level}{of_run(about, 'hypothesis-profile')}"
