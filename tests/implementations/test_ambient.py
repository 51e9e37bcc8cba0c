"""What a code changes of the process is put back after each call, and named; it is not accused."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
import torch

from tests.implementations import hostile, right
from verifier.data.distributions import Data
from verifier.errors import BadResult
from verifier.evidence.record import Record
from verifier.implementations.ambient import GENERATOR
from verifier.implementations.checked import Checked
from verifier.implementations.torch_nn import TorchNN
from verifier.report.content import gather
from verifier.report.summary import summarise
from verifier.statements import PATHWISE
from verifier.suite.run import Suite
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject

SMALL = Configuration(
    Data("gaussian", 3, 4), 5, 0.3, True, (0.1, 0.2), (0.1,), 0.5, "b", loss="logistic"
)
START = draw(SMALL)

TOLD = {
    right.TurnsGradientsOff: "torch's gradient mode",
    right.SetsDtype: "torch's default dtype",
    right.SetsThreads: "torch's number of threads",
    right.Flushes: "numbers below the normal range",
    right.Seeds: GENERATOR,
    right.Moves: "the working folder",
    right.Patches: "torch.manual_seed",
}


def trained(code: Checked) -> tuple[Any, ...]:
    return tuple(code.train(START.f_0, START.X, START.y, SMALL.f_recipe))


def state() -> tuple[Any, ...]:
    return (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
        2.3e-308 / 4,
        os.getcwd(),
        torch.manual_seed is print,
    )


@pytest.mark.parametrize("kind", TOLD)
def test_a_change_is_named_and_undone(kind: type[right.Right]) -> None:
    numpys, pythons = np.random.get_state(), random.getstate()
    code, before = Checked(kind()), state()
    expected = trained(Checked(TorchNN()))
    assert all(torch.equal(s, t) for s, t in zip(trained(code), expected, strict=True))
    assert state() == before
    assert list(code.changed) == [f"train changed {TOLD[kind]}"]
    assert all(torch.equal(s, t) for s, t in zip(trained(code), expected, strict=True))
    np.random.set_state(numpys)
    random.setstate(pythons)


@pytest.mark.parametrize("kind", [right.Right, right.AnswersLists, TorchNN])
def test_a_code_that_changes_nothing_is_told_nothing_of(kind: type) -> None:
    code = Checked(kind())
    trained(code)
    assert not code.changed


def test_a_code_that_draws_from_the_global_generator_still_varies() -> None:
    class Noisy(right.Right):
        def output(self, *arguments: Any) -> Any:
            return super().output(*arguments) + torch.rand(1)

    code = Checked(Noisy())
    found = [code.output(START.f_0, START.X, 0.3) for _ in range(2)]
    assert not torch.equal(*found)


@pytest.mark.parametrize(
    "kind", [k for k in hostile.RAISE if k not in (hostile.Raises, hostile.Recurses, hostile.Reads)]
)
def test_no_exception_decides_about_the_test(kind: type[right.Right]) -> None:
    if kind is hostile.Interrupts:
        return  # here it may be the user's own
    with pytest.raises(BadResult, match=r"train"):
        trained(Checked(kind()))


def test_a_search_with_an_error_of_the_code_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = Suite(Subject(hostile.Rejects()))
    with pytest.raises(BadResult):
        suite.search(PATHWISE["E1"], suite.strategy(PATHWISE["E1"]), examples=5)
    assert "must not decide about the test" in suite.record.errors["E1"]


def test_the_summary_names_what_was_undone() -> None:
    suite = Suite(Subject(right.TurnsGradientsOff()))
    suite.search(PATHWISE["E2"], suite.strategy(PATHWISE["E2"]), examples=3)
    gathered = Record()
    gathered.take(suite.record)
    words = " ".join(summarise(gather(gathered)).split())
    assert "undone: train changed torch's gradient mode (" in words
