"""What configurations are put together from: sizes, data, schedules, losses.

Strategies that do not depend on what was drawn before are made once: Hypothesis examines each new
one, which costs more than drawing from it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.model.losses import LOSSES
from verifier.model.recipe import Recipe
from verifier.trial.supports import FROZEN, TRAINED, Supports


@lru_cache
def log_uniform(low: float, high: float) -> st.SearchStrategy[float]:
    """Positive floats, uniform in the exponent."""
    return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)


# a code may take a slope that is almost 0 for a ReLU's
SLOPES = st.one_of(st.sampled_from((0.0, 0.01, 0.1, 0.3, 1.0, 1e-4)), st.floats(0.0, 1.0))
WIDE_SLOPES = st.one_of(st.sampled_from((0.0, 0.1, 0.3, 0.6, 1.0)), st.floats(0.0, 1.0))
LEAKY_SLOPES = st.one_of(st.sampled_from((0.01, 0.1, 0.3, 0.9)), st.floats(0.01, 0.99))
MOMENTA = st.one_of(st.just(0.0), st.floats(0.0, 0.95))
REAL_MOMENTA = st.one_of(st.just(0.0), st.floats(0.1, 0.95))
DIMENSIONS = st.one_of(st.integers(1, 5), st.integers(1, 30), st.integers(31, 400))
SAMPLES = st.one_of(st.just(1), st.integers(2, 12), st.integers(13, 50))


LENGTHS = st.one_of(log_uniform(1e-3, 10.0), st.just(0.0))


@lru_cache
def among(options: tuple[Any, ...], supported: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Those of the `options` that are `supported`; nothing, if there are none."""
    left = tuple(option for option in options if option in supported)
    return st.sampled_from(left) if left else st.nothing()


def slopes(
    usual: st.SearchStrategy[float], supports: Supports, low: float = 0.0, high: float = 1.0
) -> st.SearchStrategy[float]:
    """The `usual` ones, or those that are supported, from `low` to `high`."""
    if supports.slopes is None:
        return usual
    return among(supports.slopes, tuple(s for s in supports.slopes if low <= s <= high))


def momenta(usual: st.SearchStrategy[float], supports: Supports) -> st.SearchStrategy[float]:
    """The `usual` ones, or none."""
    return usual if supports.momentum else st.just(0.0)


TRUTHS = st.booleans()


def are_trained(supports: Supports) -> st.SearchStrategy[bool]:
    """Whether biases are trained."""
    both = TRAINED in supports.biases and FROZEN in supports.biases
    return TRUTHS if both else st.just(TRAINED in supports.biases)


@lru_cache
def log_integers(low: int, high: int) -> st.SearchStrategy[int]:
    """Whole numbers, uniform in the exponent."""
    return log_uniform(low, high).map(lambda v: min(high, max(low, round(v))))


ENTRIES = st.one_of(
    st.sampled_from((0.0, 1.0, -1.0)),
    st.floats(-1e3, 1e3, allow_subnormal=False),
    log_uniform(1e-8, 1e8),
)
ROWS = {d: st.tuples(*[ENTRIES] * d) for d in range(1, 5)}


@lru_cache
def _scales(largest_exponent: float) -> st.SearchStrategy[float]:
    return st.one_of(st.just(1.0), log_uniform(10**-largest_exponent, 10**largest_exponent))


@st.composite
def raw_arrays(draw: st.DrawFn) -> Data:
    """Small arrays whose every entry Hypothesis chooses."""
    d, n = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    return Data("raw", d, n, points=tuple(draw(ROWS[d]) for _ in range(n)))


