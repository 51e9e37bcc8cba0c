"""P2: its power, and the draws of each code that it is about."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from scipy import stats

from tests.statements.probability.small import A_RUN, IMPLEMENTATIONS, experiment
from verifier.errors import InputError
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.statements import DEFAULT, REGISTRY, STATISTICAL, Control
from verifier.statements.probability import measured as fresh
from verifier.trial.settings import Settings
from verifier.trial.study import Study
from verifier.trial.subject import Subject


def control(name: str) -> Control:
    return next(found for found in REGISTRY.controls_of("P2") if found.name == name)


@pytest.mark.slow
@pytest.mark.parametrize("run_seed", [1, 2, 3])
def test_the_smallest_wanted_errors_are_found(run_seed: int) -> None:
    settings, kept = Settings(run_seed), dict[Any, Any]()
    for name in ("phi-off-by-one-percent", "variance-off"):
        subject = Subject(theory=control(name).theory, settings=settings, kept=kept)
        found = STATISTICAL["P2"].check(experiment("P2"), A_RUN, subject)
        assert not found.holds


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["seed-ignored", "seed-not-enough", "antisymmetric", "standardised-readout", "zero-if-narrow"],
)
@pytest.mark.parametrize("run_seed", [1, 2, 3])
def test_what_only_single_calls_show_is_found(name: str, run_seed: int) -> None:
    broken = Subject(control(name).implementation(), settings=Settings(run_seed))
    found = STATISTICAL["P2"].check(experiment("P2"), A_RUN, broken)
    assert not found.holds


# --- the implementations' own draws ---------------------------------------------------------------


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
def test_initialise(implementation: type) -> None:
    code = implementation()
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    drawn = [torch.as_tensor(t) for t in code.initialise(5, 3, 11)]
    assert [tuple(t.shape) for t in drawn] == [(5, 3), (5,), (5,)]
    assert all(t.dtype == torch.float64 and t.device.type == "cpu" for t in drawn)
    again = [torch.as_tensor(t) for t in code.initialise(5, 3, 11)]
    other = [torch.as_tensor(t) for t in code.initialise(5, 3, 12)]
    for t, same, different in zip(drawn, again, other, strict=True):
        assert torch.equal(t, same)
        assert not torch.equal(t, different)
        assert not t.requires_grad
    assert torch.equal(before[0], torch.random.get_rng_state())
    assert np.array_equal(before[1], np.random.get_state()[1])


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS, ids=lambda i: i.__name__)
def test_initialise_draws_normal_entries_of_the_stated_variances(implementation: type) -> None:
    W, b, a = (np.asarray(t) for t in implementation().initialise(40_000, 3, 5))
    for values in (*(math.sqrt(3) * W).T, b, a):
        assert stats.kstest(values, "norm").pvalue > 1e-6
    together = np.corrcoef(np.column_stack((W, b, a)).T)
    assert np.abs(together - np.eye(5)).max() < 6 / math.sqrt(40_000)
    # neighbours too: a network is a stretch of consecutive neurons
    assert abs(np.corrcoef(a[:-1], a[1:])[0, 1]) < 6 / math.sqrt(40_000)


def test_networks_asked_for_one_by_one_have_seeds_that_differ_in_32_bits() -> None:
    class Asked(Reference):
        seeds: ClassVar[list[int]] = []

        def initialise(self, width: int, dimension: int, seed: int) -> Parameters:
            self.seeds.append(seed)
            return super().initialise(1, 1, seed)

    experiment = STATISTICAL["P2"].experiments[DEFAULT][0]
    study = Study(experiment, 0.05, Subject(Asked()))
    for k in range(fresh.CALLS):
        with suppress(InputError):  # of another shape than asked for: its seed is enough
            study.networks(3, 2, 1, "calls", k)
    assert len({seed % 2**32 for seed in Asked.seeds}) == fresh.CALLS
