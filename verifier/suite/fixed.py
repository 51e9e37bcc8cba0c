"""Configurations that no search draws: the widest network, and real images."""

from __future__ import annotations

from typing import Any

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.supports import EVERYTHING, Supports


def widest_configuration(supports: Supports = EVERYTHING) -> Configuration:
    """`m = 10^6`, `m N = 5 10^6`: the largest network of the default profile.

    Without kinks where all is in float32, whose rounding some of so many neurons would meet.
    """
    return Configuration(
        Data("mixture", 3, 5),
        width=10**6,
        slope=0.1,
        train_bias=True,
        f_steps=(0.3,),
        g_steps=(0.3,),
        eps=1.0,
        scenario="b",
        fresh_points=2,
        kink_free="float64" not in supports.dtypes,
    )


def image_configurations(task: str, implication: bool) -> list[Configuration]:
    """Real images in both scenarios: narrow for exact statements, wide for implications."""
    recipes: tuple[tuple[Any, ...], ...]
    if implication:
        points = 24
        recipes = (
            (1000, 0.7, (1.0,), (1.0,), 10.0, "b", "identity"),
            (1000, 1.0, (1.0,), (3.0,), 3.0, "a", "identity"),
            (1000, 1.0, (6.0,), (6.0,), 10.0, "b", "logistic"),
            (8000, 0.0, (0.3,), (0.3,), 10.0, "a", "identity"),
        )
        samples = 16
    else:
        points = 6
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
            train_bias=True,
            f_steps=f,
            g_steps=g,
            eps=eps,
            scenario=s,
            loss=loss,
            fresh_points=points,
        )
        for m, slope, f, g, eps, s, loss in recipes
    ]
