"""R1b: its integrals step by step, its constants against fresh neurons in NumPy, what is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.statements.limits.test_flips import close, flips, fresh
from verifier.model.recipe import Recipe
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.kinks import PLACES, Kinks

CPU64 = {"dtype": torch.float64, "device": "cpu"}


def active(u: np.ndarray, slope: float) -> np.ndarray:
    return np.where(u >= 0, u, slope * u)


def walked(f: Flips, U: np.ndarray, q: float, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Where pre-activations end that move at q right of 0 and at p left of it; the time active."""
    at, v, total = U.copy(), np.zeros_like(U), np.zeros_like(U)
    for eta, omega in zip(f.recipe.steps, f.recipe.effective_steps(), strict=True):
        total += omega * np.where(at >= 0, 1.0, f.slope)
        v = f.recipe.momentum * v + np.where(at >= 0, q, p)
        at = at + eta * v
    return at, total


@pytest.mark.parametrize(("steps", "momentum"), [((2.0,), 0.0), ((0.5, 1.0, 0.3, 0.7), 0.5)])
@pytest.mark.parametrize(("q", "p"), [(0.7, 0.4), (-0.3, 0.6), (0.5, -0.2), (-0.8, -0.9)])
def test_integrals_are_those_over_both_signs_and_all_starts(
    q: float, p: float, steps: tuple[float, ...], momentum: float
) -> None:
    f = flips(steps, momentum)
    reach = 1.01 * f.time * max(abs(q), abs(p))
    U = (np.arange(40_000) + 0.5) / 20_000 * reach - reach
    side = np.where(U >= 0, 1.0, f.slope)
    elsewhere = there = 0.0
    for s in (1, -1):
        end, time = walked(f, U, s * q, s * p)
        elsewhere += np.mean(time - f.time * side) * reach
        step = side * s * f.time * np.where(U >= 0, q, p)
        there += s * np.mean(active(end, f.slope) - active(U, f.slope) - step) * reach
    phases = (torch.arange(500, **CPU64) + 0.5) / 500
    drifts = torch.tensor([[q, p]], **CPU64).expand(500, 2)
    sides = [f.crossing(drifts, phases, right) for right in (True, False)]
    found = sum(float(f.gained(side).mean()) for side in sides) / 2
    assert found == pytest.approx(elsewhere, rel=5e-3, abs=2e-3)
    found = sum(float(f.gained_there(side, drifts).mean()) for side in sides) / 2
    assert found == pytest.approx(there, rel=5e-3, abs=2e-3)
    if len(steps) == 1:
        assert elsewhere == pytest.approx(0.0, abs=1e-3)


def stated(f: Flips, point: int) -> torch.Tensor:
    """b at a point, neuron by neuron, from neurons at all samples' kinks."""
    n, N = 100_000, len(f.Y)
    shares = torch.ones(1 + N, **CPU64)
    shares[0] = 0.0
    drawn = Kinks(f, 1e16, shares, 3).near(n, torch.Generator("cpu").manual_seed(1))
    phase = torch.rand(n, generator=torch.Generator("cpu").manual_seed(2), **CPU64)
    patterns = torch.cat((drawn.active[:, None], drawn.patterns), dim=1)
    return f.bias(point, drawn.at, patterns, phase, drawn.share)


@pytest.mark.slow
@pytest.mark.parametrize("point", [0, 1, 2])
@pytest.mark.parametrize(
    ("steps", "momentum", "slope", "beta"),
    [((1.0,) * 2, 0.0, 0.0, True), ((0.5, 1.0, 0.5), 0.5, 0.3, False), ((2.0,), 0.0, 0.2, True)],
)
def test_b_is_the_mean_of_fresh_trained_neurons(
    point: int, steps: tuple[float, ...], momentum: float, slope: float, beta: bool
) -> None:
    """Both signs of the readout for each, at width 10^4; two samples and z, in one dimension."""
    X, y = torch.tensor([[-1.0], [2.0]], **CPU64), torch.ones(2, **CPU64)
    recipe = Recipe(steps, slope=slope, momentum=momentum, train_bias=beta)
    f = Flips.of(X, y, torch.tensor([[0.4]], **CPU64), recipe)
    m, n = 1e4, 2_000_000
    chance = np.random.default_rng(3)
    w, b, size = chance.normal(size=n), chance.normal(size=n), np.abs(chance.normal(size=n))
    x, Y = float(f.points[point, 0]), f.Y.tolist()
    found = np.zeros(n)
    for s in (1, -1):
        a, v, c, speed_w, speed_b = s * size, w.copy(), b.copy(), 0.0, 0.0
        seen = [np.where(w * t + b >= 0, 1.0, slope) for t in (-1.0, 2.0)]
        for eta in steps:
            p = [np.where(v * t + c >= 0, 1.0, slope) for t in (-1.0, 2.0)]
            pull = a / math.sqrt(m)
            speed_w = momentum * speed_w + pull * (2 * Y[1] * p[1] - Y[0] * p[0])
            speed_b = momentum * speed_b + beta * pull * (Y[0] * p[0] + Y[1] * p[1])
            v, c = v + eta * speed_w, c + eta * speed_b
        u = w * x + b
        lazy = sum(Y[k] * (t * x + beta) * seen[k] for k, t in enumerate((-1.0, 2.0)))
        change = a * (active(v * x + c, slope) - active(u, slope))
        lazy = a**2 / math.sqrt(m) * f.time * lazy * np.where(u >= 0, 1.0, slope)
        found += m * (change - lazy) / 2
    claimed = stated(f, point)
    error = math.sqrt(float(claimed.var()) / len(claimed) + found.var() / n)
    assert abs(found.mean() - float(claimed.mean())) <= 5 * error + 2 / math.sqrt(m)
    if point == 2:  # where it is largest
        assert 5 * error + 2 / math.sqrt(m) < 0.4 * abs(found.mean())
    if point == 0 and len(steps) == 1:
        assert float(claimed.mean()) == pytest.approx(0.0, abs=1e-12)


def test_the_smallest_example_of_the_page() -> None:
    one = torch.ones(1, 1, **CPU64)
    for K in (1, 2, 8):
        f = Flips.of(one, one[0], one / 2, Recipe((2.0 / K,) * K))
        assert float(stated(f, 0).mean()) == pytest.approx(-0.675 * (1 - 1 / K), abs=0.01)


def test_mirrored_groups_have_both_signs_and_the_same_means() -> None:
    """Near any sample's kink of a narrow network, z's never chosen, against fresh neurons."""
    f, m, n = flips(), 60.0, 100_000
    shares = torch.tensor([0.0, 2.0, 1.0, 0.5, 1.0], **CPU64)
    drawn = Kinks(f, m, shares, 3, mirrored=True).near(n, torch.Generator("cpu").manual_seed(8))
    a = drawn.params.a.reshape(n, 2, PLACES)
    assert torch.equal(a[:, 0], -a[:, 1])
    assert not bool((drawn.at == 0).any())
    W, b = fresh(4 * n, 3, 9)
    size = np.random.default_rng(10).normal(size=4 * n)
    seen = W @ f.X.numpy().T + b[:, None]
    near = np.abs(seen) <= np.abs(size)[:, None] * f.reach().numpy()[1:] / math.sqrt(m)
    values = drawn.params.a.square() * (1 + (drawn.params.a > 0))
    other = size**2 * (1 + (size > 0)) * near.any(axis=1)
    close(drawn.means(drawn.weight * values).numpy(), other)
