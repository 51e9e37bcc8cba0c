"""The fixed experiments of P6."""

from __future__ import annotations

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment


def shifted(
    c: float,
    d: int,
    samples: int,
    slope: float,
    beta: int,
    f_time: float,
    g_time: float,
    eps: float,
    width: int = 300,
) -> Configuration:
    """A setting of P6, each network trained in two steps."""
    return Configuration(
        data=Data("shifted", d, samples, separation=c),
        width=width,
        slope=slope,
        train_bias=bool(beta),
        f_steps=(f_time / 2,) * 2,
        g_steps=(g_time / 2,) * 2,
        eps=eps,
        scenario="a",
        fresh_points=1,
    )


ACCURACIES = (
    Experiment(
        "accuracies",
        (  # each where one term of the formula decides
            shifted(0.2, 20, 100, 0.3, 1, 10.0, 30.0, 3.0),
            shifted(0.2, 60, 100, 0.0, 0, 0.3, 3.0, 1.0),
            shifted(0.1, 60, 10, 0.3, 0, 10.0, 30.0, 3.0),
            shifted(0.5, 20, 100, 0.3, 0, 10.0, 30.0, 0.1),
            shifted(0.2, 40, 100, 0.0, 0, 10.0, 0.3, 0.3),
            shifted(0.3, 60, 15, 0.3, 1, 3.0, 100.0, 0.02),
        ),
        replicates=60,
    ),
)
PARTS = (
    shifted(0.2, 200, 80, 0.5, 1, 0.8, 10.0, 0.05, 30),
    shifted(3.0, 200, 80, 0.0, 0, 0.01, 0.3, 15.0, 30),
)
"""Where each part of the formula is measured by itself, on samples alone.

In the first the length of `nabla f` and the targets decide, in the second f's start does: classes
are far apart, perturbations long, and biases frozen.
"""
MORE_ACCURACIES = (
    Experiment(
        "accuracies, many dimensions",
        (
            shifted(0.1, 100, 200, 0.0, 0, 3.0, 30.0, 5.0, 1000),
            shifted(0.3, 20, 200, 0.0, 0, 3.0, 30.0, 2.0, 1000),
            shifted(0.05, 400, 100, 0.3, 0, 3.0, 30.0, 8.0, 500),
            shifted(0.3, 100, 20, 0.0, 1, 1.0, 100.0, 0.5, 1000),
        ),
        replicates=200,
    ),
)
