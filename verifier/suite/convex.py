"""What Hypothesis draws for statements about convex losses: D6a and D6b."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from verifier.data.distributions import Data
from verifier.suite.ingredients import (
    SLOPES,
    among,
    are_trained,
    log_integers,
    schedules,
    slopes,
    typical_kernel,
)
from verifier.suite.strategies import MOSTLY_64, wide_configurations
from verifier.trial.configuration import Configuration
from verifier.trial.supports import EVERYTHING, Supports


@st.composite
def convex_losses(draw: st.DrawFn) -> tuple[str, tuple[tuple[str, float], ...]]:
    """The logistic loss, or a mixture of it with the identity: convex, no steeper than 1."""
    if draw(st.integers(0, 2)):
        return "logistic", ()
    linear, rate = draw(st.floats(0.0, 1.0)), draw(st.floats(0.1, 3.0))
    shares = {"linear": linear, "convex": 1.0 - linear, "bounded": 0.0}
    return "mixture", tuple({**shares, "rate": rate, "offset": 0.0}.items())


@st.composite
def convex_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For D6a: convex losses, any width, long training in steps that mostly keep the premise."""
    data = Data(
        draw(st.sampled_from(("shifted", "student", "mixture", "gaussian"))),
        draw(st.integers(1, 12)),
        draw(st.integers(1, 12)),
        separation=draw(st.sampled_from((0.3, 1.5))),
        labels=draw(st.sampled_from(("class", "random"))),
        arrangement=draw(st.sampled_from(("none", "duplicated"))),
    )
    slope = draw(slopes(SLOPES, supports))
    largest = (1 + slope**2) / 2 * typical_kernel(data)  # lambda_max is rarely above it
    loss, constants = draw(convex_losses())
    shape = draw(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=20))
    longest = 4 * draw(st.floats(0.05, 1.6)) / largest
    return Configuration(
        data=data,
        width=draw(log_integers(1, 3000)),
        slope=slope,
        train_bias=draw(are_trained(supports)),
        f_steps=tuple(longest * share for share in shape),
        g_steps=(0.1,),
        eps=1.0,
        scenario="a",
        loss=loss,
        loss_constants=constants,
    )


@st.composite
def brief_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For D6b: wide networks, convex losses and so short a time that its bound says something."""
    wide = draw(wide_configurations(supports))
    loss, constants = draw(convex_losses())
    return replace(
        wide,
        f_steps=draw(schedules(draw(st.floats(0.2, 1.5)), 0.0, 3, 0.1)),
        loss=loss,
        loss_constants=constants,
        # after several steps in float32 some of so many neurons are within rounding of a kink
        dtype=draw(among(MOSTLY_64, supports.dtypes)),
    )
