"""R5: what a width lets predictions miss, by brute force; and what its check notices."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.statements.agreement.draws import CPU64, generator
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.comparisons import Comparisons
from verifier.kernel.prediction import direction, f_hat, sharpened_direction
from verifier.model.network import initialise, input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import DEFAULT, STATISTICAL
from verifier.statements.agreement.finite_width import FiniteWidth
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.r5_agreement import (
    FlipsTwice,
    PublishedDirection,
    judge_flips,
    judge_values,
)
from verifier.statements.agreement.values import Ended, Missing, Off, diagram_of, missing

A_RUN = 5e-9
VALUES = STATISTICAL["R5"].experiments[DEFAULT][0]


def problem(time: float, slope: float, draws: int = 20_000) -> tuple[FiniteWidth, Tensor]:
    X, y, z = Data("shifted", 3, 5, separation=0.5).sample(2, generator(1))
    neurons = torch.randn(draws, 4, generator=generator(2), **CPU64)
    return FiniteWidth(X, y, time, slope, 1.0, neurons), z


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_flips_are_those_of_a_plain_average(slope: float) -> None:
    """`E[|q|^3 | u(z) = 0]` from neurons drawn near the kink, in NumPy, one after the other."""
    formulas, z = problem(1.5, slope)
    wide = formulas.output_square(z, 10**18)  # V alone
    found = (wide - formulas.output_square(z, 4)).numpy() * 4  # C
    chance = np.random.default_rng(3)
    X, y = formulas.X.numpy(), formulas.y.numpy()
    for point, C in zip(z.numpy(), found, strict=True):
        w = chance.normal(size=(400_000, 3)) / math.sqrt(3)
        b = -w @ point + 0.02 * chance.uniform(-1, 1, size=len(w))
        weight = np.exp(-(b**2) / 2)
        pattern = np.where(w @ X.T + b[:, None] >= 0, 1.0, slope)
        q = pattern @ (y * (X @ point + 1)) / len(y)
        mean = np.average(np.abs(q) ** 3, weights=weight)
        s = point @ point / 3 + 1
        want = (1 - slope) ** 2 * 1.5**3 * 8 / (3 * math.pi * math.sqrt(s)) * mean
        assert pytest.approx(want, rel=0.05) == C


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_sizes_are_those_of_trained_networks(slope: float) -> None:
    """Both second moments, over networks of width 1000 trained for one step."""
    m, time, runs = 1000, 1.5, 3000
    formulas, z = problem(time, slope)
    X, y = formulas.X, formulas.y
    h = torch.cat([sharpened_direction(X[[n]], X, y, slope) for n in range(len(X))])
    starts = initialise(m, 3, generator=generator(4), networks=(runs,), **CPU64)
    ended = train(starts, X, y, Recipe((time,), slope=slope)).params
    missed = output(ended, z, slope) - output(starts, z, slope) - time * f_hat(z, X, y, slope)
    got = m * missed.square().mean(dim=0) / formulas.output_square(z, m)
    assert got.numpy() == pytest.approx(1.0, abs=0.15)
    gradients = (input_gradient(p, X, slope) for p in (ended, starts))
    turned = next(gradients) - next(gradients) - time * h
    got = math.sqrt(m) * turned.square().sum(dim=-1).mean(dim=0) / formulas.gradient_square(h, m)
    assert got.numpy() == pytest.approx(1.0, abs=0.15)


def test_normal_errors_pass_and_others_do_not() -> None:
    g = generator(5)
    squares = torch.randn(3, 320, 8, generator=g, **CPU64).square().mean(dim=-1)
    for factor, holds in ((1.0, True), (2.0, False), (math.nan, False)):
        for k in range(3):
            rows = [row.clone() for row in squares]
            rows[k] = factor * rows[k]
            out = Comparisons()
            judge_values(Off(*rows), A_RUN, out)
            assert (out.worst["error"] <= 1) == holds, (factor, k)
            assert not holds or all(t["detects"] <= t["wanted"] for t in out.tests)


def test_the_flip_term_is_what_the_published_direction_lacks() -> None:
    X, y, _ = Data("shifted", 3, 5, separation=0.5).sample(2, generator(6))
    diagram = PhaseDiagram(X, y, torch.zeros_like(X), 1.0, 2.0, 1.0, 0.2)
    s = direction(X, X, y, 0.2)
    h = torch.cat([sharpened_direction(X[[n]], X, y, 0.2) for n in range(len(X))])
    torch.testing.assert_close(diagram.flip_term(), h - s)
    torch.testing.assert_close(diagram.clean_gradient(), h)


@pytest.mark.parametrize(
    ("kind", "share"), [(PhaseDiagram, 0.0), (PublishedDirection, 1.0), (FlipsTwice, -1.0)]
)
def test_the_missing_share_is_what_was_left_out(kind: type[PhaseDiagram], share: float) -> None:
    """Directions exactly as R5 has them, or with errors, which may add what the page says."""
    c, runs = VALUES.configurations[0], 400
    parts = [c.data.sample(2, generator(100 + k)) for k in range(runs)]
    X, y, z = (torch.stack(part) for part in zip(*parts, strict=True))
    gradient = 0.7 * torch.randn(X.shape, generator=generator(7), **CPU64) / X.shape[2] ** 0.5
    empty = torch.zeros(runs, 2, **CPU64)
    given = Ended(X, y, 0 * X, y, z, empty, empty, empty, empty, gradient, gradient)
    v = c.f_recipe.time * diagram_of(PhaseDiagram, c, given).clean_gradient() + gradient
    nothing = torch.zeros(runs, **CPU64)
    for size in (0.0, 0.2):
        e = size * torch.randn(v.shape, generator=generator(8), **CPU64) / X.shape[2] ** 0.5
        nu = (v + e) / torch.linalg.vector_norm(v + e, dim=-1, keepdim=True)
        may = Off(nothing, nothing, nothing, torch.full_like(v[..., 0], size**2))
        seen = given._replace(nu=nu)
        found = missing(seen, c, diagram_of(kind, c, seen), may)
        assert float(found.share.mean()) == pytest.approx(share, abs=0.05)
        assert bool((found.bias > 0).all()) == (size > 0)
        assert size > 0 or kind is not PhaseDiagram or float(found.share.abs().max()) < 1e-12


def test_a_share_that_is_off_is_noticed() -> None:
    noise = 0.4 * torch.randn(320, generator=generator(9), **CPU64)
    bias = torch.full_like(noise, 0.3)
    for by, holds in ((0.0, True), (0.2, True), (0.9, False), (-0.9, False), (math.nan, False)):
        out = Comparisons()
        judge_flips(Missing(noise + by, bias), A_RUN, out)
        assert (out.worst["error"] <= 1) == holds, by
    assert out.tests[0]["wanted"] == 0.5


def test_several_steps_are_refused() -> None:
    c = VALUES.configurations[0]
    altered = replace(c, f_steps=(0.5, 0.5))
    with pytest.raises(InputError, match="steps"):
        STATISTICAL["R5"].check(replace(VALUES, configurations=(altered,), replicates=1), A_RUN)
