"""Tables and sentences of `docs/one-draw.md`, between its markers: none of its numbers is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.one_draw.captions import caption, in_words, left, outside
from benchmarks.one_draw.cases import SEEDS
from benchmarks.one_draw.compared import (
    ALL,
    ENOUGH,
    Beside,
    TiltOutcome,
    chance,
    read,
    wrong_tilts,
)
from benchmarks.one_draw.found import Found, Sought
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.one_draw import PARTS

NOT_KNOWN, CAPTION, FOUND = "not known", "caption", "found"
"""The parts of the page that are written here, each between its markers."""


def with_numbers(page: str, found: Sequence[Found]) -> str:
    """The page with the newest numbers between its markers."""
    tested = [(one, one.sought, test) for one in found if one.sought and (test := one.tested())]
    opening = "\n\n".join(not_known(one, test) for one, _, test in tested)
    above = "\n\n".join(caption(*one) for one in tested)
    below = [outside(*one) for one in tested]
    page = _between(_between(page, NOT_KNOWN, opening), CAPTION, above)
    return _between(page, FOUND, "\n\n".join([*below, *(section(one) for one in found)]))


def _between(page: str, part: str, text: str) -> str:
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)


def not_known(found: Found, test: TiltOutcome) -> str:
    """For the opening: what was tested of the targets, and what is left beside the rule."""
    anchor = re.sub(r"[^\w -]", "", found.case.title.lower()).replace(" ", "-")
    rule = f"[rule](#{anchor}) that was fixed before"
    outcome = f"meets the {rule}" if test.holds else f"falls short of the {rule}"
    return (
        f"**What is not known:** which property of the targets. How even they are was tested, and "
        f"{outcome}: {left(test)} of the mean distance between published values and ours is left, "
        f"where the rule asks for less than {ENOUGH:.0%}."
    )


def section(found: Found) -> str:
    """One figure: how unusual its draw is, what of it decides, and the tilt of its targets."""
    case = found.case
    far, is_above = found.as_far
    told = f"""## {case.title}

**The published draw is one of many.** By {in_words(case.shown)}, {far} of {len(SEEDS)} draws of \
ours lie as {"high" if is_above else "low"} as it, on average. **What decides is \
{PARTS[found.decides]}.** So much does a value change if a part of the draw is replaced, alone, by \
that of another seed:

{_changes(found)}"""
    test = found.tested()
    if found.sought is None or test is None:
        return told
    return f"{told}\n\n{_tilt(found, found.sought, test)}"


def _changes(found: Found) -> str:
    """Mean changes by part, the largest first."""
    by_size = sorted(found.changes.items(), key=lambda pair: (pair[0] == ALL, -pair[1]))
    rows = [f"{PARTS.get(part, 'all of these')} | {by:.3f}" for part, by in by_size]
    return _table("replaced | mean change of accuracy and agreement", "---|--:", rows)


HEAD = "mean distance | inside the band | our scatter | published above ours"
"""Of the columns by kind of targets, and by panel."""


def _cells(one: Beside) -> str:
    """Those columns' cells."""
    return (
        f"{one.distance:.3f} | {one.inside} of {one.count} | {one.deviation:.3f} "
        f"| {one.above} of {one.count}"
    )


def _tilt(found: Found, sought: Sought, test: TiltOutcome) -> str:
    """How even the targets seem to have been, and the panels that test it."""
    case, half = found.case, found.case.samples // 2
    names = [
        ("random, as in the figures", test.random),
        (f"{half + sought.tilt:,} of {case.samples:,} are +1", test.found),
        *((f"control: {half + wrong:,} are +1", one) for wrong, one in test.wrong.items()),
    ]
    rows = [f"{name} | {_cells(one)}" for name, one in names]
    distances = ", ".join(f"{half + tilt:,}: {d:.3f}" for tilt, d in sought.distances.items())
    inside = f"{test.found.inside} of {test.found.count}"
    verdict = (
        "explains where g lies, in part" if test.holds else "is not shown to explain where g lies"
    )
    return f"""**How even the targets are {verdict}:** {left(test)} of the mean distance is left, \
and the rule that was fixed before asks for less than {ENOUGH:.0%}.

- *Chosen in one panel:* of the targets {half + sought.tilt:,} are taken to be +1, because with so \
many the accuracy of g is nearest to the published one by {in_words(case.shown)}. Fair coins are \
as even, or more, with probability {chance(case.samples, sought.tilt):.2f}.
- *Tested in the others:* {inside} published values are then where one more run of ours falls.

{_table(f"targets | {HEAD}", "---|--:|--:|--:|--:", rows)}

*Mean distance*: of the published values from our means. *The band*: where one more run of ours \
falls with probability {LEVEL:g}. *Our scatter*: the median standard deviation of our draws, which \
says how wide it is: with random targets it holds nearly anything.

<details><summary>By panel: most is left by {_most_left(found, sought)}</summary>

{_panels(found, sought)}

</details>

<details><summary>All counts that were tried</summary>

Targets that are +1, and the mean distance of our accuracies of g from the published ones in the \
panel by {in_words(case.shown)}: {distances}.

</details>"""


def _most_left(found: Found, sought: Sought) -> str:
    """The two panels in which most of the mean distance is left."""
    so_even = sought.by_tilt[sought.tilt]
    held_out = {axis: read([found.case.panel(axis)]) for axis in found.case.held_out}
    left = {axis: Beside.of(so_even, published).distance for axis, published in held_out.items()}
    most = sorted(left, key=left.__getitem__, reverse=True)[:2]
    return " and by ".join(map(in_words, most))


def _panels(found: Found, sought: Sought) -> str:
    """What is left in each panel, by kind of targets."""
    case, half = found.case, found.case.samples // 2
    wrong = wrong_tilts(sought.tilt)
    rows = []
    for axis in (case.shown, *case.held_out):
        published = read([case.panel(axis)])
        here, *controls = (
            Beside.of(sought.by_tilt[tilt], published) for tilt in (sought.tilt, *wrong)
        )
        distances = [Beside.of(sought.random, published), here, *controls]
        name = f"{in_words(axis)}{' (chosen here)' if axis == case.shown else ''}"
        cells = [f"{one.distance:.3f}" for one in distances]
        cells += [f"{one.inside} of {one.count}" for one in (here, controls[0])]
        rows.append(" | ".join([name, *cells]))
    counts = [f"{half + tilt:,} are +1" for tilt in (sought.tilt, *wrong)]
    head = ["panel", "mean distance, random", *counts]
    head += [f"inside the band, {count}" for count in counts[:2]]
    return _table(" | ".join(head), "---|" + "|".join(["--:"] * (len(head) - 1)), rows)


def _table(head: str, rule: str, rows: Sequence[str]) -> str:
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in rows)])
