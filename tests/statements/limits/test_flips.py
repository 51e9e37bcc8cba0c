"""R2c, R2k, R3c: their constants against plain Monte Carlo, quadrature and brute force in NumPy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from verifier.errors import InputError
from verifier.model.losses import Logistic
from verifier.model.recipe import Recipe
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.kinks import PLACES, Kinks, absolute_moment

CPU64 = {"dtype": torch.float64, "device": "cpu"}
SCHEDULES = pytest.mark.parametrize(
    ("steps", "momentum"), [((2.0,), 0.0), ((0.5, 1.0, 0.3, 0.7), 0.5)]
)


def flips(steps: tuple[float, ...] = (2.0,), momentum: float = 0.0, slope: float = 0.2) -> Flips:
    chance = np.random.default_rng(5)
    X = torch.from_numpy(chance.normal(size=(5, 3)))
    X[4] = X[1]  # twice, with both labels
    y = torch.tensor([1.0, -1.0, 1.0, -1.0, -1.0], **CPU64)
    z = torch.from_numpy(chance.normal(size=(1, 3)))
    return Flips.of(X, y, z, Recipe(steps, slope=slope, momentum=momentum))


def fresh(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.normal(size=(n, d)) / math.sqrt(d), chance.normal(size=n)


def at_kink(W: np.ndarray, b: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By regression on `u(x)`, as if it were 0."""
    u = W @ x + b
    s = x @ x / len(x) + 1
    return W - np.outer(u, x / len(x)) / s, b - u / s


def close(found: np.ndarray, other: np.ndarray) -> None:
    """Two means agree within five standard errors."""
    error = math.sqrt(found.var() / len(found) + other.var() / len(other))
    assert abs(found.mean() - other.mean()) <= 5 * error
    assert error <= 0.04 * abs(found.mean())


def test_samples_that_coincide_count_once_with_the_sum_of_their_labels() -> None:
    f = flips()
    assert f.X.shape == (4, 3)
    assert sorted((5 * f.Y).round().tolist()) == [-2.0, -1.0, 1.0, 1.0]
    opposite = Flips.of(f.X[:1].repeat(2, 1), torch.tensor([1.0, -1.0], **CPU64), f.z, f.recipe)
    assert opposite.Y.tolist() == [0.0]


def test_reach_is_the_largest_drift_over_all_patterns() -> None:
    f = flips(slope=0.3)
    bits = torch.cartesian_prod(*[torch.tensor([0.3, 1.0], **CPU64)] * 4)
    largest = (bits @ f.pulls().T).abs().amax(dim=0) * f.time
    torch.testing.assert_close(f.reach(), largest)


def test_drifts_are_the_speed_on_both_sides() -> None:
    f = flips(slope=0.3)
    W, b = fresh(50, 3, 1)
    for j, x in enumerate(f.points.numpy()):
        V, c = at_kink(W, b, x)
        for side, nudge in enumerate((1e-9, -1e-9)):
            u = f.X.numpy() @ V.T + c + nudge  # a hair to the right or to the left
            pattern = np.where(u >= 0, 1.0, 0.3)
            weights = f.Y.numpy() * (f.X.numpy() @ x + 1)
            seen = torch.from_numpy(np.where(f.X.numpy() @ V.T + c >= 0, 1.0, 0.3).T)
            found = f.drifts(torch.full((50,), j), seen)[:, side]
            np.testing.assert_allclose(found.numpy(), weights @ pattern, atol=1e-12)


