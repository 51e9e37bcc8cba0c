"""What Hypothesis draws: configurations that reach what breaks code and theory.

Hypothesis chooses the description only; the samples follow from a hash of it (verifier.draw), so
that no search can hunt for an unlucky draw.

Strategies that do not depend on what was drawn before are made once: Hypothesis examines each new
one, which costs more than drawing from it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from verifier.claims import ANY, DEEP, ORTHOGONAL, WIDE, Claim
from verifier.configuration import Configuration
from verifier.deep.training import ACTIVATIONS
from verifier.deep.trial import DeepConfiguration
from verifier.distributions import FAMILIES, Data
from verifier.training import Recipe

LARGEST_WORK = 1e7
"""Bound on m N d K of a random exact configuration; the widest ones have tests of their own."""

LOSSES = ("identity", "logistic", "exponential", "mixture")


@lru_cache
def log_uniform(low: float, high: float) -> st.SearchStrategy[float]:
    """Positive floats, uniform in the exponent."""
    return st.floats(math.log10(low), math.log10(high)).map(lambda e: 10.0**e)


SLOPES = st.one_of(st.sampled_from((0.0, 0.01, 0.1, 0.3, 1.0)), st.floats(0.0, 1.0))
WIDE_SLOPES = st.one_of(st.sampled_from((0.0, 0.1, 0.3, 0.6, 1.0)), st.floats(0.0, 1.0))
LEAKY_SLOPES = st.one_of(st.sampled_from((0.01, 0.1, 0.3, 0.9)), st.floats(0.01, 0.99))
MOMENTA = st.one_of(st.just(0.0), st.floats(0.0, 0.95))
REAL_MOMENTA = st.one_of(st.just(0.0), st.floats(0.1, 0.95))
DIMENSIONS = st.one_of(st.integers(1, 5), st.integers(1, 30), st.integers(31, 400))
SAMPLES = st.one_of(st.just(1), st.integers(2, 12), st.integers(13, 50))


LENGTHS = st.one_of(log_uniform(1e-3, 10.0), st.just(0.0))


@lru_cache
def _log_integers(low: int, high: int) -> st.SearchStrategy[int]:
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
def _any_data(dtype: str, drawn: int) -> st.SearchStrategy[Data]:
    """Raw arrays, and `drawn` times as often distributions, at the scales that `dtype` bears."""
    # float32 squares of 1e8 times themselves overflow; theory promises 1e+-8 in float64
    return st.one_of(raw_arrays(), *[distributions(8.0 if dtype == "float64" else 3.0)] * drawn)


def _typical_kernel(data: Data) -> float:
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
def _schedule(
    draw: st.DrawFn, time: float, momentum: float, longest: int, least: float = 0.0
) -> tuple[float, ...]:
    """Step sizes whose effective times add up to `time`, or all zero if `least` allows it."""
    shape = draw(_shapes(longest, least))
    total = Recipe(tuple(shape), momentum=momentum).time
    return tuple(s * time / total for s in shape) if total > 0 else tuple(shape)


@st.composite
def _loss(draw: st.DrawFn) -> tuple[str, tuple[tuple[str, float], ...]]:
    name = draw(st.sampled_from(LOSSES))
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


@st.composite
def exact_configurations(draw: st.DrawFn) -> Configuration:
    """For E0-E5 and D1-D3: everything that a correct code and a true theory must survive."""
    dtype = draw(st.sampled_from(("float64", "float64", "float32")))
    data = draw(_any_data(dtype, 4))
    loss, constants = draw(_loss())
    momentum = draw(MOMENTA)
    longest_time = 2.0 if loss == "exponential" else 100.0
    kernel = _typical_kernel(data)
    f_steps, g_steps = (
        draw(_schedule(draw(log_uniform(1e-3, longest_time)) / kernel, momentum, 8))
        for _ in range(2)
    )
    steps = max(len(f_steps), len(g_steps))
    affordable = int(LARGEST_WORK / (data.samples * data.dimension * steps))
    largest = draw(st.sampled_from((20, 300, 300, 3000, 30000, 10**6)))
    width = draw(_log_integers(1, max(1, min(largest, affordable))))
    return Configuration(
        data=data,
        width=width,
        slope=draw(SLOPES),
        train_bias=draw(st.booleans()),
        f_steps=f_steps,
        g_steps=g_steps,
        eps=draw(LENGTHS) * math.sqrt(kernel),
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=loss,
        loss_constants=constants,
        dtype=dtype,
    )


@st.composite
def wide_configurations(draw: st.DrawFn) -> Configuration:
    """For D4 and D5: wide networks and well-scaled data, where the premises can hold."""
    family = draw(st.sampled_from(("shifted", "shifted", "student", "mixture")))
    d = draw(st.integers(3, 20))
    separation = draw(st.sampled_from((1.5, 3.0)))
    unit = {"shifted": 1 + separation**2, "student": 2 + separation**2}.get(family, 1.0)
    unit = separation**2 + 7 if family == "mixture" else unit
    slope = draw(WIDE_SLOPES)
    # the smaller the slope, the more a flip changes, and the wider the network has to be
    # narrow ones too: there only the error terms of the premise keep the conclusion true
    narrow = draw(st.integers(0, 3)) == 3
    wide = (4_000, 20_000) if slope < 0.5 else (1_000, 5_000)
    width = draw(_log_integers(*((1, 300) if narrow else wide)))
    length = draw(st.floats(0.7, 1.2))  # of a sample, in units of sqrt d
    loss = draw(st.sampled_from(("identity", "identity", "logistic")))
    scenario = draw(st.sampled_from(("b", "a")))
    slower = 2.0 if loss == "logistic" else 1.0
    f_time, g_time = draw(st.floats(3.0, 5.0)) * slower, draw(st.floats(1.0, 5.0)) * slower
    return Configuration(
        data=Data(family, d, draw(st.integers(2, 8)), length / math.sqrt(unit), separation),
        width=width,
        slope=slope,
        train_bias=draw(st.booleans()),
        f_steps=draw(_schedule(f_time, 0.0, 2, 0.1)),
        g_steps=draw(_schedule(g_time, 0.0, 2, 0.1)),
        eps=draw(st.floats(1.0, 2.5) if scenario == "a" else st.floats(2.0, 4.0)) * math.sqrt(d),
        scenario=scenario,
        loss=loss,
        dtype=draw(st.sampled_from(("float64", "float32"))),
        fresh_points=6 if narrow else 24,
    )


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


@st.composite
def prior_work_configurations(draw: st.DrawFn) -> Configuration:
    """For O1-O5: orthogonal samples, no biases, leaky ReLU, long training as well as short."""
    data = draw(orthogonal_data())
    sizes = [sum(v * v for v in p) for p in data.points] or [data.scale**2]
    momentum = draw(REAL_MOMENTA)
    # long runs in few steps: step sizes that grow, as the margins do
    growth = draw(st.floats(1.0, 5.0))
    shape = tuple(growth**k for k in range(draw(st.integers(1, 6))))
    f_time, g_time = (draw(log_uniform(1e-2, 1e5)) * data.samples for _ in range(2))
    eps = draw(log_uniform(0.03, 30.0)) * math.sqrt(max(sizes))
    whole = Recipe(shape, momentum=momentum).time
    return Configuration(
        data=data,
        width=draw(_log_integers(1, draw(st.sampled_from((3, 30, 300, 3000))))),
        slope=draw(LEAKY_SLOPES),
        train_bias=False,
        f_steps=tuple(s * f_time / (whole * max(sizes)) for s in shape),
        g_steps=tuple(s * g_time / (whole * (max(sizes) + eps**2)) for s in shape),
        eps=eps,
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=draw(st.sampled_from(("exponential", "logistic"))),
        dtype=draw(st.sampled_from(("float64", "float64", "float32"))),
        fresh_points=3,
        biases=False,
    )


@st.composite
def deep_configurations(draw: st.DrawFn) -> DeepConfiguration:
    """For E6: two to six layers, every option of SGD, mostly fewer samples than inputs."""
    dtype = draw(st.sampled_from(("float64", "float64", "float32")))
    data = draw(_any_data(dtype, 6))
    if draw(st.integers(0, 4)):
        most = max(1, (data.dimension - 1) // draw(st.integers(1, 4)))
        fewer = min(data.samples, most)
        data = replace(data, samples=fewer, points=data.points[:fewer])
    width = st.one_of(st.integers(1, 8), st.integers(1, 64))
    widths = tuple(draw(st.lists(width, min_size=1, max_size=5)))
    loss, constants = draw(_loss())
    momentum = draw(REAL_MOMENTA)
    scale = _typical_kernel(data) * (1 + sum(widths))  # a rough size of the tangent kernel
    longest_time = 0.3 if loss == "exponential" else 10.0
    time = draw(log_uniform(1e-3, longest_time)) / scale
    steps = draw(_schedule(time, momentum, 8, least=0.05))
    decay = draw(st.one_of(st.just(0.0), log_uniform(0.01, 2.0)))
    replacement = draw(st.booleans())
    largest = data.samples + (3 if replacement else 0)
    return DeepConfiguration(
        data=data,
        widths=widths,
        steps=steps,
        batch_size=draw(st.one_of(st.integers(1, largest), st.just(data.samples))),
        activation=draw(st.sampled_from(("leaky relu", *ACTIVATIONS))),
        slope=draw(SLOPES),
        replacement=replacement,
        momentum=momentum,
        nesterov=momentum > 0 and draw(st.booleans()),
        weight_decay=decay / Recipe(steps, momentum=momentum).time,
        decoupled=draw(st.booleans()),
        clip_norm=math.sqrt(scale) * draw(log_uniform(1e-3, 10.0)) if draw(st.booleans()) else None,
        train_bias=draw(st.booleans()),
        loss=loss,
        loss_constants=constants,
        dtype=dtype,
    )


STRATEGIES = {
    ANY: exact_configurations,
    WIDE: wide_configurations,
    DEEP: deep_configurations,
    ORTHOGONAL: prior_work_configurations,
}
"""By a claim's `inputs`."""


