"""Configurations trained by mini-batches."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.model.batches import SAMPLERS
from verifier.statements.beyond.batch_trial import BatchConfiguration
from verifier.suite.ingredients import (
    MOMENTA,
    SLOPES,
    are_trained,
    log_uniform,
    momenta,
    slopes,
    typical_kernel,
)
from verifier.suite.strategies import exact_configurations
from verifier.trial.configuration import Configuration
from verifier.trial.supports import EVERYTHING, Supports

WIDEST = 3000  # a replay holds all pre-activations

_LONG = 100.0  # of a kernel: outputs of the start are of the order of its root


def without_overflow(whole: Configuration, supports: Supports) -> Configuration:
    """The logistic loss for an exponential one that would diverge at the start, on long samples.

    Few draws are made here, and E1 meets the others.
    """
    diverges = whole.loss == "exponential" and typical_kernel(whole.data) > _LONG
    return replace(whole, loss="logistic") if diverges and "logistic" in supports.losses else whole


@st.composite
def batched_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> BatchConfiguration:
    """For E7: what E1 meets, no wider than 3000, by every sampler."""
    whole = without_overflow(draw(exact_configurations(supports)), supports)
    described = {field.name: getattr(whole, field.name) for field in fields(whole)}
    described["width"] = min(whole.width, WIDEST)
    N, sampler = whole.data.samples, draw(st.sampled_from(SAMPLERS))
    size = draw(st.integers(1, N + 3 if sampler == "replacement" else N))
    if sampler == "epochs":
        size = max(d for d in range(1, size + 1) if N % d == 0)
    return BatchConfiguration(**described, batch_size=size, sampler=sampler)


CHOICES = (
    *(("fresh", *sizes) for sizes in ((3, 1, 3), (4, 2, 2), (4, 3, 3), (5, 2, 1), (3, 2, 4))),
    *(("replacement", *sizes) for sizes in ((3, 1, 4), (2, 2, 3), (4, 1, 3), (3, 2, 2))),
    *(("epochs", *sizes) for sizes in ((4, 2, 4), (4, 2, 3), (6, 2, 3), (3, 1, 5), (2, 1, 6))),
)
"""Sampler, samples, batch size and steps: no more than 90 choices of batches each."""


@st.composite
def chosen_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> BatchConfiguration:
    """For E7n: small networks without kinks, and few choices of batches."""
    sampler, samples, size, steps = draw(st.sampled_from(CHOICES))
    data = Data(
        draw(st.sampled_from(sorted(FAMILIES))),
        dimension=draw(st.integers(1, 6)),
        samples=samples,
        scale=draw(log_uniform(0.05, 1.0)),
    )
    shape = draw(st.lists(st.floats(0.1, 1.0), min_size=steps, max_size=steps))
    time = draw(log_uniform(0.1, 10.0)) / typical_kernel(data)
    return BatchConfiguration(
        data=data,
        width=draw(st.integers(1, 12)),
        slope=draw(slopes(SLOPES, supports)),
        train_bias=draw(are_trained(supports)),
        f_steps=tuple(time * eta / steps for eta in shape),
        g_steps=(0.0,),
        eps=0.0,
        scenario="a",
        momentum=draw(momenta(MOMENTA, supports)),
        dtype=supports.dtypes[0],
        fresh_points=3,
        kink_free=True,
        batch_size=size,
        sampler=sampler,
    )
