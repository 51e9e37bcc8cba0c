"""A code in a process of its own: whatever it does, the run goes on and says what it did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.implementations import hostile, right
from verifier.data.distributions import Data
from verifier.errors import BadResult, Died, InputError
from verifier.implementations import isolated
from verifier.implementations.checked import Checked
from verifier.implementations.isolated import Isolated
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import Logistic
from verifier.statements import PATHWISE
from verifier.suite.run import Suite
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject

SMALL = Configuration(
    Data("gaussian", 3, 4), 5, 0.3, True, (0.1, 0.2), (0.1,), 0.5, "b", loss="logistic"
)
START = draw(SMALL)


def trained(code: Any) -> tuple[Any, ...]:
    checked = code if isinstance(code, Checked) else Checked(code)
    return tuple(checked.train(START.f_0, START.X, START.y, SMALL.f_recipe))


@pytest.fixture
def code(request: pytest.FixtureRequest) -> Iterator[Isolated]:
    found = Isolated(f"{request.param.__module__}:{request.param.__name__}")
    yield found
    found.close()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "LEAST_SECONDS", 1.0)


@pytest.mark.parametrize("code", [right.Right], indirect=True)
def test_answers_are_the_same_to_the_last_bit(code: Isolated) -> None:
    for here, there in zip(trained(TorchNN()), trained(code), strict=True):
        assert torch.equal(here, there)
    told = Checked(code).perturb(START.f_0, START.X, START.y, 0.5, 0.3, Logistic())
    assert torch.equal(told, TorchNN().perturb(START.f_0, START.X, START.y, 0.5, 0.3))
    strided = torch.stack((START.X, START.X), dim=1)[:, 0]
    assert not strided.is_contiguous()
    assert torch.equal(code.output(START.f_0, strided, 0.3), code.output(START.f_0, START.X, 0.3))
    assert not hasattr(code, "kernel")
    S1 = PATHWISE["S1"]
    suite = Suite(Subject(code))
    suite.search(S1, suite.strategy(S1), examples=3)


@pytest.mark.very_slow
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("code", [hostile.Hangs], indirect=True)
def test_a_hang_names_function_and_line_and_is_given_up(code: Isolated) -> None:
    for _ in range(isolated.DEATHS):
        with pytest.raises(Died, match=r"took more than 1 s, at .*hostile\.py, line"):
            trained(code)
    begun = time.monotonic()
    with pytest.raises(Died, match="did not come back 3 times"):
        trained(code)
    assert time.monotonic() - begun < 0.5
    assert torch.isfinite(Checked(code).output(START.f_0, START.X, 0.3)).all()


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("code", [hostile.Exits], indirect=True)
def test_a_search_ends_with_the_first_call_that_does_not_come_back(code: Isolated) -> None:
    suite = Suite(Subject(code))
    with pytest.raises(Died, match=r"ended the process with status 0, at .*hostile\.py"):
        suite.search(PATHWISE["E1"], suite.strategy(PATHWISE["E1"]), examples=20)
    assert "ended the process" in suite.record.errors["E1"]
    assert code._deaths["train"] == 1


def check_that_it_dies(code: Isolated, told: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Died, match="train") as raised:
        trained(code)
    assert told in str(raised.value)
    assert time.monotonic() - begun < 60
    assert torch.isfinite(Checked(code).output(START.f_0, START.X, 0.3)).all()


@pytest.mark.very_slow
@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(("code", "told"), hostile.DIE.items(), indirect=["code"])
def test_what_ends_its_process_is_named(code: Isolated, told: str) -> None:
    check_that_it_dies(code, told)


@pytest.mark.very_slow
@pytest.mark.parametrize(("code", "told"), hostile.GROW.items(), indirect=["code"])
def test_what_takes_too_much_is_stopped(
    code: Isolated, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "LEAST_SECONDS", 60.0)  # on a busy machine
    monkeypatch.setattr(isolated, "MOST_MEMORY", 2 << 30)
    check_that_it_dies(code, told)


@pytest.mark.very_slow
@pytest.mark.parametrize(("code", "told"), hostile.RAISE.items(), indirect=["code"])
def test_what_raises_is_an_error_of_the_code(code: Isolated, told: str) -> None:
    with pytest.raises(BadResult) as raised:
        trained(code)
    assert told in str(raised.value)
    assert not isinstance(raised.value, Died)


@pytest.mark.very_slow
@pytest.mark.parametrize("code", right.RIGHT, indirect=True)
def test_right_answers_are_taken(code: Isolated) -> None:
    for here, there in zip(trained(TorchNN()), trained(code), strict=True):
        assert torch.allclose(here, there, rtol=1e-12)
    trained(code)
    assert not code._deaths


def test_what_cannot_be_loaded_is_bad_input() -> None:
    with pytest.raises(InputError, match="cannot be imported"):
        Isolated("tests.no_such_module:Code")
    with pytest.raises(InputError, match="ended the process with status 3"):
        Isolated("tests.implementations.exits_when_imported:Code")
