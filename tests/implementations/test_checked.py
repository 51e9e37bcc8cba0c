"""What a code under test may do to the evidence: nothing."""

import pytest
from torch import Tensor

from verifier.data.distributions import Data
from verifier.errors import BadResult, DivergedError, InputError
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import (
    PATHWISE,
)
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject


def exact_example() -> Configuration:
    return Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


class RejectsItself(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        raise DivergedError(0, "whatever it likes")


class ChangesItsArguments(Reference):
    """Wrong, and hides it by zeroing the suite's own points and targets in place."""

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return super().output(params, z.zero_(), slope)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return super().perturb(params, X, targets.fill_(1.0), eps, slope)


def test_an_implementation_cannot_reject_a_draw_itself() -> None:
    with pytest.raises(InputError, match=r"^train\(\.\.\.\) = DivergedError"):
        PATHWISE["E2"].check(exact_example(), Subject(RejectsItself()))


@pytest.mark.parametrize("statement", ["E2", "E4", "E5", "D3"])
def test_an_implementation_cannot_change_the_evidence(statement: str) -> None:
    assert not PATHWISE[statement].check(exact_example(), Subject(ChangesItsArguments())).holds


class Skips(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        pytest.skip("what it does not like")


def test_an_implementation_cannot_skip_its_test() -> None:
    found: BaseException | None = None
    try:  # not pytest.raises: a skip that got through would skip this test too
        PATHWISE["E2"].check(exact_example(), Subject(Skips()))
    except BaseException as stopped:
        found = stopped
    assert isinstance(found, BadResult), repr(found)
    assert "Skipped" in str(found)


class ReusesItsBuffer(Reference):
    """Trains every network into the same memory."""

    kept: Parameters | None = None

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        trained = super().train(params, X, y, recipe)
        self.kept = self.kept or trained
        for old, new in zip(self.kept, trained, strict=True):
            old.copy_(new)
        return self.kept


def test_results_are_the_suites_own() -> None:
    assert PATHWISE["E5"].check(exact_example(), Subject(ReusesItsBuffer())).holds
