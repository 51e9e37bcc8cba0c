"""The checks of R1b to R4a: correct codes pass, altered constants fail, rates hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.statements.limits.small import altered
from verifier.evidence.comparisons import Comparisons
from verifier.implementations.numpy_float64 import NumpyFloat64
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.statements import DEFAULT, NIGHTLY, STATISTICAL
from verifier.statements.limits.constants import judge
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory

IDS = ("R1b", "R1t", "R2c", "R2k", "R3c", "R4a")
A_RUN = 1e-8


def first(statement: str) -> Any:
    """Its first experiment."""
    return STATISTICAL[statement].experiments[DEFAULT][0]


def hold(statement: str, subject: Subject) -> bool:
    """Whether every experiment of a default run holds."""
    usual = STATISTICAL[statement].experiments[DEFAULT]
    return all(STATISTICAL[statement].check(e, A_RUN, subject).holds for e in usual)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("statement", IDS)
@pytest.mark.parametrize("implementation", [Reference, TorchNN, NumpyFloat64])
def test_correct_implementations_pass(statement: str, implementation: type) -> None:
    found = STATISTICAL[statement].check(first(statement), A_RUN, Subject(implementation()))
    assert found.holds, found.conclusion
    assert all(t["detects"] <= t["wanted"] for t in found.tests)


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("statement", IDS)
@pytest.mark.parametrize("run_seed", [1, 2])
def test_altered_constants_are_refuted_at_any_seed(statement: str, run_seed: int) -> None:
    kept: dict[Any, Any] = {}
    assert len(altered(statement)) >= 3

    def holds(theory: Theory) -> bool:
        return hold(statement, Subject(theory=theory, settings=Settings(run_seed), kept=kept))

    assert holds(Theory())
    for control in altered(statement):
        assert not holds(control.theory), control.name


@pytest.mark.parametrize("statement", ["R1b", "R1t", "R2c", "R2k", "R3c"])
def test_a_code_that_moves_too_far_is_refuted(statement: str) -> None:
    class Faster(Reference):
        def train(self, params: Any, X: Any, y: Any, recipe: Any) -> Any:
            longer = replace(recipe, steps=tuple(1.1 * eta for eta in recipe.steps))
            return super().train(params, X, y, longer)

    small = replace(first(statement), replicates=4000)
    assert STATISTICAL[statement].check(small, 0.01).holds
    assert not STATISTICAL[statement].check(small, 0.01, Subject(Faster())).holds


@pytest.mark.parametrize("statement", ["R1b", "R1t", "R2c", "R2k", "R3c"])
def test_true_statements_are_seldom_refuted(statement: str) -> None:
    """At a rate of 5% for each test; betting keeps far below it."""
    small = replace(first(statement), replicates=500)
    runs = [Subject(settings=Settings(seed)) for seed in range(40)]
    assert sum(not STATISTICAL[statement].check(small, 0.05, s).holds for s in runs) <= 8


def test_nine_tenths_are_noticed_as_far_as_is_said() -> None:
    """Measured values of the law that a code shows, a tenth above what is claimed."""
    generator = torch.Generator("cpu").manual_seed(0)
    measured = 3 * torch.rand(6000, generator=generator, dtype=torch.float64, device="cpu").square()
    for claimed, noticed in ((1.0, False), (0.9, True)):
        out = Comparisons()
        flat = torch.full_like(measured, claimed)
        judge(out, "a mean", measured, flat, 3.0, 1e-6, measured.mean(), 0.01)
        assert (out.worst["error"] > 1) == noticed
        assert out.tests[0]["detects"] < 0.1


@pytest.mark.parametrize("statement", IDS)
def test_the_nightly_run_begins_as_the_default_one(statement: str) -> None:
    sizes = STATISTICAL[statement].experiments
    assert sizes[NIGHTLY][: len(sizes[DEFAULT])] == sizes[DEFAULT]
    assert len({e.name for e in sizes[NIGHTLY]}) == len(sizes[NIGHTLY])


def test_no_stray_tensors() -> None:
    torch.set_default_device("meta")
    try:
        for statement in IDS:
            small = replace(first(statement), replicates=200)
            assert STATISTICAL[statement].check(small, 0.1).tests
    finally:
        torch.set_default_device(None)
