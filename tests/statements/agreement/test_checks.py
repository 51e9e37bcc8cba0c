"""R5's statements, and the rates and powers of their tests."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy import stats
from torch import Tensor

from tests.statements.agreement.draws import CPU64, generator
from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, initialise
from verifier.statements.agreement import CHAPTER
from verifier.statements.agreement.formulas import PhaseDiagram
from verifier.statements.agreement.jointly_normal import Moments
from verifier.statements.statement import DEFAULT, NIGHTLY
from verifier.statistics import (
    bounded,
    bounded_mean,
    bounded_mean_detects,
)
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

OWN_TESTS = ("N1", "R5m", "P6", "R6x")
STATEMENTS = [s for s in CHAPTER.statements if s.id not in OWN_TESTS]
A_RUN = 5e-9  # about what one test of a whole run may spend

# --- the tests keep their rates and find what they say --------------------------------------------


def shares(g: torch.Generator, mean: Tensor | float, *shape: int) -> Tensor:
    """Shares of 20 points of the given mean, all or none of them together half of the time."""
    chance = torch.as_tensor(mean, **CPU64).expand(shape)
    alone = (torch.rand(*shape, 20, generator=g, **CPU64) < chance.unsqueeze(-1)).double()
    together = (torch.rand(*shape, generator=g, **CPU64) < chance).double()
    return torch.where(torch.rand(*shape, generator=g, **CPU64) < 0.5, alone.mean(dim=-1), together)


def test_nan_refutes() -> None:
    n = 60
    clean = torch.zeros(n, **CPU64)
    for k in range(3):
        values = [clean.clone() for _ in range(3)]
        values[k][7] = math.nan
        low, high = values[1] - 1, values[2] + 1
        found = bounded_mean("", values[0], low, high, 0.1, alpha=A_RUN, wanted=1.0)
        assert not found.error <= 1


class UndefinedPrediction(PhaseDiagram):
    def f_prediction(self, z: Tensor, f_0: Tensor) -> Tensor:
        return (
            super().f_prediction(z, f_0).index_fill(-1, torch.tensor([0], device="cpu"), math.nan)
        )

    def chance(self, moments: Moments) -> Tensor:
        return super().chance(moments).index_fill(-1, torch.tensor([0], device="cpu"), math.nan)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda c: c.id)
def test_undefined_predictions_refute(statement: Any) -> None:
    whole = statement.experiments[DEFAULT][0]
    few = replace(whole, configurations=whole.configurations[:1], replicates=3)
    theory = Theory({PhaseDiagram: UndefinedPrediction})
    assert not statement.check(few, A_RUN, Subject(theory=theory)).holds


@pytest.mark.parametrize("sign", [1, -1])
def test_the_smallest_errors_that_are_promised_are_found(
    sign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    g, n, missed, tolerance = generator(10), 300, 0, 0.02
    low = -0.5 - 0.3 * torch.rand(n, generator=g, **CPU64)
    high = low + 1
    reach = tolerance + (-low if sign > 0 else high)
    least = bounded_mean_detects(
        0.4 * torch.rand(n, generator=g, **CPU64) - 0.2, reach, alpha=A_RUN / 2
    )
    assert 0 < least < 0.15
    monkeypatch.setattr(bounded, "bounded_mean_detects", lambda *a, **k: least)
    for _ in range(300):
        noise = 0.4 * torch.rand(n, generator=g, **CPU64) - 0.2
        values = (sign * (tolerance + least) + noise).clamp(low, high)
        found = bounded_mean("", values, low, high, tolerance, alpha=A_RUN, wanted=1.0)
        missed += found.error <= 1
    assert missed <= stats.binom.isf(1e-6, 300, 0.01)


def test_more_samples_detect_less_and_few_nothing() -> None:
    g = generator(11)
    values, reach = shares(g, 0.5, 400) - 0.5, torch.full((400,), 0.6, **CPU64)
    least = bounded_mean_detects(values, reach, alpha=A_RUN)
    twice = bounded_mean_detects(values.repeat(2), reach.repeat(2), alpha=A_RUN)
    assert 0.5 * least < twice < 0.9 * least
    assert bounded_mean_detects(values[:5], reach[:5], alpha=A_RUN) == math.inf


# --- the statements -------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda c: c.id)
def test_names_are_unique_and_the_nightly_run_begins_as_the_default_one(statement: Any) -> None:
    sizes = statement.experiments
    assert sizes[NIGHTLY][: len(sizes[DEFAULT])] == sizes[DEFAULT]
    assert len({e.name for e in sizes[NIGHTLY]}) == len(sizes[NIGHTLY])


@pytest.mark.long
@pytest.mark.slow
def test_statements_hold_and_every_control_is_refuted() -> None:
    kept: dict[Any, Any] = {}
    for statement in STATEMENTS:
        experiment = statement.experiments[DEFAULT][0]
        found = statement.check(experiment, A_RUN, Subject(kept=kept))
        assert found.holds, (statement.id, found.conclusion, found.error)
        assert all(t["detects"] <= t["wanted"] for t in found.tests)
        assert len(found.series["cells"]) == len(experiment.configurations)
        controls = CHAPTER.controls_of(statement.id)
        assert len(controls) >= 3
        for control in controls:
            subject = Subject(theory=control.theory, kept=kept)
            broken = statement.check(experiment, A_RUN, subject)
            assert not broken.holds, (statement.id, control.name, broken.error)


def test_another_correct_code_gives_the_same_diagram() -> None:
    for statement in STATEMENTS:
        whole = statement.experiments[DEFAULT][0]
        few = replace(whole, configurations=whole.configurations[:2], replicates=3)
        subjects = (None, Subject(TorchNN()))
        cells = [statement.check(few, A_RUN, subject).series["cells"] for subject in subjects]
        assert cells[0] == cells[1]


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda c: c.id)
def test_no_stray_tensors(statement: Any) -> None:
    whole = statement.experiments[DEFAULT][0]
    torch.set_default_device("meta")
    try:
        statement.check(replace(whole, replicates=2), A_RUN)
    finally:
        torch.set_default_device(None)


def test_other_settings_are_refused() -> None:
    whole = STATEMENTS[0].experiments[DEFAULT][0]
    for fields, name in (
        ({"loss": "logistic"}, "loss"),
        ({"biases": False, "train_bias": False}, "biases"),
    ):
        altered = replace(whole.configurations[0], **fields)
        with pytest.raises(InputError, match=name):
            STATEMENTS[0].check(replace(whole, configurations=(altered,), replicates=1), A_RUN)


def test_a_stacked_start_is_the_stack_of_starts() -> None:
    starts = [initialise(20, 3, generator=generator(s), **CPU64) for s in (1, 2)]
    stacked = Parameters(*map(torch.stack, zip(*starts, strict=True)))
    X, _, z = Data("shifted", 3, 4).sample(5, generator(3))
    got = PhaseDiagram.own_kernel(stacked)(z, X, 0.0)
    for k, start in enumerate(starts):
        assert torch.allclose(got[k], PhaseDiagram.own_kernel(start)(z, X, 0.0))
