"""Prior work's setting: networks without biases, and what the statements refuse."""

import json
from dataclasses import replace

import pytest
import torch

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.torch_nn import TorchNN
from verifier.model.training import train
from verifier.statements import PATHWISE
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL
from verifier.statements.prior_work.table1 import (
    PRIOR_SETTING,
    PRIOR_STATEMENTS,
)
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject

BASE, ON_SAMPLES, LOGISTIC = PRIOR_SETTING
CPU = {"dtype": torch.float64, "device": "cpu"}


def test_without_biases_every_bias_is_zero_and_stays() -> None:
    start = draw(BASE)
    assert not start.f_0.b.any()
    assert not start.g_0.b.any()
    assert not train(start.f_0, start.X, start.y, BASE.f_recipe).params.b.any()
    assert draw(replace(BASE, biases=True)).f_0.b.any()


def test_biases_survive_json_and_decide_the_seed() -> None:
    assert Configuration.from_json(json.loads(json.dumps(BASE.to_json()))) == BASE
    assert BASE.seed(0) != replace(BASE, biases=True).seed(0)


@pytest.mark.parametrize("changes", [{"train_bias": True}, {"biases": 1}, {"biases": "no"}])
def test_biases_refuse_bad_values(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(BASE, **changes)


def test_prior_work_statements_are_about_orthogonal_samples() -> None:
    found = [c.id for c in PATHWISE.values() if c.inputs == ORTHOGONAL]
    assert found == ["O1", "O2", "O3", "O4", "O5"]


@pytest.mark.parametrize("statement", ["O1", "O2", "O4", "O5"])
def test_statements_refuse_samples_that_are_not_orthogonal(statement: str) -> None:
    with pytest.raises(InputError, match="orthogonal"):
        PATHWISE[statement].check(replace(BASE, data=Data("gaussian", 3, 4)))


@pytest.mark.parametrize("statement", ["O4", "O5"])
def test_statements_about_margins_refuse_trained_biases(statement: str) -> None:
    with pytest.raises(InputError, match="train_bias"):
        PATHWISE[statement].check(replace(BASE, biases=True, train_bias=True))


@pytest.mark.parametrize("statement", PRIOR_STATEMENTS)
def test_nothing_is_created_on_the_default_device(statement: str) -> None:
    with torch.device("meta"):
        assert PATHWISE[statement].check(ON_SAMPLES).holds


@pytest.mark.parametrize("statement", ["O1", "O2", "O3", "O4", "O5"])
@pytest.mark.parametrize("code", [TorchNN(), NumpyFloat64()], ids=lambda c: type(c).__name__)
def test_codes_written_independently_pass(statement: str, code: object) -> None:
    short = replace(BASE, dtype="float32", f_steps=(0.5,), g_steps=(0.1,))
    for c in (*PRIOR_SETTING, short):
        assert PATHWISE[statement].check(c, Subject(code)).holds
