"""The list of `docs/findings.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.findings.finding import CONFIDENCE, Finding, Found
from benchmarks.findings.picture import PICTURE
from verifier.statements import REGISTRY

BEGIN = "<!-- findings: begin -->"
END = "<!-- findings: end -->"


def section(finding: Finding, found: Found) -> str:
    """One finding, with what it was measured by."""
    command = f"`python -m benchmarks.findings {finding.name}`"
    designed = ""
    if finding.after is not None:
        designed = f"Designed after `{finding.after}` had not stood. "
    return f"""### {_first_large(finding.title)}

{finding.sentence}{_why_not(finding, found)}{_beside(finding)}

| what is measured | mean of {found.runs} runs ({CONFIDENCE:.0%} interval) | threshold |
|---|---|---|
| {finding.effect} | {found.effect} | above {finding.threshold:g} |
| control: {finding.why} | {found.control} | below {finding.threshold:g} |

{designed}Behind it: {", ".join(finding.rests_on)}. {command}"""


def _beside(finding: Finding) -> str:
    """What else a reader must know, if there is something."""
    return f" {finding.beside}" if finding.beside else ""


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
    """A row for each: what it says, the effect's mean and the control's, by chapter.

    Of those that do not stand with why not.
    """
    rows = ["| candidate | effect | control |", "|---|---|---|"]
    for title, these in _by_chapter(findings):
        rows.append(f"| **{title}** | | |")
        rows += [_row(one, found[one.name], stand) for one in these]
    return "\n".join(rows)


def _by_chapter(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """The chapters that some rest on, and which do."""
    for chapter in REGISTRY.chapters:
        of_it = {statement.id for statement in chapter.statements}
        if these := [one for one in findings if one.rests_on[0] in of_it]:
            yield chapter.title, these


def _row(one: Finding, here: Found, stand: bool) -> str:
    due = f"above {one.threshold:g}" if stand else _in_short(one, here)
    effect = f"The {one.effect} is **{here.effect.mean:.3g}**, {due}."
    control = f"{_first_large(one.why)}: {_small(here.control.mean)}"
    said = one.sentence if stand else f"Not shown: {one.sentence}"
    named = f"[{_first_large(one.title)}](#{one.anchor})"  # as in the picture
    return f"| {named}: {said} | {effect} | {control} |"


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
        ends = f"{CONFIDENCE:.0%} interval, {effect.low:.3g} to {effect.high:.3g}"
        return f"{side} {due}, but the mean's {ends}, has it inside"
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
        "**How sure:** an effect is measured in independent runs, and so is a *control*, without "
        f"the supposed cause. A candidate stands if the effect's whole {CONFIDENCE:.0%} interval "
        "lies above a threshold, in the effect's own unit, that was fixed before, and the "
        f"control's below. A false one stands with probability {wrongly:.2g} at most; any of the "
        f"{len(findings)}, {len(findings) * wrongly:.2g} at most.",
        f"![Effect and control of each candidate, in units of its threshold]({PICTURE})",
        f"*Effects (dots) and controls (squares), means with {CONFIDENCE:.0%} intervals, each over "
        "its threshold. Filled: a candidate that stands, its effect wholly right of 1, its control "
        "left.*",
        f"## The {len(standing)} that stand",
        "By the chapter that each rests on; numbers are means. *Above*: above the threshold. Each "
        "links to its intervals and the command that measures it.",
        overview(standing, found, stand=True),
        "## Those that do not",
        f"These {len(others)} were measured in the same way, and are not findings:",
        overview(others, found, stand=False),
        "## In detail: those that stand",
    ]
    parts += _sections(standing, found)
    parts.append("## In detail: those that do not")
    parts += _sections(others, found)
    return "\n\n".join(parts)


def _sections(findings: Sequence[Finding], found: Mapping[str, Found]) -> list[str]:
    """One by one, as the tables have them."""
    return [section(one, found[one.name]) for one in in_order(findings)]


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """All by chapter, as in the tables."""
    return [one for _, these in _by_chapter(findings) for one in these]


def with_findings(page: str, findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """The page with today's list."""
    new = f"{BEGIN}\n{listed(findings, found)}\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: new, page, flags=re.S)