def path(f: Flips, u: np.ndarray, right: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Time active, neuron by neuron and step by step."""
    found = []
    for start, q, p in zip(u, right, left, strict=True):
        at, v, total = start, 0.0, 0.0
        for eta, omega in zip(f.recipe.steps, f.recipe.effective_steps(), strict=True):
            total += omega * (1.0 if at >= 0 else f.slope)
            v = f.recipe.momentum * v + (q if at >= 0 else p)
            at += eta * v
        found.append(total)
    return np.array(found)


def test_j_is_the_integral_over_both_signs_and_all_starts() -> None:
    """Against 4000 midpoints on the whole range, as the statement writes it."""
    f = flips((0.5, 1.0, 0.3, 0.7), 0.5)
    drifts = torch.tensor([[0.7, 0.4], [-0.3, 0.6], [0.5, -0.2], [-0.8, -0.9]], **CPU64)
    phases = (torch.arange(500, **CPU64) + 0.5) / 500
    for q, p in drifts.tolist():
        both = torch.tensor([[q, p]], **CPU64).expand(500, 2)
        found = sum(float(f.excess(both, phases, side).mean()) for side in (True, False)) / 2
        reach = f.time * max(abs(q), abs(p))
        u = (np.arange(4000) + 0.5) / 2000 * reach - reach
        still = f.time * np.where(u >= 0, 1.0, f.slope)
        whole = [np.square(path(f, u, 0 * u + s * q, 0 * u + s * p) - still) for s in (1, -1)]
        assert found == pytest.approx(np.mean(whole) * 2 * reach, rel=5e-3)


@pytest.mark.slow
@SCHEDULES
def test_c2_is_the_scatter_of_trained_neurons(steps: tuple[float, ...], momentum: float) -> None:
    """From fresh neurons of a network of width 1000, trained by a loop of one's own."""
    f, m, n = flips(steps, momentum), 1000.0, 1_500_000
    X, Y, z = f.X.numpy(), f.Y.numpy(), f.z.numpy()[0]
    W, b = fresh(n, 3, 2)
    a = np.random.default_rng(3).normal(size=n)
    V, c, speed_w, speed_b = W.copy(), b.copy(), 0.0, 0.0
    for eta in f.recipe.steps:
        pull = Y * np.where(V @ X.T + c[:, None] >= 0, 1.0, f.slope) * a[:, None] / math.sqrt(m)
        speed_w, speed_b = momentum * speed_w + pull @ X, momentum * speed_b + pull.sum(axis=1)
        V, c = V + eta * speed_w, c + eta * speed_b

    def active(u: np.ndarray) -> np.ndarray:
        return np.where(u >= 0, u, f.slope * u)

    u, v = W @ z + b, V @ z + c
    first = np.where(W @ X.T + b[:, None] >= 0, 1.0, f.slope) @ (Y * (X @ z + 1))
    t = a * (active(v) - active(u))
    t -= a**2 / math.sqrt(m) * f.time * first * np.where(u >= 0, 1.0, f.slope)
    shares = torch.ones(5, **CPU64)
    neurons = Kinks(f, 1e16, shares, 5).near(100_000, torch.Generator("cpu").manual_seed(1))
    phase = torch.rand(100_000, generator=torch.Generator("cpu").manual_seed(2), **CPU64)
    stated = f.output(neurons.at, neurons.active, neurons.patterns, phase, neurons.share)
    error = math.sqrt(float(stated.var()) / 1e5 + np.var(m**1.5 * t**2) / n)
    found = np.mean(m**1.5 * t**2)
    assert abs(found - float(stated.mean())) <= 5 * error
    assert error <= 0.04 * found


@pytest.mark.slow
def test_c_and_its_second_term_are_the_scatter_of_the_gradient() -> None:
    """Of fresh neurons of a network of width 1000, in one step."""
    f, m, n = flips((1.0,)), 1000.0, 1_000_000
    X, Y, z = f.X.numpy(), f.Y.numpy(), f.z.numpy()[0]
    W, b = fresh(n, 3, 4)
    a = np.random.default_rng(5).normal(size=n)
    pull = Y * np.where(W @ X.T + b[:, None] >= 0, 1.0, f.slope) * a[:, None] / math.sqrt(m)
    V, c = W + pull @ X, b + pull.sum(axis=1)
    after, before = (np.where(u >= 0, 1.0, f.slope) * a for u in (V @ z + c, W @ z + b))
    g = after[:, None] * V - before[:, None] * W
    square = np.square(g).sum(axis=1)
    found = math.sqrt(m) * (square.mean() - np.square(g.mean(axis=0)).sum())
    W0, b0 = at_kink(W, b, z)
    patterns, fresh_patterns = (
        torch.from_numpy(np.where(w @ X.T + o[:, None] >= 0, 1.0, f.slope))
        for w, o in ((W0, b0), (W, b))
    )
    q = f.drifts(torch.zeros(n, dtype=torch.int64), patterns)[:, 0]
    w = torch.from_numpy(W0)
    first = f.gradient(q, w.square().sum(dim=1))
    mixed = f.mixed(q, (w * f.path(patterns)).sum(dim=1))
    moved = f.moved(torch.from_numpy(before / a), fresh_patterns)
    h = torch.from_numpy(g.mean(axis=0)) * math.sqrt(m) / f.time
    second = f.second(moved, mixed, h) / math.sqrt(m)
    stated = first + second
    error = math.sqrt(float(stated.var()) / n + m * square.var() / n)
    assert abs(found - float(stated.mean())) <= 5 * error + 0.02 * found  # O(1/m)
    assert abs(found - float(first.mean())) > 5 * error + 0.02 * found  # so the second term counts
    assert error <= 0.03 * found


@pytest.mark.parametrize("power", [0, 3])
def test_weights_make_up_for_how_neurons_are_drawn(power: int) -> None:
    """Means over neurons near kinks and apart, of a narrow network, against fresh neurons."""
    f, m = flips(), 40.0
    generator = torch.Generator("cpu").manual_seed(4)
    only_z = torch.ones(1, **CPU64)
    n = 100_000
    W, b = fresh(n, 3, 6)
    a = np.random.default_rng(7).normal(size=n)
    z, X = f.z.numpy()[0], f.X.numpy()
    reach = np.abs(a) * float(f.reach()[0]) / math.sqrt(m)
    near = np.abs(W @ z + b) <= reach

    def kernel(W: np.ndarray, b: np.ndarray, a: np.ndarray) -> np.ndarray:
        active = (W @ X[0] + b >= 0) + 0.5
        return np.abs(a) ** 3 * active * (1 + np.square(W).sum(axis=1))

    drawn = Kinks(f, m, only_z, power, stretched=True).near(n, generator)
    params = [t.numpy() for t in drawn.params]
    close(
        drawn.means(drawn.weight * torch.from_numpy(kernel(*params))).numpy(),
        kernel(W, b, a) * near,
    )
    assert len(drawn.weight) == n * PLACES
    drawn = Kinks(f, m, only_z, power).fresh(n, generator)
    params = [t.numpy() for t in drawn.params]
    close(drawn.weight.numpy() * kernel(*params), kernel(W, b, a))


def test_weights_make_up_for_longer_neurons() -> None:
    only_z, n = torch.ones(1, **CPU64), 200_000
    drawn = Kinks(flips(), 1e16, only_z, 5, stretched=True).near(
        n, torch.Generator("cpu").manual_seed(11)
    )
    assert float(drawn.tilt.max()) <= 2
    error = float(drawn.tilt.std()) / math.sqrt(n)
    assert abs(float(drawn.tilt.mean()) - 1) < 5 * error


def test_weights_of_neurons_near_any_of_several_kinks() -> None:
    f, m, n = flips(), 60.0, 200_000
    shares = torch.tensor([1.0, 2.0, 1.0, 0.5, 1.0], **CPU64)
    drawn = Kinks(f, m, shares, 2).near(n, torch.Generator("cpu").manual_seed(8))
    W, b = fresh(n, 3, 9)
    a = np.random.default_rng(10).normal(size=n)
    seen = W @ f.points.numpy().T + b[:, None]
    near = (np.abs(seen) <= np.abs(a)[:, None] * f.reach().numpy() / math.sqrt(m)).any(axis=1)
    size = drawn.params.a.square()
    close(drawn.means(drawn.weight * size).numpy(), a**2 * near)


def test_what_the_limit_misses_falls_with_the_square_root_of_the_width() -> None:
    f, shares = flips(), torch.ones(5, **CPU64)
    narrow, wide = (Kinks(f, m, shares, 5).missed() for m in (1e12, 1e16))
    assert narrow == pytest.approx(100 * wide, rel=1e-3)
    assert 0 < wide < 1e-5


@pytest.mark.parametrize("power", [0, 1, 2, 3, 4, 5])
def test_absolute_moments(power: int) -> None:
    grid = np.linspace(0, 12, 200_001)
    values = 2 * grid**power * np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
    assert absolute_moment(power) == pytest.approx(np.trapezoid(values, grid), rel=1e-6)


def test_what_it_is_not_about_is_refused() -> None:
    f = flips()
    with pytest.raises(InputError, match="loss"):
        replace(f, recipe=Recipe((1.0,), Logistic()))
    with pytest.raises(InputError, match="slope"):
        replace(f, recipe=Recipe((1.0,), slope=1.0))
