"""The list of `docs/findings.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.findings.finding import CONFIDENCE, Finding, Found

BEGIN = "<!-- findings: begin -->"
END = "<!-- findings: end -->"


def section(finding: Finding, found: Found) -> str:
    """One finding, with what it was measured by."""
    command = f"`python -m benchmarks.findings {finding.name}`"
    designed = ""
    if finding.after is not None:
        designed = f"Designed after [{finding.after}](#{finding.after}) had not stood. "
    return f"""### {finding.name}

{finding.sentence}{_why_not(finding, found)}

| what is measured | mean of {found.runs} runs ({CONFIDENCE:.0%} interval) | threshold |
|---|---|---|
| {finding.effect} | {found.effect} | above {finding.threshold:g} |
| control: {finding.why} | {found.control} | below {finding.threshold:g} |

{designed}Behind it: {", ".join(finding.rests_on)}. {command}"""


def _why_not(finding: Finding, found: Found) -> str:
    """Which interval does not lie wholly on its side of the threshold."""
    due = finding.threshold
    crossing = [
        f"the {name}'s interval, {mean.low:.3g} to {mean.high:.3g}, is not wholly {side} {due:g}"
        for name, mean, side, crosses in (
            ("effect", found.effect, "above", found.effect.low <= due),
            ("control", found.control, "below", found.control.high >= due),
        )
        if crosses
    ]
    return f" It does not stand: {', and '.join(crossing)}." if crossing else ""


def overview(findings: Sequence[Finding], found: Mapping[str, Found], *, stand: bool) -> str:
    """A row for each: what it says and what is measured, effect, threshold, and the control's.

    Of those that do not stand, why not is told in the control's place.
    """
    effect = f"effect ({CONFIDENCE:.0%} interval)"
    heads = ["candidate, and *what is measured*", effect, "threshold"]
    heads.append("control" if stand else "why it does not stand")
    rows = [f"| {' | '.join(heads)} |", "|---|--:|--:|--:|" if stand else "|---|--:|--:|---|"]
    for one in findings:
        here = found[one.name]
        last = f"{here.control.mean:.2g}" if stand else _in_short(one, here)
        numbers = f"{here.effect} | {one.threshold:.2g} | {last}"
        rows.append(f"| [{one.sentence}](#{one.name}) *{one.effect}* | {numbers} |")
    return "\n".join(rows)


def _in_short(finding: Finding, found: Found) -> str:
    """Why a candidate does not stand, in words: which of its two means is where."""
    due, effect = finding.threshold, found.effect
    if effect.high <= due:
        return "smaller than the threshold"
    if effect.low <= due:
        side = "above" if effect.mean > due else "below"
        return f"{side} the threshold, but its interval reaches across"
    return "the control is not surely below the threshold"


def listed(findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """All in short and one by one; those that stand come first."""
    standing = [one for one in findings if found[one.name].stands(one.threshold)]
    others = [one for one in findings if one not in standing]
    # a candidate is false if one of its two means is on the wrong side: that interval must err
    wrongly = (1 - CONFIDENCE) / 2
    parts = [
        f"{len(standing)} of {len(findings)} candidates stand. One that is false stands by chance "
        f"with probability {wrongly:.2g} at most, any of all with {len(findings) * wrongly:.2g}.",
        f"**These {len(standing)} stand** ([the {len(others)} that do not](#those-that-do-not)):",
        overview(standing, found, stand=True),
        "## Those that do not",
        f"These {len(others)} were measured in the same way, and are not findings:",
        overview(others, found, stand=False),
        "## Candidates that stand",
    ]
    parts += [section(one, found[one.name]) for one in standing]
    parts.append("## Candidates that do not stand")
    parts += [section(one, found[one.name]) for one in others]
    return "\n\n".join(parts)


def with_findings(page: str, findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """The page with today's list."""
    new = f"{BEGIN}\n{listed(findings, found)}\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: new, page, flags=re.S)
