"""The fixed experiments of P1-P3: how many fresh networks, of which width and slope, where.

Sizes are chosen for the smallest error that a test has to find (`wanted`) at the rate that a whole
run gives each test; a test too small for it is reported as underpowered. The first experiment of
each claim is cheap and has to expose every negative control.
"""

from __future__ import annotations

from verifier.configuration import Configuration
from verifier.distributions import Data
from verifier.study import Experiment


def _setting(
    name: str, replicates: int, data: Data, width: int, slope: float, time: float = 1.0
) -> Experiment:
    """P1-P3 use of a configuration its data, width and slope, P3 also f's schedule."""
    c = Configuration(
        data=data,
        width=width,
        slope=slope,
        train_bias=True,
        f_steps=(time / 2, time / 2),
        g_steps=(0.0,),
        eps=0.0,
        scenario="a",
        fresh_points=4,
    )
    return Experiment(name, (c,), replicates)


def _points(*points: tuple[float, ...]) -> Data:
    return Data("raw", len(points[0]), len(points), points=points)


_OBLIQUE = _points((1.0, 0.5), (-0.3, 1.2))
_ALIGNED = _points((3.0, 1.0), (2.5, 1.5))
_OPPOSITE = _points((1.0, -0.5, 2.0), (-1.5, 0.5, -1.0))
_ON_A_LINE = _points((0.2,), (-4.0,))
_FAR = _points((300.0, -100.0), (-200.0, 100.0))

KERNELS = (
    _setting("relu", 1000, Data("gaussian", 6, 4), 400, 0.0),
    _setting("leaky", 2000, Data("shifted", 10, 4, separation=1.0), 50, 0.3),
    _setting("tails", 1000, Data("student", 3, 4), 100, 0.05),
)
MORE_KERNELS = (
    _setting("wide", 1000, Data("mixture", 20, 8), 5000, 0.0),
    _setting("many-dimensions", 2000, Data("hypercube", 200, 8), 100, 0.1),
    _setting("half", 5000, Data("gaussian", 5, 16), 200, 0.5),
    _setting("linear", 5000, Data("gaussian", 2, 2), 50, 1.0),
    _setting("one-neuron", 20_000, Data("gaussian", 3, 2), 1, 0.1),
    _setting("duplicates", 5000, Data("shifted", 4, 8, arrangement="duplicated"), 100, 0.0),
)
FIRST_MOMENTS = (
    _setting("leaky-oblique", 140_000, _OBLIQUE, 24, 0.5),
    _setting("relu-aligned", 124_000, _ALIGNED, 52, 0.0),
    _setting("nearly-linear", 140_000, Data("shifted", 4, 2, separation=1.0), 20, 0.7),
)
MORE_MOMENTS = (
    _setting("relu-opposite", 150_000, _OPPOSITE, 150, 0.0),
    _setting("relu-same", 112_000, Data("gaussian", 5, 2, arrangement="duplicated"), 52, 0.0),
    _setting("relu-line", 150_000, _ON_A_LINE, 150, 0.0),
    _setting("leaky-far", 240_000, _FAR, 100, 0.1),
    _setting("leaky-dimensions", 130_000, Data("hypercube", 30, 2), 80, 0.1),
    _setting("half-tails", 140_000, Data("student", 8, 2), 30, 0.5),
    _setting("linear", 150_000, Data("gaussian", 3, 2), 16, 1.0),
)
FLIPS = (
    _setting("many-leaky", 180_000, _OBLIQUE, 8, 0.3, 2.5),
    _setting("fewer-relu", 220_000, _ALIGNED, 10, 0.0, 0.4),
)
MORE_FLIPS = (
    _setting("few", 220_000, _ALIGNED, 80, 0.1, 0.1),
    _setting("rare", 260_000, _OBLIQUE, 300, 0.0, 0.3),
    _setting("nearly-all", 200_000, _OPPOSITE, 5, 0.5, 30.0),
    _setting("samples", 300_000, Data("shifted", 10, 30), 16, 0.1, 2.0),
    _setting("no-slope", 200_000, Data("gaussian", 4, 12), 16, 0.9, 3.0),
)
