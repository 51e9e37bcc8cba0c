"""Tables and sentences of `docs/one-draw.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.one_draw.cases import SEEDS
from benchmarks.one_draw.compared import ALL, Beside, TiltOutcome, chance, read
from benchmarks.one_draw.found import Found, Sought
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.in_words import plural
from verifier.reproduction.one_draw import PARTS
from verifier.reproduction.panels import AXES

BEGIN, END = "<!-- found: begin -->", "<!-- found: end -->"


def with_numbers(page: str, found: Sequence[Found]) -> str:
    """The page with the newest numbers between its markers."""
    parts = "\n\n".join(section(one) for one in found)
    block = f"{BEGIN}\n{parts}\n{END}"
    return re.sub(f"{BEGIN}.*?{END}", lambda _: block, page, flags=re.DOTALL)


def section(found: Found) -> str:
    """One figure: how unusual its draw is, what of it decides, and the tilt of its targets."""
    case = found.case
    far, is_above = found.as_far
    told = f"""### {case.title}

**The published draw is one of many.** Over the panel by {_axis(case.shown)}, \
{far} of {len(SEEDS)} draws of ours lie as {"high" if is_above else "low"} as it, on average. \
**What decides is {PARTS[found.decides]}:** replaced alone, by those of another seed, they change \
a value as much as this:

{_changes(found)}"""
    test = found.tested()
    if found.sought is None or test is None:
        return told
    return "\n\n".join((told, _tilt(found, found.sought, test), _panels(found, found.sought)))


def _axis(name: str) -> str:
    return AXES[name.replace("-", "_")]


def _changes(found: Found) -> str:
    """Mean changes by part, the largest first."""
    by_size = sorted(found.changes.items(), key=lambda pair: (pair[0] == ALL, -pair[1]))
    rows = [f"{PARTS.get(part, 'all of these')} | {by:.3f}" for part, by in by_size]
    return _table("replaced | mean change of accuracy and agreement", "---|--:", rows)


def _tilt(found: Found, sought: Sought, test: TiltOutcome) -> str:
    """How even the targets seem to have been, and the panels that test it."""
    case, usual, here = found.case, test.random, test.found
    half = case.samples // 2
    verdict = "explains" if test.holds else "does not explain"
    names = [
        ("random, as in the figures", usual),
        (f"**{half + sought.tilt:,} of {case.samples:,} are +1**", here),
        *((f"control: {half + wrong:,} are +1", one) for wrong, one in test.wrong.items()),
    ]
    rows = [
        f"{name} | {one.distance:.3f} | {one.above} of {one.count} | {one.deviation:.3f} "
        f"| {one.fit} of {one.stable}"
        for name, one in names
    ]
    head = "targets | mean distance | published above ours | our scatter | stable that fit"
    wrong = " and ".join(f"{count} with {half + tilt:,}" for tilt, count in test.wrong_fit.items())
    distances = ", ".join(f"{half + tilt:,}: {d:.3f}" for tilt, d in sought.distances.items())
    return f"""**How even the targets are {verdict} where g lies.** Of the targets \
{half + sought.tilt:,} are taken to be +1, because with so many the accuracy of g is nearest to \
the published one in that panel; fair coins are as even, or more, with probability \
{chance(case.samples, sought.tilt):.2f}. Its other panels test it:

{_table(head, "---|--:|--:|--:|--:", rows)}

*Mean distance*: of our means from {plural(here.count, "published value")}. *Our scatter*: the \
median standard deviation. *Stable*: at most {SCATTER:g}, so that a single seed can be judged. \
Would a wrong one be noticed? Of the {here.stable} stable values, the means of the controls would \
fit, in the published ones' place, at {wrong}.

<details><summary>All counts that were tried</summary>

Targets that are +1, and the mean distance of our accuracies of g from the published ones in the \
panel by {_axis(case.shown)}: {distances}.

</details>"""


def _panels(found: Found, sought: Sought) -> str:
    """Mean distance in each panel, with random targets and with the tilt."""
    case = found.case
    rows = []
    for axis in (case.shown, *case.held_out):
        published = read([case.panel(axis)])
        usual = Beside.of(sought.random, published)
        here = Beside.of(sought.by_tilt[sought.tilt], published)
        name = f"{_axis(axis)}{' (looked for here)' if axis == case.shown else ''}"
        above = f"{usual.above} of {usual.count} | {here.above} of {here.count}"
        rows.append(f"{name} | {usual.distance:.3f} | {here.distance:.3f} | {above}")
    head = "panel | distance, random | so even | published above, random | so even"
    return _table(head, "---|--:|--:|--:|--:", rows)


def _table(head: str, rule: str, rows: Sequence[str]) -> str:
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in rows)])
