"""N1: its formulas against laws that are known, and what its check notices."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from tests.statements.agreement.draws import CPU64, generator
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.evidence.comparisons import Comparisons
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, initialise, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.statements import DEFAULT, REGISTRY, STATISTICAL
from verifier.statements.agreement.finite_width import kernel_variance
from verifier.statements.agreement.n1_neurons import judge_agreement, judge_moments, judge_signs
from verifier.statements.agreement.neurons import NeuronLaw, Series, Task
from verifier.statements.agreement.pools import share
from verifier.statements.limits.kernel_fluctuation import KernelFluctuation
from verifier.trial.experiment import Experiment
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject

A_RUN = 5e-9
NARROW = STATISTICAL["N1"].experiments[DEFAULT][0]


def task(slope: float = 0.3, points: int = 4, momentum: float = 0.4) -> Task:
    X, y, z = Data("shifted", 3, 7, separation=0.5).sample(points, generator(1))
    return Task(X, y, z, Recipe((0.8, 0.4, 1.1), slope=slope, momentum=momentum))


def few(experiment: Experiment = NARROW, replicates: int = 150) -> Experiment:
    return replace(experiment, replicates=replicates)


# --- independence ---------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
def test_networks_end_as_sums_of_a_pool_s_neurons(slope: float) -> None:
    """Whole networks by the library, one neuron after the other by a plain loop in NumPy."""
    given, m = task(slope), 6
    start = initialise(m, 3, generator=generator(2), **CPU64)
    law = NeuronLaw(m, given)
    X, y, z = (t.numpy() for t in (given.X, given.y, given.z))
    found = np.zeros(len(z))
    for w, b, a in zip(*(t.numpy() for t in start), strict=True):
        v, velocity = np.append(w, b), 0.0
        ones = np.column_stack((X, np.ones(len(X))))
        for eta in given.recipe.steps:
            pattern = np.where(ones @ v >= 0, 1.0, slope)
            velocity = 0.4 * velocity - a / math.sqrt(m) * (pattern * y) @ ones / len(y)
            v = v - eta * velocity
        u = z @ v[:-1] + v[-1]
        found += a * np.where(u >= 0, u, slope * u) / math.sqrt(m)
    whole = train(start, given.X, given.y, given.recipe).params
    assert output(whole, given.z, slope).numpy() == pytest.approx(found, abs=1e-12)
    pool = initialise(40, 3, generator=generator(3), **CPU64)
    pool = Parameters(*(torch.cat(parts) for parts in zip(start, pool, strict=True)))
    scaled = pool._replace(a=law.readout(pool.a, m))
    Z = law.terms(train(scaled, given.X, given.y, given.recipe).params, pool.a)
    assert law.output(Z[:m]).numpy() == pytest.approx(found, abs=1e-12)


# --- the law of a sum -----------------------------------------------------------------------------


def gamma_terms(shape: float, count: int = 200_000) -> Tensor:
    """Equally likely terms at the quantiles of a gamma law: sums of m of it are gamma of m shape.

    Moved by a half, so that sums take both signs; the second column is mirrored.
    """
    levels = (np.arange(count) + 0.5) / count
    Z = torch.from_numpy(stats.gamma.ppf(levels, shape)) - 0.5 * shape
    return torch.stack((Z, -Z), dim=1)


@pytest.mark.parametrize("m", [10, 30, 100])
@pytest.mark.parametrize("shape", [1.0, 4.0])
def test_edgeworth_s_series_for_gamma_laws(m: int, shape: float) -> None:
    Z = gamma_terms(shape / 4)
    law = NeuronLaw(m, task())
    exact = stats.gamma.sf(m * shape / 8, m * shape / 4)
    series = law.series(Z)
    off = (law.right_sign(Z) - exact).abs()
    assert bool((off <= 2 * series.second.abs() + 1e-4).all())
    assert bool((off < (series.normal - exact).abs() + 1e-5).all())  # both are right in the tail
    assert float(law.wrong_sign_bound(Z)[0]) >= 1 - exact


class LessSkewness(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        found = super().series(Z)
        return found._replace(skewness=0.9 * found.skewness)


class NoSecondTerm(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        return super().series(Z)._replace(second=torch.zeros_like(Z[0]))


class SecondTermTwice(NeuronLaw):
    def series(self, Z: Tensor) -> Series:
        found = super().series(Z)
        return found._replace(second=2 * found.second)


def error_of_series(law: type[NeuronLaw], m: int) -> float:
    """The largest one for sums of m exponential terms, moved so that t is the same for every m."""
    t = np.array([-2.5, -1.5, -0.6, 0.6, 1.5, 2.5])
    Z = gamma_terms(1.0)[:, :1] - 0.5 + torch.from_numpy(t) / math.sqrt(m)  # E Z = t/sqrt m
    positive = stats.gamma.sf(m - math.sqrt(m) * t, m)
    right = torch.from_numpy(np.where(t > 0, positive, 1 - positive))
    return float((law(m, task()).right_sign(Z) - right).abs().max())


def test_the_series_leaves_what_falls_as_m_to_the_three_halves() -> None:
    # from 20 terms to 80 eight times less; with an altered one four times less, or twice
    def falls(law: type[NeuronLaw]) -> float:
        return error_of_series(law, 20) / error_of_series(law, 80)

    assert falls(NeuronLaw) > 7
    for altered in (LessSkewness, NoSecondTerm, SecondTermTwice):
        assert falls(altered) < 6


def test_moments_are_those_of_sums() -> None:
    Z = torch.tensor([[2.0], [-1.0], [0.5]], **CPU64)
    law = NeuronLaw(2, task())
    sums = np.array([(a + b) / math.sqrt(2) for a in (2, -1, 0.5) for b in (2, -1, 0.5)])
    assert float(law.mean(Z)) == pytest.approx(sums.mean())
    assert float(law.variance(Z)) == pytest.approx(sums.var())
    assert float(law.fourth(Z)) == pytest.approx(((sums - sums.mean()) ** 4).mean())


@pytest.mark.parametrize("t", [0.3, 1.0, 2.0])
def test_cantelli_s_bound_is_attained(t: float) -> None:
    """By a single neuron of two values: its sign is wrong as often as may be."""
    count = 1000
    wrong = round(count / (1 + t**2))
    Z = torch.ones(count, 1, **CPU64)
    Z[:wrong] = -1e-9
    law = NeuronLaw(1, task())
    assert float(law.wrong_sign_bound(Z)) == pytest.approx(wrong / count, abs=2e-3)


# --- V --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_kernel_variance_is_that_of_drawn_kernels(slope: float) -> None:
    given, m = task(slope, points=3), 5
    z = torch.cat((given.z, given.X[:1]))
    X = torch.cat((given.X, given.X[1:2]))  # with a sample that occurs twice
    weights = torch.randn(len(z), len(X), generator=generator(4), **CPU64)
    V = kernel_variance(z, X, weights, slope)
    starts = initialise(m, 3, generator=generator(5), networks=(40_000,), **CPU64)
    at_z, at_x = (
        torch.where(p @ starts.W.mT + starts.b.unsqueeze(1) >= 0, 1.0, slope).to(z) for p in (z, X)
    )
    kernels = (at_z * starts.a.square().unsqueeze(1)) @ at_x.mT / m
    sums = (kernels * weights).sum(dim=-1)
    assert (m * sums.var(dim=0)).numpy() == pytest.approx(V.numpy(), rel=0.06)
    if slope == 1:
        assert V.numpy() == pytest.approx(2 * weights.sum(dim=1).square().numpy())


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_kernel_variance_is_that_of_the_chapter_on_limits(slope: float) -> None:
    """Written there over pairs of samples: the chapters share no formula."""
    given = task(slope, points=3)
    z, X = torch.cat((given.z, given.X[:1])), given.X
    weights = torch.randn(len(z), len(X), generator=generator(4), **CPU64)
    other = KernelFluctuation(X, given.y, Recipe((1.0,), slope=slope)).variance_of(weights, z)
    assert kernel_variance(z, X, weights, slope).numpy() == pytest.approx(other.numpy(), rel=1e-12)


# --- the check ------------------------------------------------------------------------------------


@pytest.mark.parametrize("implementation", [Reference, TorchNN, NumpyFloat64])
def test_correct_implementations_pass(implementation: type) -> None:
    found = STATISTICAL["N1"].check(few(), A_RUN, Subject(implementation()))
    assert found.holds
    (cell,) = found.series["cells"]
    assert abs(cell["measured"] - cell["given the draws"]) < 0.05


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("run_seed", [1, 2])
def test_it_holds_and_every_control_is_refuted(run_seed: int) -> None:
    settings, kept = Settings(run_seed), {}  # type: ignore[var-annotated]
    statement = STATISTICAL["N1"]
    for experiment in statement.experiments[DEFAULT]:
        found = statement.check(experiment, A_RUN, Subject(settings=settings, kept=kept))
        assert found.holds
        assert all(t["detects"] <= t["wanted"] for t in found.tests)
    for control in REGISTRY.controls_of("N1"):
        same = kept if control.implementation is Reference else {}
        subject = Subject(control.implementation(), control.theory, settings, same)
        checks = (statement.check(e, A_RUN, subject) for e in statement.experiments[DEFAULT])
        assert not all(found.holds for found in checks), control.name


def test_nan_refutes() -> None:
    law = NeuronLaw(10, task())
    Z = torch.randn(500, 4, generator=generator(6), **CPU64) + 0.3
    made = law.output(Z[torch.randint(500, (300, 10), generator=generator(7), device="cpu")])
    broken = made.clone()
    broken[5, 2] = math.nan
    judges: tuple[Any, ...] = (
        lambda outputs, out: judge_moments(law, outputs, Z, A_RUN, out),
        lambda outputs, out: judge_signs(law, outputs, Z, A_RUN, out),
        lambda outputs, out: judge_agreement(
            share(outputs, made[0]), share(made, made[0]), A_RUN, out
        ),
    )
    for judge in judges:
        for outputs, holds in ((made, True), (broken, False)):
            out = Comparisons()
            judge(outputs, out)
            assert (out.worst["error"] <= 1) == holds


def test_errors_of_agreement_are_noticed_at_any_scatter() -> None:
    """Of a data set where every network agrees with f on all points or on none."""
    for experiment in STATISTICAL["N1"].experiments[DEFAULT][:4]:
        coins = torch.arange(experiment.replicates, **CPU64)
        out = Comparisons()
        alpha = REGISTRY.ledger(DEFAULT).alpha
        judge_agreement(coins % 2, (coins // 2) % 2, alpha, out)
        (test,) = out.tests
        assert 0.9 * test["wanted"] < test["detects"] <= test["wanted"]


def test_other_settings_are_refused() -> None:
    for fields, name in (
        ({"loss": "logistic"}, "loss"),
        ({"biases": False, "train_bias": False}, "biases"),
    ):
        altered = replace(NARROW.only, **fields)
        with pytest.raises(InputError, match=name):
            STATISTICAL["N1"].check(replace(NARROW, configurations=(altered,)), A_RUN)
