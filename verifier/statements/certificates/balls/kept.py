"""The configurations kept for ball arithmetic: at most 8 neurons, 5 samples and 10 steps."""

from __future__ import annotations

from dataclasses import replace

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration

_LEAKY = Configuration(
    Data("shifted", 3, 5, separation=1.0),
    width=8,
    slope=0.3,
    train_bias=True,
    f_steps=(0.4, 0.2, 0.1, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.1),
    g_steps=(0.1,),
    eps=1.0,
    scenario="a",
    fresh_points=3,
)
KEPT = {
    "logistic, momentum": replace(_LEAKY, loss="logistic", momentum=0.9),
    "leaky": _LEAKY,
    "relu, momentum": replace(_LEAKY, slope=0.0, momentum=0.9),
    "frozen biases": replace(_LEAKY, train_bias=False, slope=0.0),
    "linear": replace(_LEAKY, slope=1.0),
    "exponential": replace(_LEAKY, loss="exponential", f_steps=(0.1,) * 10, slope=0.1),
    "one neuron": replace(_LEAKY, width=1, slope=0.0),
    "one sample, one pixel": replace(_LEAKY, data=Data("gaussian", 1, 1), f_steps=(3.0,)),
}
"""By name; a default run takes the first one for all."""
