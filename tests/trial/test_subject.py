from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.bad_input import X, configuration
from verifier.errors import InputError
from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.kernel.phi import phi
from verifier.statements import PATHWISE, STATISTICAL
from verifier.trial.settings import Settings
from verifier.trial.study import Study
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial


class OnlyTrains:
    """Offers nothing that is not required."""

    train = Reference().train


class OwnKernel(Reference):
    def kernel(self, z: torch.Tensor, X: torch.Tensor, slope: float) -> torch.Tensor:
        return 2 * super().kernel(z, X, slope)


def test_it_is_the_reference_under_the_theory_unless_told_otherwise() -> None:
    subject = Subject()
    assert type(subject.implementation) is Reference
    assert subject.theory.altered == {}
    assert subject.settings == Settings()
    assert subject.kept == {}
    assert Subject().kept is not subject.kept


def test_a_code_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Counting(Checked):
        def __init__(self, implementation: Any) -> None:
            calls.append(implementation)
            super().__init__(implementation)

    monkeypatch.setattr("verifier.trial.subject.Checked", Counting)
    code = Reference()
    subject = Subject(code)
    for _ in range(3):
        PATHWISE["E1"].check(configuration(), subject)
    assert calls == [code]


def test_a_code_without_any_function_is_refused_before_anything_is_drawn() -> None:
    with pytest.raises(InputError, match=r"^implementation = .*: must offer one of train, output"):
        Subject(object())


def test_phi_is_the_code_s_own_if_it_has_one() -> None:
    closed_form = phi(X, X, 0.3)
    torch.testing.assert_close(Subject(OnlyTrains()).phi(X, X, 0.3), closed_form)
    torch.testing.assert_close(Subject(OwnKernel()).phi(X, X, 0.3), 2 * closed_form)


def test_trials_and_studies_read_their_subject() -> None:
    subject = Subject(OwnKernel(), settings=Settings(run_seed=5))
    trial = Trial(configuration(), subject)
    study = Study(STATISTICAL["P1"].experiments["default"][0], 0.1, subject)
    for reader in (trial, study):
        assert reader.code is subject.code
        assert reader.theory is subject.theory
    assert study.kept is subject.kept
    assert not torch.equal(trial.draw.X, Trial(configuration()).draw.X)
