"""A formula at the same points is evaluated once, and never taken for another one."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.statements.identities.formulas import decomposition
from verifier.trial.configuration import Configuration
from verifier.trial.kept import MOST, kept_at
from verifier.trial.trial import Trial


class Formulas:
    def __init__(self) -> None:
        self.calls = 0

    @kept_at
    def double(self, z: Tensor) -> Tensor:
        self.calls += 1
        return 2 * z

    @kept_at
    def ends(self, z: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        return -z, z + 0


class Altered(Formulas):
    def double(self, z: Tensor) -> Tensor:
        found = super().double(z)
        found += 1  # in place
        return found


def test_the_same_points_are_evaluated_once() -> None:
    theory, z = Formulas(), torch.ones(3)
    assert theory.double(z) is theory.double(z)
    assert theory.ends(z) is theory.ends(z)
    assert theory.calls == 2


def test_other_points_and_other_formulas_are_their_own() -> None:
    theory, z = Formulas(), torch.ones(3)
    theory.double(z)
    assert torch.equal(theory.double(z + 1), torch.full((3,), 4.0))
    assert torch.equal(Formulas().double(z), theory.double(z))
    assert theory.calls == 2


def test_points_that_changed_in_place_are_others() -> None:
    theory, z = Formulas(), torch.ones(3)
    theory.double(z)
    z += 1
    assert torch.equal(theory.double(z), torch.full((3,), 4.0))


def test_a_value_that_was_changed_in_place_is_made_again() -> None:
    theory, z = Altered(), torch.ones(3)
    assert [float(theory.double(z)[0]) for _ in range(3)] == [3.0, 3.0, 3.0]
    assert theory.calls == 3


def test_a_large_value_is_not_kept() -> None:
    theory = Formulas()
    z = torch.zeros(1).expand(MOST + 1)
    for _ in range(2):
        theory.double(z)
    assert theory.calls == 2


def test_each_network_of_a_trial_has_formulas_of_its_own() -> None:
    c = Configuration(Data("shifted", 3, 4), 5, 0.0, True, (1.0,), (2.0,), 0.5, "a")
    trial = Trial(c)
    f, g = decomposition(trial, trial.f), decomposition(trial, trial.g)
    assert f.run is trial.f.replay.run
    assert g.run is trial.g.replay.run
    assert decomposition(trial, trial.f) is f
