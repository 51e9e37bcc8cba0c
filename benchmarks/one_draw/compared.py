"""Published values beside ours, by the rules of the figures: what decides where they lie.

Nothing here trains: all is computed from the values of every draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean, median, stdev

from scipy import stats

from benchmarks.one_draw.cases import SEEDS, Case
from benchmarks.one_draw.trained import SERIES, Draw, Place, Values
from verifier.reproduction.comparison.bands import band
from verifier.reproduction.comparison.published import published_values
from verifier.reproduction.panels import Panel

ACCURACY = "perturbation"
ENOUGH = 0.5
"""A tilt explains the published values if what is left of their mean distance is less than this."""
ALL = "all"
"""Every part of a draw replaced at once."""

Read = dict[Place, float]
"""Published values."""


def read(panels: Iterable[Panel]) -> Read:
    """What could be read of the published accuracy and agreement of g, at these panels' points."""
    return {
        (panel.name, x, series): published.value
        for panel in panels
        for (x, series), published in published_values(panel).items()
        if x in panel.xs and series in SERIES
        if published.quality == "ok" and published.value is not None
    }


# --- what of a draw decides -----------------------------------------------------------------------


def replaced(part: str) -> list[Draw]:
    """The draw of every seed, with this part (or `ALL`) from the next seed's, in the same order."""
    following = (*SEEDS[1:], SEEDS[0])
    if part == ALL:
        return [Draw.by(seed) for seed in following]
    pairs = zip(SEEDS, following, strict=True)
    return [Draw.by(seed)._replace(**{part: other}) for seed, other in pairs]


def change(usual: Values, other: Values) -> float:
    """The mean of |difference| of two values of one place and number, over all of them."""
    return fmean(change_by_draw(usual, other))


def change_by_draw(usual: Values, other: Values) -> list[float]:
    """The mean of |difference| over all places, of each draw by itself."""
    gaps = [
        [abs(a - b) for a, b in zip(usual[place], other[place], strict=True)] for place in usual
    ]
    return [fmean(of_draw) for of_draw in zip(*gaps, strict=True)]


def compared_with_all(usual: Values, part: Values, every: Values) -> tuple[float, float]:
    """How much more one part's replacement changes than that of all; the standard error of that."""
    pairs = zip(change_by_draw(usual, part), change_by_draw(usual, every), strict=True)
    more = [own - others for own, others in pairs]
    return fmean(more), stdev(more) / math.sqrt(len(more))


def as_far(usual: Values, published: Read) -> tuple[int, bool]:
    """How many of our draws lie as far to the published values' side, and whether that is above.

    Of each draw, and of the published values, the mean over all places.
    """
    places = [place for place in published if place in usual]
    theirs = fmean(published[place] for place in places)
    ours = [fmean(one) for one in zip(*(usual[place] for place in places), strict=True)]
    is_above = theirs > fmean(ours)
    return sum((own >= theirs) if is_above else (own <= theirs) for own in ours), is_above


# --- the tilt of the targets ----------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """Published values beside ours, from targets of one kind.

    `distance`: the mean of |published - our mean|. `above`: how many are above our mean. `inside`:
    how many are where one further run of ours falls, by the figures' band. `deviation`: the median
    over places of our draws' standard deviation.
    """

    count: int
    distance: float
    above: int
    inside: int
    deviation: float

    @classmethod
    def of(cls, values: Values, published: Read) -> Beside:
        """Of the places at which there are both; raises `ValueError` if there is none."""
        places = [place for place in published if place in values]
        if not places:
            raise ValueError("no published value has one of ours beside it")
        means = {place: fmean(values[place]) for place in places}
        bands = {place: b for place in places if (b := band(values[place])) is not None}
        return cls(
            len(places),
            fmean(abs(published[place] - means[place]) for place in places),
            sum(published[place] > means[place] for place in places),
            sum(low <= published[place] <= high for place, (low, high) in bands.items()),
            median(stdev(values[place]) for place in places),
        )


def distance(case: Case, values: Values) -> float:
    """How far the published accuracies of g are from ours in the panel where a tilt is sought."""
    wanted = read([case.panel(case.shown)])
    accuracies = {place: value for place, value in wanted.items() if place[2] == ACCURACY}
    return Beside.of(values, accuracies).distance


def best(found: Mapping[int, float]) -> int:
    """The tilt of the least distance; of equal ones the most even."""
    return min(found, key=lambda tilt: (found[tilt], abs(tilt)))


def chance(samples: int, tilt: int) -> float:
    """How probable it is that fair coins are as even as that, or more."""
    half = samples // 2
    law = stats.binom(samples, 0.5)
    return float(law.cdf(half + abs(tilt)) - law.cdf(half - abs(tilt) - 1))


def wrong_tilts(tilt: int) -> tuple[int, ...]:
    """The controls: exactly half, and twice as uneven."""
    return tuple(wrong for wrong in (0, 2 * tilt) if wrong != tilt)


@dataclass(frozen=True)
class TiltOutcome:
    """What one tilt, found in one panel, does in the others, beside random targets and controls."""

    tilt: int
    random: Beside
    found: Beside
    wrong: dict[int, Beside]

    @property
    def holds(self) -> bool:
        """Whether little is left of the distance, and more by every control."""
        left = self.found.distance
        is_nearest = all(left < one.distance for one in self.wrong.values())
        return left < ENOUGH * self.random.distance and is_nearest


def tested(case: Case, tilt: int, random: Values, by_tilt: Mapping[int, Values]) -> TiltOutcome:
    """From the values of the panels that were held out, with random targets and at each tilt."""
    published = read(case.panel(axis) for axis in case.held_out)
    return TiltOutcome(
        tilt,
        Beside.of(random, published),
        Beside.of(by_tilt[tilt], published),
        {wrong: Beside.of(by_tilt[wrong], published) for wrong in wrong_tilts(tilt)},
    )
