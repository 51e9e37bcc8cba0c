"""The experiments of R1x, R1c and R2a: one width, two points.

R1c and R2a share theirs: what is trained for one statement serves the other.
"""

from __future__ import annotations

from typing import Any

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment


def _one_width(name: str, replicates: int, width: int, data: Data, **fixed: Any) -> Experiment:
    """The first of the data's points is the new one, the others are the samples."""
    other = {"train_bias": True, "g_steps": (0.0,), "eps": 0.0, "scenario": "a", **fixed}
    return Experiment(name, (Configuration(data=data, width=width, **other),), replicates)


# labels are random: no choice of them makes the samples' terms nearly cancel at either point, which
# would leave a wide law; one label for all is where a relative error of f_hat is seen best
_SIGNED_POINTS = Data(
    "raw", 3, 4, points=((-0.4, -0.5, 0.8), (0.6, -0.7, 1.2), (1.4, 0.2, -1.1), (0.6, 0.3, -0.9))
)
_ONE_SIGN = Data(
    "raw", 2, 5, points=((0.6, 1.0), (1.0, 0.5), (-0.3, 1.2), (1.4, 1.3), (0.2, -0.4)), labels="one"
)
_TWICE = Data("shifted", 4, 7, separation=1.0, arrangement="duplicated", labels="one")
_MANY = Data("shifted", 10, 21, separation=0.5)

# R1x, of networks that are only drawn: as narrow as its bound of a fourth moment allows
DRAWN = (
    _one_width("drawn-leaky", 100_000, 10, _SIGNED_POINTS, slope=0.1, f_steps=(1.0, 1.0)),
    _one_width("drawn-relu", 80_000, 8, _ONE_SIGN, slope=0.0, f_steps=(2.0,)),
)
MORE_DRAWN = (
    _one_width("drawn-one-neuron", 600_000, 1, _SIGNED_POINTS, slope=0.2, f_steps=(1.0,)),
    _one_width("drawn-duplicates", 80_000, 30, _TWICE, slope=0.3, f_steps=(0.5, 1.0)),
    _one_width("drawn-many", 60_000, 200, _MANY, slope=0.0, f_steps=(2.0,), train_bias=False),
    _one_width("drawn-linear", 60_000, 5, _ONE_SIGN, slope=1.0, f_steps=(2.0,)),
)

# R1c, R2a: single neurons of networks so wide that flips change less than their tests see. What
# matters is T/sqrt(m): the same would be seen at a shorter time and a smaller width
_AT_LIMIT = 10**9
TRAINED = (
    _one_width("single-leaky", 2_600_000, _AT_LIMIT, _SIGNED_POINTS, slope=0.5, f_steps=(1.0, 1.0)),
)
MORE_TRAINED = (
    _one_width("single-relu", 5_000_000, _AT_LIMIT, _ONE_SIGN, slope=0.0, f_steps=(0.5, 1.5)),
    _one_width(
        "single-frozen-biases",
        2_000_000,
        _AT_LIMIT,
        _ONE_SIGN,
        slope=0.4,
        f_steps=(0.3, 0.3, 0.3),
        momentum=0.9,
        train_bias=False,
    ),
)
