"""The fixed experiments of P1-P3: how many fresh networks, of which width and slope, where.

Sizes are chosen for the smallest error that a test has to find (`wanted`) at the rate that a whole
run gives each test; a test too small for it is reported as underpowered. The first experiment of
each statement is cheap and has to expose every negative control.
"""

from __future__ import annotations

from verifier.data.distributions import Data
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment


def _of_networks(
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
    _of_networks("relu", 1000, Data("gaussian", 6, 4), 400, 0.0),
    _of_networks("leaky", 2000, Data("shifted", 10, 4, separation=1.0), 50, 0.3),
    _of_networks("tails", 1000, Data("student", 3, 4), 100, 0.05),
)
MORE_KERNELS = (
    _of_networks("wide", 1000, Data("mixture", 20, 8), 5000, 0.0),
    _of_networks("many-dimensions", 2000, Data("hypercube", 200, 8), 100, 0.1),
    _of_networks("half", 5000, Data("gaussian", 5, 16), 200, 0.5),
    _of_networks("linear", 5000, Data("gaussian", 2, 2), 50, 1.0),
    _of_networks("one-neuron", 20_000, Data("gaussian", 3, 2), 1, 0.1),
    _of_networks("duplicates", 5000, Data("shifted", 4, 8, arrangement="duplicated"), 100, 0.0),
)
INITIALISATIONS = (
    _of_networks("wide", 1000, Data("gaussian", 30, 2), 50, 0.0),
    _of_networks("one-dimension", 1000, Data("gaussian", 1, 2), 4, 0.0),
    _of_networks("pixels", 800, Data("gaussian", 784, 2), 3, 0.0),
)
MORE_INITIALISATIONS = (
    _of_networks("two-neurons", 4000, Data("gaussian", 16, 2), 2, 0.0),
    _of_networks("as-wide-as-deep", 2000, Data("gaussian", 30, 2), 30, 0.0),
    _of_networks("many-neurons", 1000, Data("gaussian", 2, 2), 5000, 0.0),
)
LAWS = (
    _of_networks("narrow-leaky", 20_000, _OBLIQUE, 24, 0.2),
    _of_networks("narrow-relu", 20_000, _ALIGNED, 6, 0.0),
)
MORE_LAWS = (
    _of_networks("one-neuron-relu", 40_000, _OBLIQUE, 1, 0.0),
    _of_networks("wide-relu", 20_000, Data("student", 4, 2), 200, 0.0),
    _of_networks("wide-leaky", 20_000, Data("hypercube", 30, 2), 100, 0.1),
    _of_networks("opposite-leaky", 40_000, _OPPOSITE, 40, 0.3),
    _of_networks("linear-law", 40_000, Data("gaussian", 3, 2), 30, 1.0),
    _of_networks("same", 40_000, Data("gaussian", 5, 2, arrangement="duplicated"), 30, 0.5),
)
FIRST_MOMENTS = (
    _of_networks("leaky-oblique", 140_000, _OBLIQUE, 24, 0.5),
    _of_networks("relu-aligned", 124_000, _ALIGNED, 52, 0.0),
    _of_networks("nearly-linear", 140_000, Data("shifted", 4, 2, separation=1.0), 20, 0.7),
)
MORE_MOMENTS = (
    _of_networks("relu-opposite", 150_000, _OPPOSITE, 150, 0.0),
    _of_networks("relu-same", 112_000, Data("gaussian", 5, 2, arrangement="duplicated"), 52, 0.0),
    _of_networks("relu-line", 150_000, _ON_A_LINE, 150, 0.0),
    _of_networks("leaky-far", 240_000, _FAR, 100, 0.1),
    _of_networks("leaky-dimensions", 130_000, Data("hypercube", 30, 2), 80, 0.1),
    _of_networks("half-tails", 140_000, Data("student", 8, 2), 30, 0.5),
    _of_networks("linear", 150_000, Data("gaussian", 3, 2), 16, 1.0),
)
FLIPS = (
    _of_networks("many-leaky", 180_000, _OBLIQUE, 8, 0.3, 2.5),
    _of_networks("fewer-relu", 220_000, _ALIGNED, 10, 0.0, 0.4),
)
MORE_FLIPS = (
    _of_networks("few", 220_000, _ALIGNED, 80, 0.1, 0.1),
    _of_networks("rare", 260_000, _OBLIQUE, 300, 0.0, 0.3),
    _of_networks("nearly-all", 200_000, _OPPOSITE, 5, 0.5, 30.0),
    _of_networks("samples", 300_000, Data("shifted", 10, 30), 16, 0.1, 2.0),
    _of_networks("no-slope", 200_000, Data("gaussian", 4, 12), 16, 0.9, 3.0),
)


def of_targets(
    name: str, replicates: int, data: Data, slope: float, scenario: str, eps: float, width: int = 20
) -> Experiment:
    """P4 and P5: f is trained and attacked, g is not trained; `replicates` are targets."""
    c = Configuration(
        data=data,
        width=width,
        slope=slope,
        train_bias=True,
        f_steps=(1.0, 1.0),
        g_steps=(0.0,),
        eps=eps,
        scenario=scenario,
        fresh_points=2,
    )
    return Experiment(name, (c,), replicates)


TARGETS = (
    of_targets("all-a", 256, Data("shifted", 4, 8), 0.0, "a", 1.0),
    of_targets("all-b", 1024, Data("gaussian", 5, 10), 0.3, "b", 2.0),
    of_targets("random-a", 8000, Data("shifted", 10, 40), 0.1, "a", 1.0),
    of_targets("random-b", 8000, Data("mixture", 6, 40), 0.0, "b", 2.0),
)


MORE_TARGETS = (
    of_targets("all-narrow", 16384, Data("student", 3, 14), 0.0, "b", 0.3, 2),
    of_targets("all-wide", 4096, Data("hypercube", 12, 12), 0.1, "a", 5.0, 500),
    of_targets("random-many", 20_000, Data("shifted", 20, 200), 0.0, "a", 3.0, 40),
    of_targets("random-half", 20_000, Data("gaussian", 8, 100), 0.5, "b", 0.5, 40),
    of_targets("random-linear", 20_000, Data("shifted", 5, 60), 1.0, "b", 1.0, 40),
)
