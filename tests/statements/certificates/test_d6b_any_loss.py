"""D6b: its error for any times against single patterns and times, and its check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.statements.certificates.loops import CPU64, Loops, M, N, P, generator, invented, points
from verifier.data.distributions import Data
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import Logistic, Mixture
from verifier.model.network import initialise, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.certificates.feedback import Feedback, Untrained
from verifier.statements.certificates.formulas import Certificates
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

D6b = PATHWISE["D6b"]
BRIEF = Configuration(
    Data("shifted", 6, 6, separation=1.5),
    8000,
    0.3,
    True,
    (0.3, 0.4),
    (1.0,),
    1.0,
    "a",
    loss="logistic",
    fresh_points=24,
)


def untrained(slope: float, beta: bool, steps: tuple[float, ...] = (0.4, 0.7, 0.5)) -> Untrained:
    c = invented(1, slope, beta, Mixture(0.3, 0.6, 0.0, 1.0, 0.0))
    recipe = replace(c.recipe, steps=steps)
    c = replace(c, recipe=recipe)
    return Untrained(c, Feedback(output(c.initial, c.X, slope), c.X, c.y, recipe))


# Its error


@pytest.mark.parametrize(("slope", "beta"), [(0.0, True), (0.3, False), (0.8, True)])
def test_the_error_is_its_definition(slope: float, beta: bool) -> None:
    theory, z = untrained(slope, beta), points(2)
    at = theory.at_most(2.0)
    assert at.tau.tolist() == pytest.approx([1.8] * N)
    expected = []
    for point in z:
        own = Loops(at, point)
        more = less = 0.0
        for i in range(M):
            u = own.u(i, own.z)
            ends = own.move(i, own.on_the_path(i, own.z))
            p = own.slope(i, own.z)
            bent = max(max(u + D, slope * (u + D)) - p * (u + D) for D in ends)
            more += max(own.a[i], 0.0) / math.sqrt(M) * bent
            less += max(-own.a[i], 0.0) / math.sqrt(M) * bent
        for n in range(N):
            signed = 1.8 / N * own.y[n] * own.k(n, own.z)
            low = high = 0.0
            for i in range(M):
                q = own.slope(i, own.X[n])
                share = own.a[i] ** 2 * own.slope(i, own.z) / M
                low += share * (own.at_samples[i][n][0] - q)
                high += share * (own.at_samples[i][n][1] - q)
            off = own.initial_kernel(n) - own.phi(n)
            more += max(signed * low, signed * high) + max(signed * off, 0.0)
            less += max(-signed * low, -signed * high) + max(-signed * off, 0.0)
        expected.append(max(more, less))
    assert theory.output_error(z, 2.0).tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_it_covers_every_run_with_smaller_times(slope: float) -> None:
    """Losses as steep as allowed or less, whatever their shape, on networks of any width."""
    chance, worst = np.random.default_rng(3), 0.0
    for seed in range(60):
        m = int(chance.integers(1, 40))
        g = generator(seed)
        start = initialise(m, 3, generator=g, **CPU64)
        X, y = torch.randn(N, 3, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
        recipe = Recipe((0.5, 0.8), Logistic(), slope)
        run = train(start, X, y, recipe)
        theory = Untrained(
            Certificates(start, X, y, run.tau, recipe),
            Feedback(output(start, X, slope), X, y, recipe),
        )
        z = torch.cat((points(seed), X))
        lazy = theory.certificates.lazy_output(z, output(start, z, slope))
        error = (output(run.params, z, slope) - lazy).abs()
        worst = max(worst, float((error / theory.output_error(z, 1.3)).max()))
    assert 0.2 < worst <= 1


def test_the_path_s_errors_are_those_of_its_prefixes() -> None:
    theory = untrained(0.3, True)
    found = theory.path_errors()
    assert found.shape == (3, N)
    assert torch.equal(found[0], torch.zeros(N, **CPU64))
    X = theory.certificates.X
    torch.testing.assert_close(found[1], theory.output_error(X, 0.4))
    torch.testing.assert_close(found[2], theory.output_error(X, 1.1))
    z = points(4)
    carried = theory.feedback.carried(z, found)
    torch.testing.assert_close(theory.bound(z), theory.output_error(z, 1.6) + carried)
    assert bool((carried > 0).all())
    assert len(z) == P


def test_the_bound_is_known_before_training() -> None:
    """The effective times of the trained path do not enter, as they do in D3."""
    theory, z = untrained(0.3, True), points(4)
    times = 3 * theory.certificates.tau + 1
    other = replace(theory, certificates=replace(theory.certificates, tau=times))
    assert torch.equal(other.bound(z), theory.bound(z))
    assert not torch.equal(other.certificates.output_error(z), theory.certificates.output_error(z))


# The check


@pytest.mark.parametrize("code", [Reference(), NumpyFloat64(), TorchNN()])
@pytest.mark.parametrize("slope", [0.3, 0.7])
def test_correct_codes_pass(code: Any, slope: float) -> None:
    found = D6b.check(replace(BRIEF, slope=slope), Subject(code))
    assert found.holds
    assert found.held > found.comparisons / 2


def test_float32_passes() -> None:
    found = D6b.check(replace(BRIEF, dtype="float32"))
    assert found.holds
    assert found.held > found.comparisons / 2


def test_it_says_nothing_of_long_training() -> None:
    found = D6b.check(replace(BRIEF, f_steps=(1.0,) * 20, width=300, slope=0.0))
    assert found.holds
    assert found.held < found.comparisons / 10


def test_it_says_nothing_where_a_loss_is_not_covered() -> None:
    for other in ({"loss": "exponential"}, {"momentum": 0.5}, {"f_steps": (60.0,)}):
        found = D6b.check(replace(BRIEF, **other))
        assert found.holds
        assert found.held == 0 < found.comparisons


@pytest.mark.parametrize("control", REGISTRY.controls_of("D6b"), ids=lambda c: c.name)
def test_controls_are_refuted(control: Any) -> None:
    subject = Subject(control.implementation(), control.theory)
    short, linear = replace(BRIEF, f_steps=(0.2,)), replace(BRIEF, slope=1.0, width=20_000)
    drawn = [(c, None) for c in (short, linear, BRIEF)]
    made = [(case.configuration, case.start) for case in D6b.attained()]
    assert not all(D6b.check(c, subject, start).holds for c, start in (*drawn, *made))
