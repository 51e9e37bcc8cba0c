"""What stands above and below the pictures of `docs/one-draw.md`."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from statistics import stdev

from benchmarks.gpu import drawn, for_readme
from benchmarks.gpu.markdown import folded
from benchmarks.one_draw.cases import SEEDS
from benchmarks.one_draw.compared import ACCURACY, ENOUGH, Beside, TiltOutcome, chance, read
from benchmarks.one_draw.found import Found, Sought
from verifier.reproduction.comparison.bands import band
from verifier.reproduction.panels import AXES

FIGURES = Path(__file__).parents[2] / "docs" / "gpu" / "figures"
"""What is kept of the figures' run on a GPU."""

WIDTH, NARROW = "m", 10
"""The panel over widths, and from how many neurons on a draw's scatter is told apart there."""

JUST = 0.01
"""By so little a rule is just missed."""


def in_words(axis: str) -> str:
    """What a panel is drawn over."""
    return AXES[axis.replace("-", "_")]


def left(test: TiltOutcome) -> str:
    """How much of the mean distance is left with targets as even as was found."""
    return f"{_share(test):.1%}"


def _share(test: TiltOutcome) -> float:
    return test.found.distance / test.random.distance


def outcome(test: TiltOutcome) -> str:
    """For a title: whether the tilt met the rule, or missed it by little."""
    if test.holds:
        return "met its rule"
    return f"{'just ' * (ENOUGH <= _share(test) < ENOUGH + JUST)}missed its rule"


def caption(found: Found, sought: Sought, test: TiltOutcome) -> str:
    """Above the pictures, so that nobody takes what they show for the cause."""
    samples = found.case.samples
    return (
        f"**A cause that was tested and {outcome(test)}**, for *{found.case.title}*: targets as "
        f"even as fits best in panel 1, {samples // 2 + sought.tilt:,} of {samples:,} of them +1 "
        f"(fair coins: as even, or more, with probability {chance(samples, sought.tilt):.2f}). "
        f"Panels 2 to {1 + len(found.case.held_out)} test that count."
    )


def outside(found: Found, sought: Sought, test: TiltOutcome) -> str:
    """Folded: which published values are outside the band, and where ours scatter."""
    random = test.random
    not_drawn = (
        "The dashed line's own band is not drawn: our draws with random targets scatter so much "
        f"that it would hold nearly anything, {random.inside} of the {random.count} published "
        f"values of the tests. {_beside_the_gpu(found, sought)}"
    )
    so_even, where, count, of = sought.by_tilt[sought.tilt], [], 0, 0
    for axis in found.case.held_out:
        published = read([found.case.panel(axis)])
        bands = {place: band(so_even[place]) for place in published}
        off = [p for p, b in bands.items() if b and not b[0] <= published[p] <= b[1]]
        if off:
            xs = ", ".join(f"{x:g}" for x in sorted({place[1] for place in off}))
            name = in_words(axis)
            where.append(f"{len(off)} in the panel by {name} (at {name.split()[-1]} = {xs})")
        count, of = count + len(off), of + len(published)
    told = f"Outside the solid line's band lie {count} of the {of}: {'; '.join(where)}. Why is not"
    said = f"{told} known. {_scatter(found, sought)}\n\n{not_drawn}"
    return folded(f"Outside the band: {count} of {of}; and why one band is not drawn", said)


def _scatter(found: Found, sought: Sought) -> str:
    """How much our own draws differ where networks are narrow, beside the widest."""
    panel, so_even = found.case.panel(WIDTH), sought.by_tilt[sought.tilt]
    by_width = {x: stdev(so_even[panel.name, x, ACCURACY]) for x in panel.xs}
    narrow = [by for x, by in by_width.items() if x < NARROW]
    return (
        f"Networks of fewer than {NARROW} neurons differ from draw to draw: there our own "
        f"accuracies of g scatter by {min(narrow):.2f} to {max(narrow):.2f} (standard deviation), "
        f"at {max(by_width):g} neurons by {by_width[max(by_width)]:.2f}."
    )


def _beside_the_gpu(found: Found, sought: Sought) -> str:
    """Why more of the same values are outside on the page of the GPU: its bands are of few seeds.

    Empty if no such run is kept. Of our own draws, so many at a time show what that does.
    """
    shown = drawn.kept(FIGURES)
    if not shown:
        return ""
    published = read(found.case.panel(axis) for axis in found.case.held_out)
    rows = for_readme.read(FIGURES / drawn.VALUES)
    there = {
        place: (float(row["low"]), float(row["high"]))
        for row in rows
        if (place := (row["panel"], row["x"], row["series"])) in published and row["low"]
    }
    seeds = {int(n) for n in shown["seeds"]}
    if set(there) != set(published) or len(seeds) != 1:
        return ""
    (few,) = seeds
    outside = sum(not low <= published[p] <= high for p, (low, high) in there.items())
    by_few = []
    for chosen in combinations(range(len(SEEDS)), few):
        beside = Beside.of({p: [v[k] for k in chosen] for p, v in sought.random.items()}, published)
        by_few.append(beside.count - beside.inside)
    return (
        f"On [the GPU's page](gpu.md#the-figures) {outside} of the same {len(published)} lie "
        f"outside: its bands are of {few} seeds, this one of {len(SEEDS)}, and few seeds may lie "
        f"close together. Bands of any {few} of our {len(SEEDS)} draws leave out {min(by_few)} to "
        f"{max(by_few)} of them."
    )
