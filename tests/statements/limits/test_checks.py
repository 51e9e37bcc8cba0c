"""The checks of R1-R4: correct codes pass, altered statements fail, and rates are kept."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.statements.limits.small import altered, small, times
from verifier.errors import InputError
from verifier.evidence.evidence import Evidence
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import DEFAULT, NIGHTLY, STATISTICAL
from verifier.statements.limits import r3_sharpened, r4_cosine
from verifier.trial.draw import draw
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

IDS = ("R1", "R2", "R3", "R4")


@pytest.mark.parametrize("statement", IDS)
def test_widths_are_independent_draws_and_symmetric(statement: str) -> None:
    for experiment in STATISTICAL[statement].experiments[NIGHTLY]:
        logs = np.log([c.width for c in experiment.configurations])
        assert np.abs(logs + logs[::-1] - logs[0] - logs[-1]).max() < 1e-9
        if statement in ("R1", "R2"):
            assert logs[-1] - logs[0] > math.log(999)
    first, second, *_ = (draw(c) for c in small(statement, 1).configurations)
    for name in ("X", "z"):
        assert not torch.equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("statement", IDS)
def test_names_are_unique_and_the_nightly_run_begins_as_the_default_one(statement: str) -> None:
    sizes = STATISTICAL[statement].experiments
    assert sizes[NIGHTLY][: len(sizes[DEFAULT])] == sizes[DEFAULT]
    assert len({e.name for e in sizes[NIGHTLY]}) == len(sizes[NIGHTLY])


def test_statements_and_altered_statements_share_one_training() -> None:
    class Counts(Reference):
        calls = 0

        def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
            type(self).calls += 1
            return super().train(params, X, y, recipe)

    code, kept = Counts(), dict[Any, Any]()
    experiment = small("R1", 3)
    for statement in ("R1", "R2", "R3", "R4"):
        for theory in (Theory(), altered("R1")[0].theory):
            STATISTICAL[statement].check(experiment, 0.1, Subject(code, theory, kept=kept))
    assert Counts.calls == 3 * 3


@pytest.mark.slow
@pytest.mark.parametrize("implementation", [Reference, TorchNN, NumpyFloat64])
def test_correct_implementations_pass(implementation: type) -> None:
    subject = Subject(implementation())
    for statement in IDS:
        widths = (30, 300) if statement in ("R1", "R2") else (30, 3000)
        found = STATISTICAL[statement].check(small(statement, 32, widths), 1e-4, subject)
        assert found.holds, found.conclusion
        assert json.loads(found.to_json())["series"]
    found = STATISTICAL["R4"].check(times(16), 1e-4, subject)
    assert found.holds
    assert found.series["T"] == pytest.approx([0.3, 2.0, 20.0])


@pytest.fixture(scope="module")
def trained() -> dict[Any, Any]:
    """What the reference showed, for all altered statements."""
    return {}


def checked(statement: str, kept: dict[Any, Any], theory: Theory) -> Evidence:
    """By an experiment large enough at an error rate of 1%."""
    widths = (30, 300, 3000)
    return STATISTICAL[statement].check(
        small(statement, 48, widths), 0.01, Subject(theory=theory, kept=kept)
    )


@pytest.mark.slow
@pytest.mark.parametrize("statement", IDS)
def test_altered_statements_are_refuted(statement: str, trained: dict[Any, Any]) -> None:
    assert checked(statement, trained, Theory()).holds
    assert len(altered(statement)) >= 3
    for control in altered(statement):
        assert not checked(statement, trained, control.theory).holds, control.name


@pytest.mark.parametrize("statement", ["R3", "R4"])
def test_undefined_values_refute(statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Angles and cosines that are NaN count as the event, or are refused."""
    nothing = {n: lambda u, v: torch.full_like(u[:, 0], math.nan) for n in ("angles", "cosines")}
    for name, function in nothing.items():
        for module in (r3_sharpened, r4_cosine):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, function)
    if statement == "R4":
        found = STATISTICAL["R4"].check(times(32, 100), 1e-4)
        assert [t["error"] > 1 for t in found.tests] == [True, True]
    with pytest.raises(InputError, match="positive"):
        STATISTICAL[statement].check(small(statement, 32), 1e-4)


def test_the_null_exponent_is_recorded_as_rejected(trained: dict[Any, Any]) -> None:
    series = checked("R1", trained, Theory()).series["the output's error, |f_T - f_0 - T f_hat|"]
    assert series["zero_rejected"] is True
    assert np.shape(series["values"]) == (48, 3)
    assert series["interval"][0] < series["exponent"] < series["interval"][1] < 0
    angle = checked("R3", trained, Theory()).series["angle(nabla f_T - nabla f_0, s)"]
    assert angle["exponent"] > -0.2  # the published angle does not shrink with the width


@pytest.fixture
def on_meta() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@pytest.mark.usefixtures("on_meta")
def test_no_stray_tensors() -> None:
    for statement in IDS:
        assert STATISTICAL[statement].check(small(statement, 4), 0.1).tests
    assert STATISTICAL["R4"].check(times(2), 0.1).tests
