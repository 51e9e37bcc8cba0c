"""Configurations whose readout is trained."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from verifier.suite.batches import without_overflow
from verifier.suite.ingredients import log_uniform, schedules, typical_kernel
from verifier.suite.strategies import exact_configurations
from verifier.trial.configuration import Configuration
from verifier.trial.supports import EVERYTHING, Supports

WIDEST = 300


@st.composite
def moving_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> Configuration:
    """For E9: what E1 meets, no wider than 300; times of order one, since errors grow with them."""
    whole = without_overflow(draw(exact_configurations(supports)), supports)
    time = draw(log_uniform(1e-2, 3.0)) / typical_kernel(whole.data)
    steps = draw(schedules(time, whole.momentum, 5, least=0.05))
    return replace(whole, width=min(whole.width, WIDEST), f_steps=steps)