def strategy_for(claim: Claim) -> st.SearchStrategy[Any]:
    """Where to look for a counterexample of a claim."""
    return STRATEGIES[claim.inputs]()


def widest_configuration() -> Configuration:
    """m = 10^6, m N = 2 10^7: the largest network of the default profile."""
    return Configuration(
        Data("mixture", 3, 20),
        width=10**6,
        slope=0.1,
        train_bias=True,
        f_steps=(0.3,),
        g_steps=(0.3,),
        eps=1.0,
        scenario="b",
        fresh_points=2,
    )


def image_configurations(task: str, implication: bool) -> list[Configuration]:
    """Real images in both scenarios: narrow for exact claims, wide for implications."""
    common: dict[str, Any] = {"train_bias": True}
    if implication:
        common["fresh_points"] = 24
        recipes = (
            (1000, 0.7, (1.0,), (1.0,), 10.0, "b", "identity"),
            (1000, 1.0, (1.0,), (3.0,), 3.0, "a", "identity"),
            (1000, 1.0, (6.0,), (6.0,), 10.0, "b", "logistic"),
            (8000, 0.0, (0.3,), (0.3,), 10.0, "a", "identity"),
        )
        samples = 16
    else:
        recipes = (
            (200, 0.0, (0.01, 0.02, 0.01), (0.1, 0.2), 3.0, "a", "identity"),
            (300, 0.3, (0.05, 0.05), (0.05, 0.05), 3.0, "b", "logistic"),
        )
        samples = 40
    return [
        Configuration(
            Data(task, 784, samples),
            m,
            slope,
            f_steps=f,
            g_steps=g,
            eps=eps,
            scenario=s,
            loss=loss,
            **common,
        )
        for m, slope, f, g, eps, s, loss in recipes
    ]
