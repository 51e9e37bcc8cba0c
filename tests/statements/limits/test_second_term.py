"""R1t: its integral step by step, and its constant against fresh neurons in NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from tests.statements.limits.test_bias import active, walked
from tests.statements.limits.test_flips import flips
from verifier.model.recipe import Recipe
from verifier.statements.limits.flips import Flips
from verifier.statements.limits.kinks import Kinks

CPU64 = {"dtype": torch.float64, "device": "cpu"}


def second_term(f: Flips, n: int = 200_000) -> torch.Tensor:
    """`C2 + X`, neuron by neuron, from neurons at all kinks."""
    shares = torch.ones(1 + len(f.Y), **CPU64)
    drawn = Kinks(f, 1e16, shares, 5).near(n, torch.Generator("cpu").manual_seed(1))
    phase = torch.rand(n, generator=torch.Generator("cpu").manual_seed(2), **CPU64)
    patterns = torch.cat((drawn.active[:, None], drawn.patterns), dim=1)
    return f.second_term(drawn.at, patterns, phase, drawn.share)


def test_the_integral_at_a_sample_is_that_over_both_signs_and_all_starts() -> None:
    f = flips((0.5, 1.0, 0.3, 0.7), 0.5)
    n, seen = 2, torch.tensor([[1.0, 0.2, 1.0, 0.2, 1.0]], **CPU64)
    at = torch.full((500,), n)
    phases = (torch.arange(500, **CPU64) + 0.5) / 500
    found = float(f.opposed_at_sample(at, seen.expand(500, 5), phases).mean())
    q, p = f.drifts(at[:1], seen[:, 1:])[0].tolist()
    pulls, patterns = f.pulls()[0].tolist(), seen[0, 1:].tolist()
    rest = sum(v * s for k, (v, s) in enumerate(zip(pulls, patterns, strict=True)) if k != n - 1)
    reach = 1.01 * f.time * max(abs(q), abs(p))
    U = (np.arange(40_000) + 0.5) / 20_000 * reach - reach
    side = np.where(U >= 0, 1.0, f.slope)
    total = 0.0
    for s in (1, -1):
        _, time = walked(f, U, s * q, s * p)
        gained = (time - f.time * side) * f.time * (rest + pulls[n - 1] * side)
        total += np.mean(gained) * 2 * reach / 2
    wanted = 2 * 8 / (math.pi * float(f.spread()[n])) * pulls[n - 1] * total
    assert found == pytest.approx(wanted, rel=5e-3)


def test_after_one_step_it_is_half_of_what_flips_take() -> None:
    """`-C_z/2`: R2c's constant and `-3/2` of it."""
    f, n = flips((2.0,)), 50_000
    only_z = torch.ones(1, **CPU64)
    drawn = Kinks(f, 1e16, only_z, 5).near(n, torch.Generator("cpu").manual_seed(3))
    patterns = torch.cat((drawn.active[:, None], drawn.patterns), dim=1)
    phase = torch.full((n,), 0.5, **CPU64)
    found = f.second_term(drawn.at, patterns, phase, drawn.share)
    C = f.output_at_point(f.drifts(drawn.at, drawn.patterns)[:, 0])
    torch.testing.assert_close(found, -C / 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "momentum", "slope"), [((2.0,), 0.0, 0.0), ((0.5, 1.0, 0.5), 0.5, 0.2)]
)
def test_it_is_the_excess_of_fresh_trained_neurons(
    steps: tuple[float, ...], momentum: float, slope: float
) -> None:
    """Both signs of the readout for each, at width 10^4; two samples and z, in one dimension."""
    X, y = torch.tensor([[-1.0], [2.0]], **CPU64), torch.ones(2, **CPU64)
    f = Flips.of(
        X, y, torch.tensor([[0.4]], **CPU64), Recipe(steps, slope=slope, momentum=momentum)
    )
    m, n = 1e4, 4_000_000
    chance = np.random.default_rng(4)
    w, b, size = chance.normal(size=n), chance.normal(size=n), np.abs(chance.normal(size=n))
    found = np.zeros(n)
    for s in (1, -1):
        a, v, c, speed_w, speed_b = s * size, w.copy(), b.copy(), 0.0, 0.0
        seen = [np.where(w * t + b >= 0, 1.0, slope) for t in (-1.0, 2.0)]
        for eta in steps:
            p = [np.where(v * t + c >= 0, 1.0, slope) for t in (-1.0, 2.0)]
            pull = a / math.sqrt(m) / 2
            speed_w = momentum * speed_w + pull * (2 * p[1] - p[0])
            speed_b = momentum * speed_b + pull * (p[0] + p[1])
            v, c = v + eta * speed_w, c + eta * speed_b
        u = w * 0.4 + b
        xi = math.sqrt(m) * a * (active(v * 0.4 + c, slope) - active(u, slope))
        lazy = a**2 * f.time * np.where(u >= 0, 1.0, slope) / 2
        lazy = lazy * (seen[0] * 0.6 + seen[1] * 1.8)
        found += math.sqrt(m) * (xi**2 - lazy**2) / 2
    claimed = second_term(f)
    error = math.sqrt(float(claimed.var()) / len(claimed) + found.var() / n)
    wanted = float(claimed.mean())
    assert abs(found.mean() - wanted) <= 5 * error + 5 / math.sqrt(m) * abs(wanted)
    assert error < 0.1 * abs(wanted)
