"""Configurations with several classes."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import strategies as st

from verifier.model.classes import CROSS_ENTROPY, SQUARES
from verifier.statements.beyond.class_trial import ClassConfiguration
from verifier.suite.readout import moving_configurations
from verifier.trial.supports import EVERYTHING, Supports

CLASSES = st.sampled_from((2, 3, 3, 5))
LOSSES = st.sampled_from((CROSS_ENTROPY, CROSS_ENTROPY, SQUARES))


@st.composite
def classed_configurations(draw: st.DrawFn, supports: Supports = EVERYTHING) -> ClassConfiguration:
    """For E10: data, networks and times as E9 meets them, and any loss of several classes."""
    whole = draw(moving_configurations(supports))
    described = {field.name: getattr(whole, field.name) for field in fields(whole)}
    described |= {"loss": "identity", "loss_constants": ()}  # that of classes takes its place
    return ClassConfiguration(**described, classes=draw(CLASSES), class_loss=draw(LOSSES))
