"""Configurations under attacks of every kind."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import strategies as st

from verifier.data.distributions import FAMILIES, Data
from verifier.model.attack import Attack
from verifier.suite.ingredients import (
    SLOPES,
    among,
    are_trained,
    log_integers,
    log_uniform,
    schedules,
    slopes,
    typical_kernel,
)
from verifier.suite.strategies import MOSTLY_64, exact_configurations
from verifier.trial.configuration import Configuration
from verifier.trial.supports import EVERYTHING, Supports

ATTACKS = st.builds(
    Attack,
    st.sampled_from((math.inf, math.inf, 2.0, 2.0, 1.0, 1.25, 1.5, 3.0, 4.0)),
    st.one_of(st.none(), st.integers(1, 5)),
)
WHOLE = st.sampled_from((Attack(2.0), Attack(math.inf)))


@st.composite
def attacked_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For E8: everything that E4 and E5 meet, in any norm and along any number of entries."""
    return replace(draw(exact_configurations(supports)), attack=draw(ATTACKS).name)


@st.composite
def _lengths(draw: st.DrawFn, data: Data, attack: Attack, width: int, most: float) -> float:
    """Lengths that change up to about `most` patterns: each neuron's with probability share."""
    d = data.dimension
    share = min(1.0, draw(log_uniform(0.03, most)) / width)
    return share * math.sqrt((typical_kernel(data) - 1) / d + 1) * d ** (1 / attack.norm - 0.5)


@st.composite
def _in_steps(
    draw: st.DrawFn,
    attacks: st.SearchStrategy[Attack],
    widest: int,
    most: float,
    supports: Supports,
) -> Configuration:
    """Data of moderate size: what is counted is entries, and no draw should have most of them."""
    data = Data(
        draw(st.sampled_from(sorted(FAMILIES))),
        dimension=draw(log_integers(1, 100)),
        samples=draw(st.integers(1, 12)),
        scale=draw(log_uniform(0.1, 10.0)),
    )
    attack, width = draw(attacks), draw(log_integers(2, widest))
    time = draw(log_uniform(1e-3, 30.0)) / typical_kernel(data)
    return Configuration(
        data=data,
        width=width,
        slope=draw(slopes(SLOPES, supports)),
        train_bias=draw(are_trained(supports)),
        f_steps=draw(schedules(time, 0.0, 4, least=0.05)),
        g_steps=(0.0,),
        eps=draw(_lengths(data, attack, width, most)),
        scenario="a",
        loss=draw(among(("identity", "logistic"), supports.losses)),
        dtype=draw(among(MOSTLY_64, supports.dtypes)),
        attack=attack.name,
    )


def stepped_configurations(supports: Supports = EVERYTHING) -> st.SearchStrategy[Configuration]:
    """For E8p: any attack on a narrow network, so short that often no pattern can change."""
    return _in_steps(ATTACKS, 100, 1.0, supports)


def coned_configurations(supports: Supports = EVERYTHING) -> st.SearchStrategy[Configuration]:
    """For E8c: the two attacks that it is about, so long that several patterns can change."""
    return _in_steps(WHOLE, 1000, 10.0, supports)
