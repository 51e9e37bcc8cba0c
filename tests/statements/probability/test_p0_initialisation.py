"""P0: its laws against draws that share nothing with the library, and what its check notices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from tests.statements.probability.small import A_RUN, IMPLEMENTATIONS, experiment
from verifier.evidence.comparisons import Comparisons
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.statements import DEFAULT, REGISTRY, STATISTICAL
from verifier.statements.probability.p0_initialisation import (
    Initialisation,
    judge_initialisation,
    measured,
)
from verifier.trial.settings import Settings
from verifier.trial.study import Study
from verifier.trial.subject import Subject

P0 = STATISTICAL["P0"]
ALPHA, RUNS = 0.05, 300


def numpy_networks(chance: np.random.Generator, count: int, m: int, d: int) -> Parameters:
    parts = (
        chance.normal(size=(count, m, d)) / math.sqrt(d),
        chance.normal(size=(count, m)),
        chance.normal(size=(count, m)),
    )
    return Parameters(*(torch.from_numpy(part) for part in parts))


def test_the_laws_are_scipy_s() -> None:
    values = torch.linspace(-3.0, 40.0, 200, dtype=torch.float64)
    at, below = Initialisation().entry()(values)
    assert at.numpy() == pytest.approx(stats.norm.cdf(values))
    assert torch.equal(at, below)
    for count in (1, 4, 50):
        at, _ = Initialisation().length(count)(values)
        assert at.numpy() == pytest.approx(stats.chi2.cdf(values, count))


@pytest.mark.parametrize(("m", "d"), [(2, 1), (5, 3), (3, 8)])
def test_every_test_keeps_its_rate(m: int, d: int) -> None:
    chance = np.random.default_rng(m)
    study = Study(P0.experiments[DEFAULT][0], ALPHA, Subject())
    alarms: dict[str, int] = {}
    for _ in range(RUNS):
        out = Comparisons()
        judge_initialisation(study, numpy_networks(chance, 40, m, d), out)
        for test in out.tests:
            alarms[test["conclusion"]] = alarms.get(test["conclusion"], 0) + (test["error"] > 1)
    assert len(alarms) == P0.tests - 1  # one more is of a large network's entries
    assert max(alarms.values()) <= stats.binom.isf(1e-6, RUNS, ALPHA)


def test_repetitions_are_those_of_23_random_bits() -> None:
    """As many as drawing so many numbers from 2^23 gives, which float32 codes may do."""
    chance, entries = np.random.default_rng(2), 50_000
    draws = [len(np.unique(chance.integers(0, 2**23, entries))) for _ in range(200)]
    mean = entries - np.mean(draws)
    found = Initialisation().repetitions(entries)
    assert found == pytest.approx(mean, abs=6 * math.sqrt(found / 200) + 0.01 * found)


def test_values_of_one_test_use_an_entry_once() -> None:
    networks = numpy_networks(np.random.default_rng(0), 6, 4, 3)
    sizes = {name: values.numel() for name, values, _ in measured(networks)}
    assert sizes["component of a neuron's weights along another's"] == 6 * 2
    assert sizes["component of the readout a along another seed's"] == 3
    assert sizes["squared length of a neuron's weights"] == 6 * 4
    assert sizes["squared length of a column of W"] == 6 * 3


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
@pytest.mark.parametrize("index", range(3))
def test_correct_implementations_pass(implementation: type, index: int) -> None:
    found = P0.check(experiment("P0", index), A_RUN, Subject(implementation()))
    assert found.holds
    assert all(t["detects"] <= t["wanted"] for t in found.tests)


class InFloat32(Reference):
    """Draws in float32, as much correct code does."""

    def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
        g = torch.Generator(device="cpu").manual_seed(seed)
        W, b, a = (
            torch.randn(*shape, generator=g, dtype=torch.float32, device="cpu").double()
            for shape in ((width, dimension), (width,), (width,))
        )
        return Parameters(W / math.sqrt(dimension), b, a)


@pytest.mark.parametrize("index", range(3))
def test_draws_in_single_precision_pass(index: int) -> None:
    assert P0.check(experiment("P0", index), A_RUN, Subject(InFloat32())).holds


@pytest.mark.slow
@pytest.mark.parametrize("run_seed", [1, 2])
@pytest.mark.parametrize("control", REGISTRY.controls_of("P0"), ids=lambda c: c.name)
def test_controls_are_refuted_at_any_seed(control: Any, run_seed: int) -> None:
    subject = Subject(control.implementation(), control.theory, Settings(run_seed))
    assert not P0.check(experiment("P0"), A_RUN, subject).holds


def test_experiments_have_fewer_neurons_than_dimensions_and_more() -> None:
    shapes = {(e.only.width, e.only.data.dimension) for e in P0.experiments[DEFAULT]}
    assert {d for _, d in shapes} >= {1, 784}
    assert any(m < d for m, d in shapes)
    assert any(m > d for m, d in shapes)
    assert all(m >= 2 for m, _ in shapes)  # pairs of neurons
