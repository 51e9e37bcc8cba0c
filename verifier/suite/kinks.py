"""Configurations far from every kink."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.suite.ingredients import (
    MOMENTA,
    SLOPES,
    log_integers,
    log_uniform,
    schedules,
    typical_kernel,
)
from verifier.trial.configuration import Configuration
from verifier.trial.kink_free import SLOPES_AT_MOST_ONE


@st.composite
def kink_free_configurations(draw: st.DrawFn) -> Configuration:
    """For S1: small networks of every kind whose patterns cannot change; samples a little short."""
    data = Data(
        draw(st.sampled_from(sorted(FAMILIES))),
        dimension=draw(st.integers(1, 12)),
        samples=draw(st.integers(1, 12)),
        scale=draw(log_uniform(0.01, 0.5)),
        arrangement=draw(st.sampled_from(("none", "none", "duplicated", "collinear"))),
    )
    kernel = typical_kernel(data)
    momentum = draw(MOMENTA)
    f_steps = draw(schedules(draw(log_uniform(0.1, 10.0)) / kernel, momentum, 6, least=0.05))
    return Configuration(
        data=data,
        width=draw(log_integers(1, 200)),
        slope=draw(SLOPES),
        train_bias=draw(st.booleans()),
        f_steps=f_steps,
        g_steps=f_steps[:1],
        eps=draw(log_uniform(1e-3, 1.0)) * math.sqrt(kernel),
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=draw(st.sampled_from(SLOPES_AT_MOST_ONE)),
        dtype=draw(st.sampled_from(("float64", "float32"))),
        kink_free=True,
    )
