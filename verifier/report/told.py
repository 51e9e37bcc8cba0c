"""What is told of the statements that do not hold: one finding for each likely cause."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from verifier.report.facts import Content, by_reason, is_smaller
from verifier.report.verdicts import DEVIATES, ERROR, REFUTED


def by_cause(run: Sequence[Content], verdicts: Collection[str]) -> list[list[Content]]:
    """The statements that have a finding of their own, those of one likely cause together.

    One whose cause is not known stands for itself, as one that follows from another stands under
    that.
    """
    found: dict[str, list[Content]] = {}
    for s in run:
        if s["finding"] and not s["follows"] and s["verdict"] in verdicts:
            found.setdefault(s["finding"]["cause"] or s["id"], []).append(s)
    return list(found.values())


def why(run: Sequence[Content]) -> list[str]:
    """In a line for each: what lies behind statements that are refuted, or that no check ended."""
    found = []
    for group in by_cause(run, [REFUTED]):
        words, cause = group[0]["finding"]["words"], group[0]["finding"]["cause"]
        ids = ", ".join(s["id"] for s in group)
        unknown = f"cause not known; {words['where']}: {words['error']}"
        found.append(f"{ids}, likely: {cause}" if cause else f"{ids}: {unknown}")
    return found + [f"{', '.join(ids)}: {why}" for why, ids in by_reason(run, ERROR).items()]


def findings(run: Sequence[Content], every: bool) -> list[tuple[str, dict[str, str]]]:
    """A title and what is told below it, by its name: of each cause, or of `every` statement."""
    verdicts = {s["verdict"] for s in run} - {DEVIATES}
    groups = by_cause(run, verdicts)
    if every:
        groups = [[s] for group in groups for s in group]
    return [
        (
            f"FINDING  {first['id']} does not hold here; the smallest case found:",
            {**first["finding"]["words"], **_beyond(first), **_besides(run, first, others)},
        )
        for first, *others in groups
    ]


def _beyond(statement: Content) -> dict[str, str]:
    """The error of the smallest case, and of the worst draw where that is larger."""
    if not is_smaller(statement):
        return {}
    error, worst = statement["finding"]["words"]["error"], statement["error"]
    return {"error": f"{error}; the worst draw of {statement['id']}: {worst:.2g} times"}


def _besides(run: Sequence[Content], first: Content, others: list[Content]) -> dict[str, str]:
    """What else is refuted: what builds on this statement, and what has the same likely cause."""
    words = {}
    after = [s["id"] for s in run if s["follows"] == first["id"]]
    if after:
        build = "builds" if len(after) == 1 else "build"
        words["also refuted"] = f"{', '.join(after)}, which {build} on {first['id']}"
    if others:
        each = "its case is" if len(others) == 1 else "their cases are"
        named = ", ".join(s["id"] for s in others)
        words["same cause"] = f"{named}; {each} in verifier table and in the report"
    return words
