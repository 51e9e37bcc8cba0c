"""Configurations for statements about the library's own functions: few, with much in each.

The simplest of each kind comes first in Hypothesis' order, and a quick run draws no other: it has
several samples and steps, momentum and biases.
"""

from __future__ import annotations

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.suite.ingredients import SLOPES, typical_kernel
from verifier.trial.configuration import Configuration
from verifier.trial.kink_free import SLOPES_AT_MOST_ONE


@st.composite
def library_configurations(draw: st.DrawFn) -> Configuration:
    """For K2 and F1: small networks whose patterns cannot change, in float64."""
    data = Data(
        draw(st.sampled_from(("shifted", *sorted(FAMILIES)))),
        dimension=draw(st.sampled_from((5, 1, 2, 12))),
        samples=draw(st.sampled_from((6, 1, 3, 12))),
        scale=draw(st.sampled_from((1.0, 0.03, 0.3))),
        arrangement=draw(st.sampled_from(("none", "duplicated", "collinear"))),
    )
    kernel = typical_kernel(data)
    momentum = draw(st.sampled_from((0.5, 0.0, 0.9)))
    shape = draw(st.sampled_from(((1.0, 0.5, 0.25), (1.0,), (0.5, 1.0, 1.0, 0.2, 1.0))))
    steps = tuple(eta * draw(st.sampled_from((1.0, 0.1, 5.0))) / kernel for eta in shape)
    return Configuration(
        data=data,
        width=draw(st.sampled_from((20, 1, 3, 100))),
        slope=draw(st.one_of(st.just(0.3), SLOPES)),
        train_bias=draw(st.sampled_from((True, False))),
        f_steps=steps,
        g_steps=steps[::-1],
        eps=draw(st.sampled_from((0.5, 0.0, 2.0))) * kernel**0.5,
        scenario=draw(st.sampled_from(("b", "a"))),
        momentum=momentum,
        loss=draw(st.sampled_from(SLOPES_AT_MOST_ONE[::-1])),
        dtype="float64",
        kink_free=True,
    )
