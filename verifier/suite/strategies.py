"""What Hypothesis draws: configurations that reach what breaks code and theory.

Hypothesis chooses the description only; the samples follow from a hash of it
(verifier.trial.draw), so that no search can hunt for an unlucky draw.
"""

from __future__ import annotations

import math
from dataclasses import replace
from inspect import signature
from pkgutil import resolve_name
from typing import Any

from hypothesis import strategies as st

from verifier.data.distributions import Data
from verifier.model.deep import ACTIVATIONS
from verifier.model.recipe import Recipe
from verifier.statements import PathwiseStatement
from verifier.statements.depth.trial import DeepConfiguration
from verifier.suite.ingredients import (
    LEAKY_SLOPES,
    LENGTHS,
    MOMENTA,
    REAL_MOMENTA,
    SLOPES,
    WIDE_SLOPES,
    among,
    any_data,
    are_trained,
    log_integers,
    log_uniform,
    losses,
    momenta,
    orthogonal_data,
    schedules,
    slopes,
    typical_kernel,
)
from verifier.trial.configuration import Configuration
from verifier.trial.description import DTYPES
from verifier.trial.supports import EVERYTHING, Supports

MOSTLY_64 = ("float64", "float64", "float32")

LARGEST_WORK = 1e7
"""Bound on m N d K of a random exact configuration; the widest ones have tests of their own."""

_FAR = 10.0
"""Length of a sample at which outputs of most fresh networks have a large exponential."""


@st.composite
def exact_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For E0-E5 and D1-D3: everything that a correct code and a true theory must survive."""
    dtype = draw(among(MOSTLY_64, supports.dtypes))
    data = draw(any_data(dtype, 4))
    kernel = typical_kernel(data)
    is_single = "float64" not in supports.dtypes
    # in float32 alone most paths from outputs whose exponential is large drift apart by rounding
    calm = tuple(name for name in supports.losses if name != "exponential")
    is_far = is_single and kernel > _FAR**2
    loss, constants = draw(losses((is_far and calm) or supports.losses))
    momentum = draw(momenta(MOMENTA, supports))
    longest_time = 2.0 if loss == "exponential" else 100.0
    f_steps, g_steps = (
        draw(schedules(draw(log_uniform(1e-3, longest_time)) / kernel, momentum, 8))
        for _ in range(2)
    )
    steps = max(len(f_steps), len(g_steps))
    affordable = int(LARGEST_WORK / (data.samples * data.dimension * steps))
    is_wild = is_single and loss == "exponential"
    largest = draw(st.sampled_from((20, 300, 300, *(() if is_wild else (3000, 30000, 10**6)))))
    width = draw(log_integers(1, max(1, min(largest, affordable))))
    return Configuration(
        data=data,
        width=width,
        slope=draw(slopes(SLOPES, supports)),
        train_bias=draw(are_trained(supports)),
        f_steps=f_steps,
        g_steps=g_steps,
        eps=min(draw(LENGTHS) * math.sqrt(kernel), _FAR if is_wild else math.inf),
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=loss,
        loss_constants=constants,
        dtype=dtype,
        biases=bool(supports.biases),
    )


@st.composite
def wide_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For D4 and D5: wide networks and well-scaled data, where the premises can hold."""
    family = draw(st.sampled_from(("shifted", "shifted", "student", "mixture")))
    d = draw(st.integers(3, 20))
    separation = draw(st.sampled_from((1.5, 3.0)))
    unit = separation**2 + {"shifted": 1, "student": 2, "mixture": 7}[family]
    slope = draw(slopes(WIDE_SLOPES, supports))
    # the smaller the slope, the more a flip changes, and the wider the network has to be
    # narrow ones too: there only the error terms of the premise keep the conclusion true
    narrow = draw(st.integers(0, 3)) == 3
    wide = (4_000, 20_000) if slope < 0.5 else (1_000, 5_000)
    width = draw(log_integers(*((1, 300) if narrow else wide)))
    length = draw(st.floats(0.7, 1.2))  # of a sample, in units of sqrt d
    # in float32 alone every path of a wide network with the logistic loss drifts apart by rounding
    is_in_vain = not narrow and "float64" not in supports.dtypes
    usual = ("identity",) if is_in_vain else ("identity", "identity", "logistic")
    loss = draw(among(usual, supports.losses))
    scenario = draw(st.sampled_from(("b", "a")))
    slower = 2.0 if loss == "logistic" else 1.0
    f_time, g_time = draw(st.floats(3.0, 5.0)) * slower, draw(st.floats(1.0, 5.0)) * slower
    return Configuration(
        data=Data(family, d, draw(st.integers(2, 8)), length / math.sqrt(unit), separation),
        width=width,
        slope=slope,
        train_bias=draw(are_trained(supports)),
        f_steps=draw(schedules(f_time, 0.0, 2, 0.1)),
        g_steps=draw(schedules(g_time, 0.0, 2, 0.1)),
        eps=draw(st.floats(1.0, 2.5) if scenario == "a" else st.floats(2.0, 4.0)) * math.sqrt(d),
        scenario=scenario,
        loss=loss,
        dtype=draw(among(tuple(DTYPES), supports.dtypes)),
        fresh_points=6 if narrow else 24,
        biases=bool(supports.biases),
    )


