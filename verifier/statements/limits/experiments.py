"""The experiments of R1-R4, and of the constants: R2c, R2k, R3c, R4a.

Widths are symmetric on the log scale, as a test of an exponent asks. R1 and R2 share theirs, and R3
and R4: what is trained for one statement serves the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment


def _experiment(name: str, replicates: int, widths: Sequence[int], **fixed: Any) -> Experiment:
    """One configuration for each width; R1-R4 use its data, its network and f's schedule."""
    other = {"train_bias": True, "g_steps": (0.0,), "eps": 0.0, "scenario": "a", **fixed}
    return Experiment(name, tuple(Configuration(width=m, **other) for m in widths), replicates)


_PLAIN: dict[str, Any] = {
    "data": Data("hypercube", 6, 6),
    "f_steps": (1.0, 1.0),
    "fresh_points": 10,
}
_MEDIUM, _WIDEST = (100, 1000, 10_000, 100_000), (1000, 10_000, 100_000, 1_000_000)

NARROW = (_experiment("leaky", 200, (30, 300, 3000, 30_000), slope=0.1, **_PLAIN),)
WIDE = (
    _experiment("wide-relu", 128, _WIDEST, slope=0.0, **_PLAIN),
    _experiment("wide-leaky", 160, _MEDIUM, slope=0.2, **_PLAIN),
    _experiment("wide-frozen-biases", 144, _MEDIUM, slope=0.0, train_bias=False, **_PLAIN),
)

# random labels on two clusters, for long: the directions s and h are far apart, |nabla f_0| small
_SIGNED: dict[str, Any] = {
    "data": Data("shifted", 5, 8, separation=1.0, labels="random"),
    "fresh_points": 12,
}
_LONG: dict[str, Any] = {**_SIGNED, "f_steps": (4.0, 6.0)}

_WIDER = (1000, 10_000, 100_000)

CORRELATED = (_experiment("relu", 128, (100, 1000, 10_000), slope=0.0, **_LONG),)
CORRELATED_WIDE = (
    _experiment("wide-relu", 144, _WIDER, slope=0.0, **_LONG),
    _experiment("wide-leaky", 144, _WIDER, slope=0.1, **_LONG),
    _experiment("wide-frozen-biases", 144, _WIDER, slope=0.0, train_bias=False, **_LONG),
)

_FEW, _MANY = (0.3, 1.7, 18.0), (0.1, 0.2, 0.7, 2.0, 7.0, 20.0)

# wide enough for the largest T: where T/sqrt(m) is not small, the cosine rises past cos(h, s)
TIMES = (_experiment("times", 128, (10_000,), slope=0.0, f_steps=_FEW, **_SIGNED),)
MORE_TIMES = (
    _experiment("more-times", 128, (30_000,), slope=0.0, f_steps=_MANY, **_SIGNED),
    _experiment("more-times-leaky", 128, (30_000,), slope=0.1, f_steps=_MANY, **_SIGNED),
)


def _of_flips(name: str, neurons: int, data: Data, **fixed: Any) -> Experiment:
    """R2c, R2k, R3c: so many neurons, each drawn by itself, at one fresh point of fixed data."""
    return _experiment(name, neurons, (1,), data=data, fresh_points=1, **fixed)


_FEW_DIMENSIONS = Data("shifted", 3, 6, separation=1.0)
_TWICE = Data("shifted", 4, 8, separation=1.0, labels="one", arrangement="duplicated")
_SHIFTED = Data("shifted", 4, 10, separation=0.5)

ONE_STEP = (_of_flips("one-step", 40_000, _FEW_DIMENSIONS, slope=0.2, f_steps=(2.0,)),)
ONE_STEP_MORE = (
    _of_flips("one-step-relu", 200_000, _SHIFTED, slope=0.0, f_steps=(1.0,)),
    _of_flips("one-step-frozen", 200_000, _TWICE, slope=0.1, f_steps=(3.0,), train_bias=False),
)
_AVERAGED: dict[str, Any] = {
    "data": Data("shifted", 5, 8, separation=1.0, labels="random"),
    "f_steps": (0.3, 0.7, 2.0),
    "fresh_points": 4,
}
AVERAGES = (_experiment("average", 1600, (500,), slope=0.6, **_AVERAGED),)
AVERAGES_MORE = (
    _experiment("average-wide", 3000, (2000,), slope=0.0, **_AVERAGED),
    _experiment("average-leaky", 3000, (2000,), slope=0.3, **_AVERAGED),
    _experiment("average-frozen", 3000, (2000,), slope=0.0, train_bias=False, **_AVERAGED),
)

