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
    compared_with_all,
    read,
    wrong_tilts,
)
from benchmarks.one_draw.found import Found, Sought
from verifier.reproduction.comparison.bands import LEVEL
from verifier.reproduction.one_draw import PARTS

LIKELY, NOT_KNOWN, CAPTION, FOUND = "likely", "not known", "caption", "found"
"""The parts of the page that are written here, each between its markers."""


def with_numbers(page: str, found: Sequence[Found]) -> str:
    """The page with the newest numbers between its markers."""
    tested = [(one, one.sought, test) for one in found if one.sought and (test := one.tested())]
    opening = "\n\n".join(not_known(one, test) for one, _, test in tested)
    above = "\n\n".join(caption(*one) for one in tested)
    below = "\n\n".join(f"{section(one)}\n\n{outside(*of)}" for of in tested for one in of[:1])
    parts = {LIKELY: likely(found), NOT_KNOWN: opening, CAPTION: above, FOUND: below}
    for part, text in parts.items():
        page = _between(page, part, text)
    return page


def _between(page: str, part: str, text: str) -> str:
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL)


def likely(found: Sequence[Found]) -> str:
    """First: what decides, and how many of our draws lie as far; then how much each part does."""
    decides = "; ".join(
        f"in *{one.case.title}* {PARTS[one.decides]} decide, and {far} of our {len(SEEDS)} draws "
        f"lie as {'high' if is_above else 'low'}"
        for one in found
        for far, is_above in (one.as_far,)
    )
    return f"""**Likely one random draw, not proved:** all values of a published figure are of one \
draw, and so high or low together. {decides[:1].upper()}{decides[1:]}, on average over a panel.

**What decides in ours:** how much a value changes, on average, if one part of a draw is taken \
from another seed and the others stay:

{_changes(found)}{_beside_all(found)}{"".join(map(_within, found))}"""


def _within(one: Found) -> str:
    """How many published values one more draw of ours might be, in the panels of the tests."""
    if (test := one.tested()) is None:
        return ""
    return (
        f"\n\n**The band of {len(SEEDS)} draws holds {test.random.inside} of {test.random.count} "
        f"published values**, and one more draw of ours with probability {LEVEL:g}, in the "
        f"[panels below](#how-even-the-targets-are) of *{one.case.title}*; it is wide."
    )


def _beside_all(found: Sequence[Found]) -> str:
    """Where one part seems to change more than all together: whether that is more than chance."""
    told = []
    for one in found:
        by, error = compared_with_all(one.usual, one.parts[one.decides], one.parts[ALL])
        if by > 0:
            is_told = "may be real" if by > 2 * error else "is within chance"
            told.append(
                f"\n\nIn *{one.case.title}* {PARTS[one.decides]} alone change more than all parts, "
                f"which {is_told} (by {by:.3f}, standard error {error:.3f})."
            )
    return "".join(told)


def _changes(found: Sequence[Found]) -> str:
    """Mean changes by part, a column for each figure; the largest of the first one first."""
    by_size = sorted(found[0].changes, key=lambda part: (part == ALL, -found[0].changes[part]))
    rows = [
        " | ".join([PARTS.get(part, "all of these"), *(_change(one, part) for one in found)])
        for part in by_size
    ]
    head = " | ".join(["replaced", *(one.case.title for one in found)])
    return _table(head, "---|" + "|".join(["--:"] * len(found)), rows)


def _change(found: Found, part: str) -> str:
    """How much replacing this part changes; bold where it decides."""
    if part not in found.changes:
        return "fixed images"
    by = f"{found.changes[part]:.3f}"
    return f"**{by}**" if part == found.decides else by


def not_known(found: Found, test: TiltOutcome) -> str:
    """For the opening: what was tested of the targets, and what is left beside the rule."""
    rule = f"[rule]({RULE}) that was fixed before"
    outcome = f"meets the {rule}" if test.holds else f"falls short of the {rule}"
    return (
        f"**Not known:** which property of the targets decides in *{found.case.title}*. How even "
        f"they are was tested, and {outcome}: {left(test)} of the mean distance between published "
        f"values and ours is left, where the rule asks for less than {ENOUGH:.0%}."
    )


def section(found: Found) -> str:
    """The tilt of a figure's targets, below the pictures of it; empty where none was sought."""
    test = found.tested()
    if found.sought is None or test is None:
        return ""
    return _tilt(found, found.sought, test)


RULE = "#how-it-was-measured"
HEAD = "mean distance | of it left | inside the band | our scatter | published above ours"
"""Of the columns by kind of targets, and by panel."""


def _cells(one: Beside, random: Beside) -> str:
    """Those columns' cells; what is left of the distance with `random` targets."""
    return (
        f"{one.distance:.3f} | {one.distance / random.distance:.1%} | {one.inside} of {one.count} "
        f"| {one.deviation:.3f} | {one.above} of {one.count}"
    )


def _tilt(found: Found, sought: Sought, test: TiltOutcome) -> str:
    """What each kind of targets leaves, in the panels that test it."""
    case, half = found.case, found.case.samples // 2
    names = [
        ("random, as in the figures", test.random),
        (f"{half + sought.tilt:,} of {case.samples:,} are +1", test.found),
        *((f"control: {half + wrong:,} are +1", one) for wrong, one in test.wrong.items()),
    ]
    rows = [f"{name} | {_cells(one, test.random)}" for name, one in names]
    distances = ", ".join(f"{half + tilt:,}: {d:.3f}" for tilt, d in sought.distances.items())
    return f"""{_table(f"targets | {HEAD}", "---|--:|--:|--:|--:|--:", rows)}

*Mean distance*: of the published values from our means. *The band*: where one more run of ours \
falls with probability {LEVEL:g}. *Our scatter*: the median standard deviation of our draws; \
where it is large the band holds nearly anything.

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
