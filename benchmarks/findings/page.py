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

{finding.sentence}

| | measured in {found.runs} runs | threshold |
|---|---|---|
| {finding.effect} | {found.effect} | above {finding.threshold:g} |
| control: {finding.why} | {found.control} | below {finding.threshold:g} |

{designed}Behind it: {", ".join(finding.rests_on)}. {command}"""


def overview(findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """A row for each: what it says, its effect, the threshold, and the control's."""
    rows = ["| candidate | effect | threshold | control |", "|---|--:|--:|--:|"]
    for one in findings:
        here = found[one.name]
        numbers = f"{here.effect.mean:.2g} | {one.threshold:.2g} | {here.control.mean:.2g}"
        rows.append(f"| [{one.sentence}](#{one.name}) | {numbers} |")
    return "\n".join(rows)


def listed(findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """All in short and one by one; those that stand come first."""
    standing = [one for one in findings if found[one.name].stands(one.threshold)]
    others = [one for one in findings if one not in standing]
    # a candidate is false if one of its two means is on the wrong side: that interval must err
    wrongly = (1 - CONFIDENCE) / 2
    parts = [
        f"{len(standing)} of {len(findings)} candidates stand. One that is false stands by chance "
        f"with probability {wrongly:.2g} at most, any of all with {len(findings) * wrongly:.2g}.",
        overview(standing, found),
        "These do not stand:",
        overview(others, found),
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