@st.composite
def prior_work_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For O1-O5: orthogonal samples, no biases, leaky ReLU, long training as well as short."""
    data = draw(orthogonal_data())
    sizes = [sum(v * v for v in p) for p in data.points] or [data.scale**2]
    momentum = draw(momenta(REAL_MOMENTA, supports))
    # long runs in few steps: step sizes that grow, as the margins do
    growth = draw(st.floats(1.0, 5.0))
    shape = tuple(growth**k for k in range(draw(st.integers(1, 6))))
    # in float32 alone a quarter of the paths of more than 10 units of time drift apart by rounding
    longest_time = 1e5 if "float64" in supports.dtypes else 1e1
    f_time, g_time = (draw(log_uniform(1e-2, longest_time)) * data.samples for _ in range(2))
    eps = draw(log_uniform(0.03, 30.0)) * math.sqrt(max(sizes))
    whole = Recipe(shape, momentum=momentum).time
    # and most paths that begin with outputs whose exponential is large
    is_in_vain = "float64" not in supports.dtypes and max(sizes) + eps**2 > 100.0
    usual = ("logistic",) if is_in_vain else ("exponential", "logistic")
    return Configuration(
        data=data,
        width=draw(log_integers(1, draw(st.sampled_from((3, 30, 300, 3000))))),
        slope=draw(slopes(LEAKY_SLOPES, supports, 0.01, 0.99)),
        train_bias=False,
        f_steps=tuple(s * f_time / (whole * max(sizes)) for s in shape),
        g_steps=tuple(s * g_time / (whole * (max(sizes) + eps**2)) for s in shape),
        eps=eps,
        scenario=draw(st.sampled_from(("a", "b"))),
        momentum=momentum,
        loss=draw(among(usual, supports.losses)),
        dtype=draw(among(MOSTLY_64, supports.dtypes)),
        fresh_points=3,
        biases=False,
    )


@st.composite
def deep_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> DeepConfiguration:
    """For E6: two to six layers, every option of SGD, mostly fewer samples than inputs."""
    dtype = draw(among(MOSTLY_64, supports.dtypes))
    data = draw(any_data(dtype, 6))
    if draw(st.integers(0, 4)):
        fewer = min(data.samples, max(1, (data.dimension - 1) // draw(st.integers(1, 4))))
        data = replace(data, samples=fewer, points=data.points[:fewer])
    width = st.one_of(st.integers(1, 8), st.integers(1, 64))
    widths = tuple(draw(st.lists(width, min_size=1, max_size=5)))
    loss, constants = draw(losses(supports.losses))
    momentum = draw(momenta(REAL_MOMENTA, supports))
    scale = typical_kernel(data) * (1 + sum(widths))  # a rough size of the tangent kernel
    time = draw(log_uniform(1e-3, 0.3 if loss == "exponential" else 10.0)) / scale
    steps = draw(schedules(time, momentum, 8, least=0.05))
    decay = draw(st.one_of(st.just(0.0), log_uniform(0.01, 2.0)))
    replacement = draw(st.booleans())
    largest = data.samples + (3 if replacement else 0)
    return DeepConfiguration(
        data=data,
        widths=widths,
        steps=steps,
        batch_size=draw(st.one_of(st.integers(1, largest), st.just(data.samples))),
        activation=draw(st.sampled_from(("leaky relu", *ACTIVATIONS))),
        slope=draw(slopes(SLOPES, supports)),
        replacement=replacement,
        momentum=momentum,
        nesterov=momentum > 0 and draw(st.booleans()),
        weight_decay=decay / Recipe(steps, momentum=momentum).time,
        decoupled=draw(st.booleans()),
        clip_norm=math.sqrt(scale) * draw(log_uniform(1e-3, 10.0)) if draw(st.booleans()) else None,
        train_bias=draw(are_trained(supports)),
        loss=loss,
        loss_constants=constants,
        dtype=dtype,
    )


def strategy_for(
    statement: PathwiseStatement, supports: Supports = EVERYTHING
) -> st.SearchStrategy[Any]:
    """Where to look for a counterexample of a statement, among what a code `supports`.

    A strategy from outside may know nothing of that; then what does not fit is drawn in vain.
    """
    make = resolve_name(statement.inputs.strategy)
    if supports == EVERYTHING:
        strategy: st.SearchStrategy[Any] = make()
        return strategy
    knows = "supports" in signature(make).parameters
    found: st.SearchStrategy[Any] = make(supports) if knows else make()
    return found.filter(supports.admits)
