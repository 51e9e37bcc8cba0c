"""The list of `docs/findings.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.findings.finding import CONFIDENCE, Finding, Found, Mean

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
    """A row for each: what it says; what was measured, and how large that and the control's are.

    Of those that do not stand with why not.
    """
    rows = [
        f"| candidate | what was measured{'' if stand else ', and why it does not stand'} |",
        "|---|---|",
    ]
    for one in findings:
        here = found[one.name]
        size = (
            f"**{here.effect.mean:.3g}** ({_ends(here.effect)}control {_small(here.control.mean)})"
        )
        why_not = "" if stand else f" {_first_large(_in_short(one, here))}."
        told = f"{_first_large(one.effect)}: {size}.{why_not}"
        rows.append(f"| [{one.sentence}](#{one.name}) | {told} |")
    return "\n".join(rows)


def _ends(mean: Mean) -> str:
    """An interval's ends, if they differ as they are told."""
    low, high = (f"{end:.3g}" for end in (mean.low, mean.high))
    return "" if low == high else f"{low} to {high}; "


def _first_large(words: str) -> str:
    """Words as the beginning of a sentence."""
    return words[0].upper() + words[1:]


def _small(value: float) -> str:
    """A control's mean: what is next to nothing need not be told to a digit."""
    return f"{value:.2g}" if abs(value) >= 0.01 or value == 0 else "< 0.01"


def _in_short(finding: Finding, found: Found) -> str:
    """Why a candidate does not stand, in words: which of its two means is where."""
    due, effect = f"the threshold, {finding.threshold:g}", found.effect
    if effect.high <= finding.threshold:
        return f"smaller than {due}"
    if effect.low <= finding.threshold:
        side = "above" if effect.mean > finding.threshold else "below"
        return f"{side} {due}, but its interval reaches across"
    return f"the control is not surely below {due}"


def listed(findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """All in short and one by one; those that stand come first."""
    standing = [one for one in findings if found[one.name].stands(one.threshold)]
    others = [one for one in findings if one not in standing]
    # a candidate is false if one of its two means is on the wrong side: that interval must err
    wrongly = (1 - CONFIDENCE) / 2
    parts = [
        f"**{len(standing)} of {len(findings)} candidates stand**; [the {len(others)} that do not]"
        "(#those-that-do-not) are told, too.",
        "**How sure:** of each candidate an effect is measured in independent runs, and a "
        "*control*: the same with the supposed cause taken away. It stands if the effect's whole "
        f"{CONFIDENCE:.0%} interval lies above a threshold that was fixed before, and the "
        "control's below. A false one stands by chance with probability "
        f"{wrongly:.2g} at most; that any of the {len(findings)} does so has probability "
        f"{len(findings) * wrongly:.2g} at most.",
        f"## The {len(standing)} that stand",
        f"In brackets: the {CONFIDENCE:.0%} interval, unless its ends are alike in three digits; "
        "the control's mean. Each candidate leads to its threshold and the command that measures "
        "it.",
        overview(standing, found, stand=True),
        "## Those that do not",
        f"These {len(others)} were measured in the same way, and are not findings:",
        overview(others, found, stand=False),
        "## In detail: those that stand",
    ]
    parts += [section(one, found[one.name]) for one in standing]
    parts.append("## In detail: those that do not")
    parts += [section(one, found[one.name]) for one in others]
    return "\n\n".join(parts)


def with_findings(page: str, findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """The page with today's list."""
    new = f"{BEGIN}\n{listed(findings, found)}\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: new, page, flags=re.S)
