"""R5m: its second source against fresh neurons in NumPy and the library's covariance; its check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.statements.agreement.draws import CPU64
from verifier.data.distributions import Data
from verifier.kernel.phi import f0_covariance, k_inf
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.agreement.own_moments import (
    Lifted,
    direction_variance,
    start_covariance,
)
from verifier.statements.agreement.own_widths import (
    added_to_output,
    kernel_square,
    turned_by_flips,
)
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

R5m = PATHWISE["R5m"]
PLAIN = Configuration(
    Data("shifted", 4, 5, separation=1.0),
    10,
    0.3,
    True,
    (0.4, 0.2),
    (0.3,),
    1.0,
    "b",
    kink_free=True,
)


def points(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_covariance_and_kernel_are_the_library_s(slope: float) -> None:
    x, z = points(0, 4, 3), points(1, 5, 3)
    x[0] = z[0]
    pairs = Lifted(x.unsqueeze(1), z, slope)
    torch.testing.assert_close(pairs.covariance(), f0_covariance(x, z, slope))
    torch.testing.assert_close(pairs.k_inf(1.0), k_inf(x, z, slope, 1.0))
    assert bool(pairs.same[0, 0])
    theta = torch.acos(
        pairs.c / ((x**2).sum(1) / 3 + 1).sqrt()[:, None] / ((z**2).sum(1) / 3 + 1).sqrt()
    )
    assert float(pairs.least_sine()) == pytest.approx(float(theta.sin()[~pairs.same].min()))


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_both_are_moments_of_fresh_neurons(slope: float) -> None:
    """Four million neurons in NumPy: one neuron's `a phi(u)` and its gradient `a phi' w`."""
    chance, d = np.random.default_rng(2), 3
    X, z, w = (points(k, *shape).numpy() for k, shape in ((3, (4, d)), (4, (d,)), (5, (4, d))))
    X[3] = X[0]
    covariance, square, total = 0.0, 0.0, 0
    for _ in range(8):
        W, b = chance.normal(size=(500_000, d)) / np.sqrt(d), chance.normal(size=500_000)
        u = W @ z + b
        output = np.where(u >= 0, u, slope * u)
        pattern = np.where(W @ X.T + b[:, None] >= 0, 1.0, slope)
        along = (pattern * (W @ w.T)).sum(axis=1)  # E a^2 = 1
        covariance, square, total = (
            covariance + (output * along).sum(),
            square + (along**2).sum(),
            total + len(b),
        )
    given = [torch.from_numpy(t) for t in (X, w[None])]
    found = start_covariance(torch.from_numpy(z)[None], *given, slope)
    assert covariance / total == pytest.approx(float(found[0]), abs=4e-3)
    assert square / total == pytest.approx(float(direction_variance(*given, slope)[0]), abs=6e-3)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("scenario", ["a", "b"])
@pytest.mark.parametrize("dimension", [1, 4])
def test_the_library_s_moments_pass(slope: float, scenario: str, dimension: int) -> None:
    data = replace(PLAIN.data, dimension=dimension)
    found = R5m.check(replace(PLAIN, slope=slope, scenario=scenario, data=data))
    assert found.holds, found
    assert found.error < 0.5
    assert found.held == found.comparisons


@pytest.mark.parametrize("control", REGISTRY.controls_of("R5m"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any) -> None:
    assert not R5m.check(PLAIN, Subject(theory=control.theory)).holds


def test_at_a_cusp_only_what_is_given_the_draws_is_compared() -> None:
    whole = R5m.check(PLAIN)
    zero = replace(PLAIN, data=Data("zero", 4, 5), eps=0.0, scenario="a")
    found = R5m.check(zero)
    assert found.holds
    assert 0 < found.comparisons < whole.comparisons


def test_of_one_point_the_variance_is_that_of_its_gradient() -> None:
    w = points(7, 2, 3, 4)
    X = torch.ones(3, 4, **CPU64)
    total = w.sum(dim=1).square().sum(dim=1)
    torch.testing.assert_close(direction_variance(X, w, 0.5), 1.25 / 2 * total / 4)


@pytest.mark.parametrize(("q", "below"), [(0.8, 0.8), (-0.5, -0.5), (0.6, -0.3), (-0.4, 0.7)])
def test_one_neuron_s_step_is_integrated_exactly(q: float, below: float) -> None:
    """On a fine grid of readouts and starts; at a sample a drift has two sides."""
    time, slope, density = 1.5, 0.3, 0.2
    a, u = np.linspace(-8, 8, 1601)[:, None], np.linspace(-11, 11, 8001)[None]
    weigh = np.exp(-(a**2) / 2) / math.sqrt(2 * math.pi) * 0.01 * 22 / 8000 * density
    move = a * time * np.where(u > 0, q, below)
    before, after = (np.where(v > 0, 1.0, slope) for v in (u, u + move))
    turned = (weigh * a**2 * (after - before) ** 2).sum()
    given = (torch.tensor([v], **CPU64) for v in (q, below, density))
    found = turned_by_flips(*given, time, slope)
    assert float(found) == pytest.approx(turned, rel=2e-2)
    if q == below:
        change = a * (after * (u + move) - before * u)
        added = (weigh * (change**2 - (a * before * move) ** 2)).sum()
        one, at = torch.tensor([q], **CPU64), torch.tensor(density, **CPU64)
        assert float(added_to_output(one, at, time, slope)) == pytest.approx(added, rel=2e-2)


def test_of_three_points_the_solid_angle_is_what_is_left_of_the_angles() -> None:
    """`kernel_square` against the second moment of a million neurons, in NumPy."""
    X, z, w = points(8, 4, 2), points(9, 2), points(10, 4)
    chance, slope = np.random.default_rng(11), 0.3
    W, b = chance.normal(size=(1_000_000, 2)) / math.sqrt(2), chance.normal(size=1_000_000)
    patterns = [np.where(W @ x + b >= 0, 1.0, slope) for x in (z.numpy(), *X.numpy())]
    product = patterns[0] * sum(v * p for v, p in zip(w.numpy(), patterns[1:], strict=True))
    due = 3 * (product**2).mean() - product.mean() ** 2  # E a^4 = 3
    assert float(kernel_square(w, z, X, slope)) == pytest.approx(due, rel=1e-2)
