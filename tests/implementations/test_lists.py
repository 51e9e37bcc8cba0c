"""A correct code may return lists of Python's floats: no digit of them is lost."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import ANY, PATHWISE
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

CODE = Reference()
PLAIN = Configuration(
    Data("shifted", 4, 6, separation=1.0), 5, 0.3, True, (0.3, 0.1), (0.2,), 1.0, "b"
)


class Arrays:
    """The reference, as a code of another's."""

    train, output, input_gradient = CODE.train, CODE.output, CODE.input_gradient
    perturb, kernel = CODE.perturb, CODE.kernel


class Lists:
    """The same, without arrays."""

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return [t.tolist() for t in CODE.train(params, X, y, recipe)]

    def output(self, params: Parameters, z: Tensor, slope: float) -> Any:
        return CODE.output(params, z, slope).tolist()

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Any:
        return CODE.input_gradient(params, z, slope).tolist()

    def perturb(self, params: Parameters, X: Tensor, t: Tensor, eps: float, slope: float) -> Any:
        return tuple(map(tuple, CODE.perturb(params, X, t, eps, slope).tolist()))

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Any:
        return CODE.kernel(z, X, slope).tolist()


@pytest.mark.parametrize("name", [s.id for s in PATHWISE.values() if s.inputs == ANY])
def test_lists_are_not_accused(name: str) -> None:
    found = PATHWISE[name].check(PLAIN, Subject(Lists()))
    assert found.holds
    assert found == PATHWISE[name].check(PLAIN, Subject(Arrays()))


def test_digits_survive_whatever_torch_s_default_is() -> None:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        assert PATHWISE["E2"].check(PLAIN, Subject(Lists())).holds
    finally:
        torch.set_default_dtype(before)
