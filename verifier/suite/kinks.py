"""Configurations far from every kink."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.suite.ingredients import (
    MOMENTA,
    SLOPES,
    among,
    are_trained,
    log_integers,
    log_uniform,
    momenta,
    schedules,
    slopes,
    typical_kernel,
)
from verifier.trial.configuration import Configuration
from verifier.trial.description import DTYPES
from verifier.trial.kink_free import SLOPES_AT_MOST_ONE
from verifier.trial.supports import EVERYTHING, Supports


@st.composite
def kink_free_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For S1: small networks of every kind whose patterns cannot change; samples a little short."""
    data = Data(
        draw(st.sampled_from(sorted(FAMILIES))),
        dimension=draw(st.integers(1, 12)),
        samples=draw(st.integers(1, 12)),
        scale=draw(log_uniform(0.01, 0.5)),
        arrangement=draw(st.sampled_from(("none", "none", "duplicated", "collinear"))),
    )
    kernel = typical_kernel(data)
    momentum = draw(momenta(MOMENTA, supports))
    f_steps = draw(schedules(draw(log_uniform(0.1, 10.0)) / kernel, momentum, 6, least=0.05))
    return Configuration(
        data=data,
        width=draw(log_integers(1, 200)),
        slope=draw(slopes(SLOPES, supports)),
        train_bias=draw(are_trained(supports)),
        f_steps=f_steps,
        g_steps=f_steps[:1],
        eps=draw(log_uniform(1e-3, 1.0)) * math.sqrt(kernel),
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=draw(among(SLOPES_AT_MOST_ONE, supports.losses)),
        dtype=draw(among(tuple(DTYPES), supports.dtypes)),
        kink_free=True,
    )


EXACT_SLOPES = (0.0, 0.125, 0.25, 0.375, 0.5, 0.75, 1.0)
EXACT_MOMENTA = st.sampled_from((0.0, 0.5))
POWERS = st.integers(-3, 3).map(lambda k: 2.0**k)


@st.composite
def at_kink_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For E0k: samples on the axes, and nothing but sums of a few powers of two."""
    samples = draw(st.sampled_from((2, 4, 8)))
    lengths = draw(st.lists(POWERS, min_size=samples, max_size=samples))
    axes = tuple(
        tuple(length if i == n else 0.0 for i in range(samples)) for n, length in enumerate(lengths)
    )
    width = draw(st.sampled_from((1, 4, 16)))
    step = samples * math.isqrt(width) * draw(POWERS)
    return Configuration(
        data=Data("raw", samples, samples, points=axes),
        width=width,
        slope=draw(among(EXACT_SLOPES, supports.slopes or EXACT_SLOPES)),
        train_bias=draw(are_trained(supports)),
        f_steps=(step,),
        g_steps=(step,),
        eps=draw(POWERS),
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=draw(momenta(EXACT_MOMENTA, supports)),
        loss=draw(among(("identity", "logistic", "exponential"), supports.losses)),
        dtype=draw(among(tuple(DTYPES), supports.dtypes)),
    )
