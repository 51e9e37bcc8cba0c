"""D6a: its times and its lemma in plain NumPy, how nearly its bound is reached, and its check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.statements.certificates.loops import CPU64, generator
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.kernel.phi import k_inf
from verifier.kernel.predicted_times import PredictedTimes
from verifier.model.losses import Identity, Logistic, Loss, Mixture
from verifier.model.network import Parameters, initialise, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import PATHWISE, REGISTRY
from verifier.statements.certificates.d6a_feedback import driven, growing, watched, with_gain
from verifier.statements.certificates.feedback import Feedback
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

D6a = PATHWISE["D6a"]
N, D = 6, 4
WIDE = Configuration(
    Data("gaussian", 4, 6),
    2000,
    0.2,
    True,
    (1.0, 0.5, 2.0, 1.0, 1.0, 2.0),
    (1.0,),
    1.0,
    "a",
    loss="logistic",
)


def invented(seed: int, loss: Loss | None = None, beta: bool = True) -> Feedback:
    """A few samples with outputs before training."""
    g = generator(seed)
    X, y = torch.randn(N, D, generator=g, **CPU64), torch.randn(N, generator=g, **CPU64).sign()
    recipe = Recipe((0.5, 1.0, 0.7, 2.0), loss or Logistic(), 0.3, train_bias=beta)
    return Feedback(torch.randn(N, generator=g, **CPU64), X, y, recipe)


# Each method is its formula


@pytest.mark.parametrize("momentum", [0.0, 0.7])
@pytest.mark.parametrize("loss", [Logistic(), Mixture(0.2, 0.8, 0.0, 2.0, 0.1), Identity()])
def test_predicted_times_are_descent_on_the_kernel_machine(loss: Loss, momentum: float) -> None:
    theory = invented(1, loss)
    K, y, f = theory.gram.tolist(), theory.y.tolist(), theory.start.tolist()
    tau, v = [0.0] * N, [0.0] * N
    for eta in theory.recipe.steps:
        F = [f[n] + sum(y[k] * tau[k] * K[n][k] for k in range(N)) / N for n in range(N)]
        s = torch.tensor([-y[n] * F[n] for n in range(N)], **CPU64)
        v = [momentum * v[n] + float(p) for n, p in enumerate(loss.derivative(s))]
        tau = [tau[n] + eta * v[n] for n in range(N)]
    recipe = replace(theory.recipe, momentum=momentum)
    found = PredictedTimes(theory.start, theory.gram, theory.y, recipe)
    assert found.path[-1].tolist() == pytest.approx(tau, rel=1e-13)
    several = torch.stack((theory.start, 2 * theory.start))
    both = PredictedTimes(several, theory.gram, theory.y, recipe)
    torch.testing.assert_close(both.path[:, 0], found.path)
    if loss.name == "identity":
        assert found.path[-1].tolist() == pytest.approx([recipe.time] * N, rel=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_wide_networks_take_the_predicted_times(momentum: float) -> None:
    theory = invented(2)
    recipe = replace(theory.recipe, momentum=momentum)
    off = []
    for m in (40, 100_000):
        start = initialise(m, D, generator=generator(3), **CPU64)
        found = train(start, theory.X, theory.y, recipe).tau
        f_0 = output(start, theory.X, recipe.slope)
        predicted = PredictedTimes(f_0, theory.gram, theory.y, recipe).path[-1]
        off.append(float((found - predicted).abs().max() / predicted.max()))
    assert off[1] < 0.005 < off[0]


def test_bounds_by_hand() -> None:
    theory, z = invented(4), torch.randn(5, D, generator=generator(5), **CPU64)
    A = theory.gram.numpy() / N
    largest = max(np.linalg.eigvalsh(A))
    gains = [eta / 4 * largest for eta in theory.recipe.steps]
    assert theory.gains.tolist() == pytest.approx(gains, rel=1e-13)
    e = torch.randn(4, N, generator=generator(6), **CPU64)
    total = sum(
        eta / 4 / (2 - theta) * sum(v * v for v in row) / N
        for eta, theta, row in zip(theory.recipe.steps, gains, e.tolist(), strict=True)
    )
    own = k_inf(z, z, 0.3, 1.0).diagonal()
    expected = [math.sqrt(v * total) for v in own.tolist()]
    assert theory.carried(z, e).tolist() == pytest.approx(expected, rel=1e-12)
    outputs, tau = driven(theory, e)
    torch.testing.assert_close(theory.errors(outputs, tau[:-1]), e, rtol=0, atol=1e-13)
    weighted = (tau[-1] * theory.y) @ k_inf(z, theory.X, 0.3, 1.0).T / N
    torch.testing.assert_close(theory.prediction(z, tau[-1]), weighted)


def test_the_watched_path_is_that_of_training() -> None:
    start = initialise(50, D, generator=generator(7), **CPU64)
    blank = invented(8)
    theory = replace(blank, start=output(start, blank.X, 0.3))
    outputs, tau = watched(start, theory)
    for j in range(1, 5):
        run = train(start, theory.X, theory.y, theory.recipe.prefix(j))
        torch.testing.assert_close(tau[j], run.tau)
        if j < 4:
            torch.testing.assert_close(outputs[j], output(run.params, theory.X, 0.3))


def test_where_it_applies() -> None:
    plain = invented(9)
    assert plain.applies
    assert replace(plain, recipe=with_gain(plain, 1.999, 3)).applies
    assert not replace(plain, recipe=with_gain(plain, 2.001, 3)).applies
    assert not replace(plain, recipe=replace(plain.recipe, momentum=0.1)).applies
    bent = Mixture(0.2, 0.5, 0.1, 1.0, 0.0)
    assert not replace(plain, recipe=replace(plain.recipe, loss=bent)).applies

    class Own:
        name = "own"
        value = derivative = staticmethod(torch.sigmoid)

    assert not replace(plain, recipe=replace(plain.recipe, loss=Own())).applies


# The lemma


def test_the_lemma_on_random_paths_in_numpy() -> None:
    """`v'Av` stays below its bound for any Lam in [0, L] and any e; at two near-best choices."""
    chance, worst = np.random.default_rng(10), 0.0
    for _ in range(400):
        n, theta = int(chance.integers(1, 6)), chance.choice([0.3, 1.0, 1.5, 1.9, 1.99])
        root = chance.normal(size=(n, int(chance.integers(1, 4))))
        A = root @ root.T
        eta = theta / np.linalg.eigvalsh(A)[-1]  # L = 1
        axis = np.linalg.eigh(A)[1][:, -1]
        v, bound = np.zeros(n), 0.0
        steps = int(chance.integers(1, 60))
        for j in range(steps):
            best = (1 - theta) ** (steps - 1 - j) * axis
            e = best + chance.choice([0.0, 0.3]) * chance.normal(size=n) * abs(best).max()
            Lam = chance.choice([1.0, 1.0, chance.uniform()], size=n)
            v = v - eta * Lam * (A @ v + e)
            bound += eta / (2 - theta) * e @ e
        worst = max(worst, float(v @ A @ v / bound))
    assert 0.98 < worst <= 1 + 1e-12


@pytest.mark.parametrize("gain", [0.3, 1.0, 1.5, 1.9])
def test_the_bound_is_attained_as_the_page_says(gain: float) -> None:
    z, y = torch.ones(1, D, **CPU64), torch.tensor([1.0, -1.0], **CPU64)
    theory = Feedback(torch.zeros(2, **CPU64), z.expand(2, -1), y, Recipe((1.0,), Logistic(), 0.3))
    for steps in (1, 3, 40):
        at = replace(theory, recipe=with_gain(theory, gain, steps))
        assert at.gains.tolist() == pytest.approx([gain] * steps, rel=1e-13)
        outputs, tau = driven(at, 1e-4 * growing(at.gains))
        apart = (at.prediction(z, tau[-1]) - at.prediction(z, at.times[-1])).abs()
        ratio = float(apart / at.carried(z, at.errors(outputs, tau[:-1])))
        assert ratio**2 == pytest.approx(1 - (1 - gain) ** (2 * steps), rel=1e-5)


# The check


@pytest.mark.parametrize("code", [Reference(), NumpyFloat64()])
@pytest.mark.parametrize("width", [1, 20, 2000])
@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_correct_codes_pass(code: Any, width: int, slope: float) -> None:
    for data in (WIDE.data, Data("gaussian", 1, 1), replace(WIDE.data, arrangement="duplicated")):
        found = D6a.check(replace(WIDE, width=width, slope=slope, data=data), Subject(code))
        assert found.holds
        assert found.held == found.comparisons
        assert found.tightness == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("control", REGISTRY.controls_of("D6a"), ids=lambda c: c.name)
def test_controls_are_refuted_by_one_draw(control: Any) -> None:
    subject = Subject(control.implementation(), control.theory)
    narrow = replace(WIDE, width=20_000)
    assert not D6a.check(narrow, subject).holds


def test_outside_the_premise_only_the_attained_paths_are_compared() -> None:
    for other in ({"momentum": 0.5}, {"loss": "exponential"}, {"f_steps": (50.0,)}):
        found = D6a.check(replace(WIDE, **other))
        assert found.holds
        assert found.held == 3 < found.comparisons


def test_float32_is_refused() -> None:
    with pytest.raises(InputError, match=r"^dtype = 'float32': must be 'float64' for D6a"):
        D6a.check(replace(WIDE, dtype="float32"))


def test_a_code_that_stops_a_step_early_is_refuted() -> None:
    class Early(Reference):
        def train(self, params: Parameters, X: Any, y: Any, recipe: Recipe) -> Parameters:
            return super().train(params, X, y, recipe.prefix(len(recipe.steps) - 1))

    assert not D6a.check(replace(WIDE, width=20_000), Subject(Early())).holds
