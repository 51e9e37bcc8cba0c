"""R1x, R1c, R2a: their formulas against brute force and simulation, and what the checks notice."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import initialise, output
from verifier.model.recipe import Recipe
from verifier.statements import DEFAULT, REGISTRY, STATISTICAL
from verifier.statements.limits.formulas import Limits
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.statements.limits.neurons import Given, trained_neurons
from verifier.trial.settings import Settings
from verifier.trial.study import Study
from verifier.trial.subject import Subject

A_RUN = 5e-9  # about what one test of a whole run may spend
IDS = ("R1x", "R1c", "R2a")


def given(slope: float, beta: bool = True) -> tuple[KernelFluctuation, Given]:
    """Samples that are twice there; points that are a sample and none."""
    points = np.random.default_rng(3).normal(size=(5, 3))
    X = torch.from_numpy(points[[1, 2, 3, 3]])
    y = torch.tensor([1.0, -1.0, 1.0, 1.0], dtype=torch.float64)
    recipe = Recipe((0.5, 1.0), slope=slope, train_bias=beta)
    return KernelFluctuation(X, y, recipe), Given(X, y, torch.from_numpy(points[:2]))


@pytest.mark.parametrize(("slope", "beta"), [(0.0, True), (0.3, False), (1.0, True)])
def test_moments_are_those_of_drawn_neurons(slope: float, beta: bool) -> None:
    """V, the constant of the angle, and the bounds above fourth moments; in plain NumPy."""
    theory, at = given(slope, beta)
    n, chance = 400_000, np.random.default_rng(4)
    W, b, a = (
        chance.normal(size=(n, 3)) / math.sqrt(3),
        chance.normal(size=n),
        chance.normal(size=n),
    )
    X, y, z = (t.numpy() for t in (at.X, at.y, at.z))

    def pattern(points: np.ndarray) -> np.ndarray:
        return np.where(W @ points.T + b[:, None] >= 0, 1.0, slope)

    s = Limits(at.X, at.y, theory.recipe).direction(at.z)
    for p in range(2):
        terms = a[:, None] ** 2 * pattern(z[p : p + 1]) * pattern(X)
        values = terms @ (1.5 / 4 * y * (X @ z[p] + beta))
        centred = values - float(theory.mean(theory.weights(at.z), at.z)[p])
        noise = 6 * centred.std() / math.sqrt(n)
        assert abs(centred.mean()) < noise
        squares = centred**2
        noise = 6 * squares.std() / math.sqrt(n)
        assert abs(squares.mean() - float(theory.variance(at.z)[p])) < noise
        assert (squares**2).mean() < 1.05 * float(theory.fourth_bound(at.z)[p])
        unit = s[p].numpy() / np.linalg.norm(s[p])
        pull = terms @ (y[:, None] * X) / 4 / np.linalg.norm(s[p])
        squares = ((pull - np.outer(pull @ unit, unit)) ** 2).sum(axis=1)
        noise = 6 * squares.std() / math.sqrt(n) + 1e-12  # a linear network has no angle
        assert abs(squares.mean() - float(theory.angle_square(at.z, s)[p])) < noise
        bound = 105 * theory.across_most(at.z, s) ** 2 * theory.across_square(at.z, s)
        assert (squares**2).mean() < 1.05 * float(bound[p]) + 1e-12


@pytest.mark.parametrize("width", [100, 10_000])
def test_flips_change_no_more_than_is_allowed(width: int) -> None:
    """Neurons trained in plain NumPy, at widths where many cross their kink."""
    theory, at = given(0.2)
    n, chance = 200_000, np.random.default_rng(5)
    W, b, a = (
        chance.normal(size=(n, 3)) / math.sqrt(3),
        chance.normal(size=n),
        chance.normal(size=n),
    )
    X, y, z = (t.numpy() for t in (at.X, at.y, at.z))

    def u(W: np.ndarray, b: np.ndarray, points: np.ndarray) -> np.ndarray:
        return W @ points.T + b[:, None]

    def phi(v: np.ndarray) -> np.ndarray:
        return np.where(v >= 0, v, 0.2 * v)

    V, c = W.copy(), b.copy()
    for step in theory.recipe.steps:
        moved = (
            np.where(u(V, c, X) >= 0, 1.0, 0.2) * y * (step * a / (4 * math.sqrt(width)))[:, None]
        )
        V, c = V + moved @ X, c + moved.sum(axis=1)
    found = math.sqrt(width) * a[:, None] * (phi(u(V, c, z)) - phi(u(W, b, z)))
    patterns = [np.where(u(W, b, points) >= 0, 1.0, 0.2) for points in (z, X)]
    linear = a[:, None] ** 2 * patterns[0] * (patterns[1] @ theory.weights(at.z).numpy().T)
    allowed = theory.output_flips(at.z, width).numpy()
    gap = np.abs(found - linear)
    assert (gap.mean(axis=0) < allowed).all()
    assert ((a[:, None] ** 2 * gap).mean(axis=0) < 4 * allowed).all()
    assert (np.abs(found) <= a[:, None] ** 2 * theory.reach(at.z).numpy() * (1 + 1e-9)).all()
    assert (gap.mean(axis=0) > 0.01 * allowed).all()


def test_neurons_are_those_of_a_network_of_that_width() -> None:
    """A whole network of the experiment's width, trained as it is, has their mean."""
    experiment = STATISTICAL["R1c"].experiments[DEFAULT][0]
    c = replace(experiment.only, width=500)
    study = Study(replace(experiment, configurations=(c,), replicates=500), 0.1)
    at = Given.of(study)
    seen = trained_neurons(study, at)
    generator = study.generator("neurons")
    start = initialise(500, 3, generator=generator, dtype=torch.float64, device="cpu")
    end = study.code.train(start, at.X, at.y, c.f_recipe)
    change = output(end, at.z, c.slope) - output(start, at.z, c.slope)
    torch.testing.assert_close(seen.change.mean(dim=0), change)


@pytest.mark.slow
@pytest.mark.parametrize("implementation", [Reference, TorchNN, NumpyFloat64])
@pytest.mark.parametrize("statement", IDS)
def test_correct_implementations_pass(statement: str, implementation: type) -> None:
    for experiment in STATISTICAL[statement].experiments[DEFAULT]:
        found = STATISTICAL[statement].check(experiment, A_RUN, Subject(implementation()))
        assert found.holds
        assert all(t["detects"] <= t["wanted"] for t in found.tests)


@pytest.mark.slow
@pytest.mark.parametrize("run_seed", [1, 2])
@pytest.mark.parametrize("statement", IDS)
def test_controls_are_refuted_at_any_seed(statement: str, run_seed: int) -> None:
    experiment, kept = STATISTICAL[statement].experiments[DEFAULT][0], {}
    for control in REGISTRY.controls_of(statement):
        subject = Subject(theory=control.theory, settings=Settings(run_seed), kept=kept)
        assert not STATISTICAL[statement].check(experiment, A_RUN, subject).holds, control.name