_UNEQUAL, _EQUAL = (0.5, 1.0, 0.3, 0.7), (0.4,) * 8
SCHEDULES = (
    _of_flips(
        "momentum",
        40_000,
        _FEW_DIMENSIONS,
        slope=0.1,
        f_steps=_UNEQUAL,
        momentum=0.5,
        train_bias=False,
    ),
)
SCHEDULES_MORE = (
    _of_flips("steps-relu", 200_000, _SHIFTED, slope=0.0, f_steps=_EQUAL),
    _of_flips("steps-momentum", 200_000, _SHIFTED, slope=0.0, f_steps=_EQUAL, momentum=0.9),
    _of_flips("steps-frozen", 200_000, _TWICE, slope=0.3, f_steps=_UNEQUAL, train_bias=False),
)
# only where labels agree do flips go along with what else moves: all of c2's mixed term. Points are
# given, the first of them is z: what is noticed is the same for every seed. In the second much of h
# comes from flips, and of that from beta
_ONE_LABEL = Data(
    "raw",
    3,
    7,
    points=(
        (0.6, -1.4, -0.8),
        (1.8, -1.7, -0.1),
        (0.0, -0.1, -0.2),
        (1.0, 1.5, 0.4),
        (2.3, -0.1, -0.5),
        (1.4, -2.8, 0.0),
        (1.2, -1.2, 0.5),
    ),
    labels="one",
)
_OF_FLIPS = Data(
    "raw",
    2,
    5,
    points=((0.2, 0.4), (0.7, 0.2), (0.9, -0.1), (-0.1, -0.6), (0.8, -0.2)),
    labels="one",
)
GRADIENTS = (
    _of_flips("gradient", 20_000, _ONE_LABEL, slope=0.2, f_steps=(1.0, 1.0), train_bias=False),
    _of_flips("gradient-of-flips", 20_000, _OF_FLIPS, slope=0.0, f_steps=(1.0, 1.0)),
)
GRADIENTS_MORE = (
    _of_flips("gradient-relu", 100_000, _SHIFTED, slope=0.0, f_steps=(2.0,)),
    _of_flips("gradient-momentum", 100_000, _SHIFTED, slope=0.0, f_steps=_EQUAL, momentum=0.9),
    _of_flips("gradient-frozen", 100_000, _TWICE, slope=0.3, f_steps=_UNEQUAL, train_bias=False),
)

# one label drives all neurons at a kink one way: what is noticed is the same for every seed
_FROZEN: dict[str, Any] = {"f_steps": _UNEQUAL, "momentum": 0.5, "train_bias": False}
BIASES = (
    _of_flips("bias-frozen", 60_000, _ONE_LABEL, slope=0.2, **_FROZEN),
    _of_flips("bias-relu", 30_000, _OF_FLIPS, slope=0.0, f_steps=_EQUAL),
    # where the slope matters to what a sample's own crossing changes at the sample
    _of_flips("bias-leaky-at-itself", 30_000, _OF_FLIPS, slope=0.4, f_steps=_EQUAL),
)
SECOND_TERMS = (_of_flips("second-term", 100_000, _ONE_LABEL, slope=0.2, **_FROZEN),)
BIASES_MORE = (
    _of_flips("bias-leaky", 300_000, _ONE_LABEL, slope=0.4, f_steps=_EQUAL, momentum=0.9),
    _of_flips("bias-many-steps", 300_000, _OF_FLIPS, slope=0.1, f_steps=(0.05,) * 40),
)

# R1cl: the loss bends, in steps that let errors come back; no ReLU, whose flips leave a mean
_BENT: dict[str, Any] = {"data": Data("shifted", 5, 5, separation=0.3), "fresh_points": 24}
_LOGISTIC: dict[str, Any] = {"loss": "logistic", **_BENT}
_UNEVEN = (1.0, 2.0, 1.5, 2.5)
_OTHER_LOSS: dict[str, Any] = {
    "loss": "mixture",
    "loss_constants": tuple(
        {"linear": 0.3, "convex": 0.7, "bounded": 0.0, "rate": 1.5, "offset": 0.0}.items()
    ),
}
OTHER_LOSSES = (_experiment("logistic", 1200, (1000,), slope=0.3, f_steps=(2.0,) * 5, **_LOGISTIC),)
OTHER_LOSSES_MORE = (
    _experiment(
        "frozen", 12_000, (4000,), slope=0.3, f_steps=_UNEVEN, train_bias=False, **_LOGISTIC
    ),
    _experiment("mixture", 4000, (4000,), slope=0.5, f_steps=_UNEVEN, **_OTHER_LOSS, **_BENT),
)
