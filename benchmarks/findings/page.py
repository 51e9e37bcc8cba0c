"""The list of `docs/findings.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchmarks.findings.finding import CONFIDENCE, Finding, Found
from benchmarks.findings.picture import PICTURE
from benchmarks.findings.themes import MATTERS, THEMES

BEGIN = "<!-- findings: begin -->"
END = "<!-- findings: end -->"


def section(finding: Finding, found: Found) -> str:
    """One finding: what it says and why it matters, effect and control; folded how sure they are.

    Of one that does not stand all but the effect, which tells why, is folded.
    """
    stands = found.stands(finding.threshold)
    effect = f"{finding.effect} is **{found.effect.mean:.3g}**"
    control = f"*Control:* {finding.why}: {_small(found.control.mean)}."
    folded = [f"{finding.beside}\n\n"] if finding.beside else []
    if stands:
        said = f"{finding.sentence} *Why it matters:* {MATTERS[finding.name]}\n\n"
        said += f"*Effect:* the {effect} (threshold {finding.threshold:g}).\n{control}"
    else:
        said = f"Not established: {finding.sentence} The {effect}, {_why_not(finding, found)}."
        folded.append(f"*Why it would matter:* {MATTERS[finding.name]}\n{control}\n\n")
    after = "" if finding.after is None else f"Designed after `{finding.after}` had not stood. "
    return f"""### {_first_large(finding.title)}

{said}

<details><summary>Intervals and command</summary>

{"".join(folded)}Means of {found.runs} runs ({CONFIDENCE:.0%} interval): effect {found.effect}, \
control {found.control}. {after}Behind it: {", ".join(finding.rests_on)}.

`python -m benchmarks.findings {finding.name}`

</details>"""


def _first_large(words: str) -> str:
    """Words as the beginning of a sentence."""
    return words[0].upper() + words[1:]


def _small(value: float) -> str:
    """A control's mean: what is next to nothing need not be told to a digit."""
    return f"{value:.2g}" if abs(value) >= 0.01 or value == 0 else "< 0.01"


def _why_not(finding: Finding, found: Found) -> str:
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
    """How many stand, the picture of all, and one by one; those that stand come first."""
    standing = [one for one in findings if found[one.name].stands(one.threshold)]
    others = [one for one in findings if one not in standing]
    # a candidate is false if one of its two means is on the wrong side: that interval must err
    wrongly = (1 - CONFIDENCE) / 2
    parts = [
        f"**{len(standing)} of {len(findings)} candidates stand**; [the {len(others)} that do not]"
        "(#those-that-do-not) are told, too. What bears most on the paper comes first.",
        "**How sure:** each effect is measured in independent runs, and so is a *control* without "
        f"the supposed cause. A candidate stands if the effect's whole {CONFIDENCE:.0%} interval "
        "lies above a threshold fixed before, and the control's below. A false one does so with "
        f"probability {wrongly:.2g} at most, any of the {len(findings)} with "
        f"{len(findings) * wrongly:.2g}.",
        f"![Effect and control of each candidate, in units of its threshold]({PICTURE})",
        f"*Effects (dots) and controls (squares), means with {CONFIDENCE:.0%} intervals, each over "
        "its threshold. Filled: the candidate stands. An arrow, with its number: farther right. "
        "Lines part the themes below.*",
        *_by_theme(standing, found),
        "## Those that do not",
        *_sections(others, found),
    ]
    return "\n\n".join(parts)


def _by_theme(findings: Sequence[Finding], found: Mapping[str, Found]) -> list[str]:
    """A heading for each theme, and below it its findings."""
    lines = []
    for theme, names in THEMES.items():
        if here := [one for one in findings if one.name in names]:
            lines += [f"## {theme}", *_sections(here, found)]
    return lines


def _sections(findings: Sequence[Finding], found: Mapping[str, Found]) -> list[str]:
    """One by one, in the order of the picture."""
    return [section(one, found[one.name]) for one in in_order(findings, found)]


def in_order(findings: Sequence[Finding], found: Mapping[str, Found]) -> list[Finding]:
    """Those that stand first; both in the order of the themes."""
    names = list(MATTERS)

    def place(one: Finding) -> tuple[bool, int]:
        return not found[one.name].stands(one.threshold), names.index(one.name)

    return sorted(findings, key=place)


def with_findings(page: str, findings: Sequence[Finding], found: Mapping[str, Found]) -> str:
    """The page with today's list."""
    new = f"{BEGIN}\n{listed(findings, found)}\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: new, page, flags=re.S)
