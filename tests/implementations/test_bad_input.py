"""Every wrong input is an InputError naming argument, value and rule, before any work starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.bad_input import (
    CPU64,
    INF,
    NAN,
    P,
    X,
    Y,
    configuration,
    refused,
    spoilt,
)
from verifier.errors import InputError
from verifier.implementations.checked import Checked
from verifier.implementations.contract import load
from verifier.implementations.reference import Reference
from verifier.model.losses import Identity
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.statements import PATHWISE
from verifier.trial.subject import Subject

OWN_MODULE = """
class WithoutTrain:
    def predict(self, params, z, slope):
        return z

class TrainIsNoFunction:
    train = 3

class WithoutRecipe:
    def train(self, params, X, y):
        return params

class AsksForMore:
    def perturb(self, params, X, targets, eps, slope, norm):
        return X

class Good:
    def train(self, params, X, y, recipe):
        return params

good = Good()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """On the import path: a module of one's own, one that does not parse, one that raises."""
    (tmp_path / "bad_input_own.py").write_text(OWN_MODULE, encoding="utf-8")
    (tmp_path / "bad_input_syntax.py").write_text("def broken(:\n", encoding="utf-8")
    (tmp_path / "bad_input_raises.py").write_text("raise OSError('no licence')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("bad_input_own", "must be 'package.module:NAME'"),
        (":Good", "must be 'package.module:NAME'"),
        ("bad_input_own:", "must be 'package.module:NAME'"),
        ("", "must be 'package.module:NAME'"),
        ("no_such_module:Good", "cannot be imported: No module named 'no_such_module'"),
        ("bad_input_own.deeper:Good", "cannot be imported"),
        ("bad_input_syntax:Good", "cannot be imported"),
        ("bad_input_raises:Good", "cannot be imported"),
        (".bad_input_own:Good", "cannot be imported"),
        ("bad_input_own:Missing", "has no 'Missing'"),
        ("bad_input_own:Good.Missing", "has no 'Missing'"),
        ("bad_input_own:WithoutTrain", "must offer one of train, output"),
        ("bad_input_raises:Good", "line 1)"),
        ("bad_input_own:WithoutRecipe", "must take (params, X, y, recipe): too many"),
        ("bad_input_own:AsksForMore", "must take (params, X, targets, eps, slope): missing"),
        ("bad_input_own:TrainIsNoFunction", "must offer one of train, output"),
    ],
)
def test_what_cannot_be_loaded_is_refused(path: str, rule: str) -> None:
    refused(lambda: load(path), "implementation", path, rule)


@pytest.mark.usefixtures("folder")
def test_what_can_be_loaded_is() -> None:
    for path in ("bad_input_own:Good", "bad_input_own:good"):
        assert load(path).train(1, 2, 3, 4) == 1


class Returns:
    """A training code that returns what it is told to."""

    def __init__(self, of_parameters: Callable[[Parameters], Any]) -> None:
        self.of_parameters = of_parameters

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Any:
        return self.of_parameters(params)


RETURNED: dict[str, tuple[Callable[[Parameters], Any], str, str, str]] = {
    "nothing": (lambda p: None, "train(...)", "NoneType", "(W, b, a)"),
    "two parts": (lambda p: (p.W, p.b), "train(...)", "tuple", "(W, b, a)"),
    "one array": (lambda p: p.W.numpy(), "train(...)", "ndarray", "(W, b, a)"),
    "W transposed": (lambda p: (p.W.T, p.b, p.a), "train(...).W", "(3, 5)", "(5, 3)"),
    "b as a column": (lambda p: (p.W, p.b[:, None], p.a), "train(...).b", "(5, 1)", "(5,)"),
    "a number for a": (lambda p: (p.W, p.b, 1.0), "train(...).a", "()", "(5,)"),
    "nan in W": (lambda p: (spoilt(p.W, NAN), p.b, p.a), "train(...).W", "NaN", "finite"),
    "inf in b": (lambda p: (p.W, spoilt(p.b, INF), p.a), "train(...).b", "infinity", "finite"),
    "nan in an array": (
        lambda p: (p.W, p.b, np.full(5, NAN)),
        "train(...).a",
        "NaN",
        "finite",
    ),
    "integers": (lambda p: (p.W.long(), p.b, p.a), "train(...).W", "torch.int64", "floating"),
    "text": (lambda p: ("weights", p.b, p.a), "train(...).W", "str", "must be an array"),
    "a ragged list": (lambda p: (p.W, [[1.0], [2.0, 3.0]], p.a), "train(...).b", "list", "array"),
}


@pytest.mark.parametrize("case", RETURNED.values(), ids=list(RETURNED))
def test_what_a_training_code_returns_is_checked(case: tuple[Any, ...]) -> None:
    returns, argument, value, rule = case
    for call in (
        lambda: Checked(Returns(returns)).train(P, X, Y, Recipe((0.1,))),
        lambda: PATHWISE["E0"].check(configuration(), Subject(Returns(returns))),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.argument.startswith(argument)
        assert value in str(caught.value.value)
        assert rule in caught.value.rule


class WrongFunctions(Reference):
    """Right training, and every other function of a wrong shape or not finite."""

    def __init__(self, value: float, extra: int) -> None:
        self.value, self.extra = value, extra

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return torch.full((len(z) + self.extra,), self.value, **CPU64)

    def input_gradient(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return torch.full((len(z), z.shape[1] + self.extra), self.value, **CPU64)

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        return torch.full((len(X) + self.extra, X.shape[1]), self.value, **CPU64)

    def kernel(self, z: Tensor, X: Tensor, slope: float) -> Tensor:
        return torch.full((len(z), len(X) + self.extra), self.value, **CPU64)


@pytest.mark.parametrize(("value", "extra"), [(0.0, 1), (NAN, 0)])
def test_what_the_other_functions_return_is_checked(value: float, extra: int) -> None:
    code = Checked(WrongFunctions(value, extra))
    calls: dict[str, Callable[[], object]] = {
        "output": lambda: code.output(P, X, 0.3),
        "input_gradient": lambda: code.input_gradient(P, X, 0.3),
        "perturb": lambda: code.perturb(P, X, Y, 0.5, 0.3, Identity()),
        "kernel": lambda: code.kernel(X, X, 0.3),
    }
    for name, call in calls.items():
        with pytest.raises(InputError, match=rf"^{name}\(\.\.\.\)") as caught:
            call()
        assert ("finite" if extra == 0 else "shape") in str(caught.value)


def test_statements_refuse_an_implementation_without_training() -> None:
    refused(lambda: Subject(object()), "implementation", "", "train")


def test_the_checks_do_not_refuse_what_is_right() -> None:
    """Otherwise everything above could pass by refusing everything."""
    assert PATHWISE["E1"].check(configuration()).holds