@st.composite
def distributions(draw: st.DrawFn, largest_exponent: float) -> Data:
    """Every family, arrangement and labelling, at any scale up to 10^+-largest_exponent."""
    family = draw(st.sampled_from(sorted(FAMILIES)))
    scale = draw(_scales(largest_exponent))
    return Data(
        family,
        dimension=draw(DIMENSIONS),
        samples=draw(SAMPLES),
        scale=scale,
        separation=draw(st.sampled_from((0.3, 0.0, 1.0, 3.0))),
        labels=draw(st.sampled_from(("class", "random", "one"))),
        arrangement=draw(st.sampled_from(("none", "none", "duplicated", "collinear"))),
    )


@lru_cache
def any_data(dtype: str, drawn: int) -> st.SearchStrategy[Data]:
    """Raw arrays, and `drawn` times as often distributions, at the scales that `dtype` bears."""
    # float32 squares of 1e8 times themselves overflow; theory promises 1e+-8 in float64
    return st.one_of(raw_arrays(), *[distributions(8.0 if dtype == "float64" else 3.0)] * drawn)


def typical_kernel(data: Data) -> float:
    """A rough size of `<x, z> + 1`, so that training times can be drawn relative to it."""
    if data.family == "raw":
        return max(sum(v * v for v in p) for p in data.points) + 1.0
    ambient = 1.0 if data.family in ("orthonormal", "sparse") else float(data.dimension)
    return data.scale**2 * ambient * (1 + data.separation**2) + 1.0


@lru_cache
def _shapes(longest: int, least: float) -> st.SearchStrategy[list[float]]:
    size = st.one_of(st.just(1.0), st.floats(0.05, 1.0), st.just(least))
    return st.lists(size, min_size=1, max_size=longest)


@st.composite
def schedules(
    draw: st.DrawFn, time: float, momentum: float, longest: int, least: float = 0.0
) -> tuple[float, ...]:
    """Step sizes whose effective times add up to `time`, or all zero if `least` allows it."""
    shape = draw(_shapes(longest, least))
    total = Recipe(tuple(shape), momentum=momentum).time
    return tuple(s * time / total for s in shape) if total > 0 else tuple(shape)


@st.composite
def losses(
    draw: st.DrawFn, supported: tuple[str, ...] = tuple(LOSSES)
) -> tuple[str, tuple[tuple[str, float], ...]]:
    """The name of a loss, and its constants."""
    name = draw(among(tuple(LOSSES), supported))
    if name != "mixture":
        return name, ()
    constants = {
        "linear": draw(st.floats(0.0, 1.0)),
        "convex": draw(st.floats(0.0, 1.0)),
        "bounded": draw(st.floats(0.0, 1.0)),
        "rate": draw(st.floats(0.1, 3.0)),
        "offset": draw(st.floats(-1.0, 1.0)),
    }
    return name, tuple(constants.items())


def _reflected(direction: list[int], lengths: list[float]) -> tuple[tuple[float, ...], ...]:
    """Orthogonal samples of given lengths: the axes, mirrored in the plane across `direction`."""
    square = sum(v * v for v in direction)
    factor = 2 / square if square > 0 else 0.0
    return tuple(
        tuple(s * ((i == n) - factor * direction[n] * v) for i, v in enumerate(direction))
        for n, s in enumerate(lengths)
    )


@st.composite
def orthogonal_data(draw: st.DrawFn) -> Data:
    """Mutually orthogonal samples, one length each, or one length for all."""
    labels = draw(st.sampled_from(("class", "class", "one")))
    if draw(st.integers(0, 3)) == 3:
        d = draw(st.integers(1, 40))
        scale = draw(log_uniform(0.1, 5.0)) * math.sqrt(d)
        return Data("orthonormal", d, draw(st.integers(1, min(d, 12))), scale, labels=labels)
    d = draw(st.integers(1, 12))
    lengths = draw(st.lists(log_uniform(0.1, 5.0), min_size=1, max_size=min(d, 6)))
    direction = draw(st.lists(st.integers(-3, 3), min_size=d, max_size=d))
    points = _reflected(direction, [s * math.sqrt(d) for s in lengths])
    return Data("raw", d, len(points), labels=labels, points=points)
