"""P2m: its quadrature against fresh neurons in NumPy and exact values; its check and controls."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from verifier.data.distributions import Data
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.probability.one_neuron import Flips, TwoPoints, of_mean, over_arc
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

P2m = PATHWISE["P2m"]
PLAIN = Configuration(
    Data("shifted", 4, 5, separation=1.0),
    10,
    0.3,
    True,
    (0.4,),
    (0.3,),
    1.0,
    "b",
    kink_free=True,
)


def number(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64, device="cpu")


@pytest.mark.parametrize("theta", [0.0, 0.7, 2.0, math.pi])
def test_known_moments_at_two_points(theta: float) -> None:
    relu = TwoPoints(number(theta), 0.0)
    assert float(relu.patterns(3)) == pytest.approx((math.pi - theta) / (2 * math.pi), abs=1e-15)
    arc = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    assert float(relu.outputs(1, 1)) == pytest.approx(arc, abs=1e-14)
    linear = TwoPoints(number(theta), 1.0)
    assert float(linear.outputs(2, 2)) == pytest.approx(1 + 2 * math.cos(theta) ** 2, rel=1e-13)
    assert float(linear.outputs(4, 0)) == pytest.approx(3.0, rel=1e-13)


@pytest.mark.parametrize(("theta", "slope"), [(0.6, 0.0), (2.2, 0.4)])
def test_moments_at_two_points_of_fresh_neurons(theta: float, slope: float) -> None:
    chance = np.random.default_rng(0)
    u, other = chance.normal(size=(2, 1_000_000))
    v = math.cos(theta) * u + math.sin(theta) * other
    pattern = [np.where(t >= 0, 1.0, slope) for t in (u, v)]
    pair = TwoPoints(number(theta), slope)
    values = {
        pair.patterns(2): (pattern[0] * pattern[1]) ** 2,
        pair.outputs(1, 1): pattern[0] * u * pattern[1] * v,
        pair.outputs(2, 2): (pattern[0] * u * pattern[1] * v) ** 2,
        pair.outputs(2, 0): (pattern[0] * u) ** 2,
    }
    for claimed, drawn in values.items():
        error = drawn.std() / 1000
        assert abs(drawn.mean() - float(claimed)) < 5 * error


@pytest.mark.parametrize("h", [0.05, 1.0, 20.0])
def test_flips_of_fresh_neurons(h: float) -> None:
    a, u = np.random.default_rng(1).normal(size=(2, 1_000_000))
    flips = np.abs(u) <= h * np.abs(a)
    excess = np.abs(a) * np.maximum(h * np.abs(a) - np.abs(u), 0)
    own = Flips(number(h))
    for k in (1, 2):
        for claimed, drawn in ((own.mass(k), (a**2 * flips) ** k), (own.excess(k), excess**k)):
            assert abs(drawn.mean() - float(claimed)) < 5 * drawn.std() / 1000


def test_moments_of_a_mean_of_coins() -> None:
    """Of three throws that are 1 with probability 0.3, by all eight outcomes."""
    p, width = 0.3, 3
    chances = [math.comb(3, k) * p**k * (1 - p) ** (3 - k) for k in range(4)]
    centred = [k / 3 - p for k in range(4)]
    found = of_mean([number(p)] * 4, width)
    for power, value in zip((2, 4), found, strict=True):
        wanted = sum(c * x**power for c, x in zip(chances, centred, strict=True))
        assert float(value) == pytest.approx(wanted, rel=1e-13)


def test_quadrature_is_exact_for_what_is_asked_of_it() -> None:
    found = over_arc(lambda t: t.cos() ** 8, number(-math.pi / 2), number(math.pi / 2))
    assert float(found) == pytest.approx(35 * math.pi / 128, rel=1e-14)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("dimension", [1, 4])
def test_the_library_s_moments_pass(slope: float, scenario: str, dimension: int) -> None:
    data = replace(PLAIN.data, dimension=dimension)
    found = P2m.check(replace(PLAIN, slope=slope, scenario=scenario, data=data))
    assert found.holds, found
    assert found.error < 0.5
    assert found.held == found.comparisons


@pytest.mark.parametrize("control", REGISTRY.controls_of("P2m"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any) -> None:
    assert not P2m.check(PLAIN, Subject(theory=control.theory)).holds
