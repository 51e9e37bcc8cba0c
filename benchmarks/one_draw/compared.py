"""Published values beside ours, by the rules of the figures: what decides where they lie.

Nothing here trains: all is computed from the values of every draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from scipy import stats

from benchmarks.one_draw.cases import SEEDS, Case
from benchmarks.one_draw.trained import Draw, Place, Values
from verifier.reproduction.comparison.bands import Sample
from verifier.reproduction.comparison.chaos import SCATTER
from verifier.reproduction.comparison.published import OFF, published_values, verdict_of
from verifier.reproduction.panels import Panel

ACCURACY = "perturbation"
ENOUGH = 0.5
"""A tilt explains the published values if what is left of their mean distance is less than this."""
ALL = "all"
"""Every part of a draw replaced at once."""

Read = dict[Place, float]
"""Published values."""


def read(panels: Iterable[Panel]) -> Read:
    """The published values of these panels' points that could be read."""
    return {
        (panel.name, x, series): published.value
        for panel in panels
        for (x, series), published in published_values(panel).items()
        if x in panel.xs and published.quality == "ok" and published.value is not None
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
    return fmean(
        abs(a - b) for place in usual for a, b in zip(usual[place], other[place], strict=True)
    )


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

    `distance`: the mean of |published - our mean|. `above`: how many are above our mean.
    `deviation`: the median over places of our draws' standard deviation; places at which it is at
    most that of the figures' rule are `stable`, and `fit`: inside one further run's band, or near.
    """

    count: int
    distance: float
    above: int
    deviation: float
    stable: int
    fit: int

    @classmethod
    def of(cls, values: Values, published: Read) -> Beside:
        """Of the places at which there are both; raises `ValueError` if there is none."""
        places = [place for place in published if place in values]
        if not places:
            raise ValueError("no published value has one of ours beside it")
        means = {place: fmean(values[place]) for place in places}
        spread = {place: stdev(values[place]) for place in places}
        stable = [place for place in places if spread[place] <= SCATTER]
        fit = [
            place
            for place in stable
            if verdict_of(Sample(tuple(values[place])), published[place]) != OFF
        ]
        return cls(
            len(places),
            fmean(abs(published[place] - means[place]) for place in places),
            sum(published[place] > means[place] for place in places),
            median(spread.values()),
            len(stable),
            len(fit),
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


def would_fit(values: Values, wrong: Values, published: Read) -> int:
    """At how many stable places the mean of wrong targets would fit in the published value's place.

    Where these fit as often as the published ones, that those fit shows nothing.
    """
    stable = [place for place in published if stdev(values[place]) <= SCATTER]
    samples = {place: Sample(tuple(values[place])) for place in stable}
    return sum(verdict_of(samples[place], fmean(wrong[place])) != OFF for place in stable)


@dataclass(frozen=True)
class TiltOutcome:
    """What one tilt, found in one panel, does in the others, beside random targets and controls.

    `wrong_fit`: of each control, at how many places that are stable with the tilt it would fit.
    """

    tilt: int
    random: Beside
    found: Beside
    wrong: dict[int, Beside]
    wrong_fit: dict[int, int]

    @property
    def holds(self) -> bool:
        """Whether little is left of the distance, and more by every control."""
        left = self.found.distance
        is_nearest = all(left < one.distance for one in self.wrong.values())
        return left < ENOUGH * self.random.distance and is_nearest


def tested(case: Case, tilt: int, random: Values, by_tilt: Mapping[int, Values]) -> TiltOutcome:
    """From the values of the panels that were held out, with random targets and at each tilt."""
    published = read(case.panel(axis) for axis in case.held_out)
    wrong: Sequence[int] = wrong_tilts(tilt)
    return TiltOutcome(
        tilt,
        Beside.of(random, published),
        Beside.of(by_tilt[tilt], published),
        {t: Beside.of(by_tilt[t], published) for t in wrong},
        {t: would_fit(by_tilt[tilt], by_tilt[t], published) for t in wrong},
    )
