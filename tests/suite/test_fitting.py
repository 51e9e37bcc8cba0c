"""What a code says that it supports is all that it is handed, in searches, ladders, experiments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from verifier import Settings, check
from verifier.errors import NotComparable
from verifier.evidence.record import Record
from verifier.implementations.torch_nn import TorchNN
from verifier.report.coverage import coverage
from verifier.statements import PATHWISE, REGISTRY, STATEMENTS, STATISTICAL, paper
from verifier.suite.fitting import (
    IN_DOUBLE,
    UNSUPPORTED,
    attained,
    experiments_left,
    fitted,
    fitted_ladder,
    inapplicable,
)
from verifier.suite.ladder import LADDER
from verifier.suite.run import Suite
from verifier.trial.subject import Subject


class Picky(TorchNN):
    """Fails on whatever it does not support."""

    supports: ClassVar = {"losses": ["logistic"], "momentum": False, "biases": ["trained"]}

    def train(self, params: Any, X: Any, y: Any, recipe: Any) -> Any:
        assert recipe.loss.name == "logistic"
        assert recipe.momentum == 0
        assert recipe.train_bias
        return super().train(params, X, y, recipe)


@pytest.mark.parametrize("statement", ["E0", "E1", "E4", "D3", "S1", "E0k", "D5"])
def test_nothing_else_is_drawn(statement: str) -> None:
    assert check(Picky, statement).holds


@pytest.mark.parametrize("statement", ["R1", "N1", "O1"])
def test_a_statement_about_other_configurations_is_not_applicable(statement: str) -> None:
    with pytest.raises(NotComparable, match=f"^{statement} is not applicable: {UNSUPPORTED}"):
        check(Picky, statement)


def test_an_initialisation_is_tested_whatever_is_trained() -> None:
    assert check(Picky, "P0").holds


def test_cases_that_attain_a_bound_are_met_as_they_are_or_not_at_all() -> None:
    whole = attained(PATHWISE["E8p"], Subject(TorchNN()))
    made = PATHWISE["E8p"].attained()
    assert [case.to_json() for case in whole] == [case.to_json() for case in made]
    assert len(whole) == 6
    single = Subject(TorchNN(), settings=Settings(dtype="float32"))
    assert attained(PATHWISE["E8p"], single) == attained(PATHWISE["E8p"], Subject(Picky())) == []
    assert attained(PATHWISE["E0"], Subject(TorchNN())) == []


def test_the_ladder_has_the_rungs_that_are_supported_once_each() -> None:
    whole = fitted_ladder(PATHWISE["E1"], Subject(TorchNN()))
    assert whole == list(LADDER)
    single = Subject(TorchNN(), settings=Settings(dtype="float32"))
    found = fitted_ladder(PATHWISE["E1"], single)
    assert {rung.configuration.dtype for rung in found} == {"float32"}
    assert len(found) < len(LADDER)  # those without kinks were there in both types
    losses = {"identity": 1.0, "exponential": 0.2, "logistic": 0.2, "mixture": 0.2}
    rows = [rung for rung in found if "together" not in rung.what]  # those are short as they are
    random = [rung.configuration for rung in rows if not rung.configuration.kink_free]
    assert all(c.data.scale == losses[c.loss] for c in random)
    as_long = {rung.what: rung.configuration.eps for rung in LADDER if "eps =" in rung.what}
    short = [r for r in found if r.what in as_long and r.configuration.loss != "identity"]
    assert short
    assert all(r.configuration.eps == 0.2 * as_long[r.what] for r in short)  # beside its samples
    some = fitted_ladder(PATHWISE["E1"], Subject(Picky()))
    assert 0 < len(some) < len(LADDER)
    assert {rung.configuration.loss for rung in some} == {"logistic"}


@pytest.mark.parametrize("statement", ["E6", "E7", "E8", "E9"])
def test_other_ladders_have_the_supported_rungs_too(statement: str) -> None:
    some = fitted_ladder(PATHWISE[statement], Subject(Picky()))
    whole = fitted_ladder(PATHWISE[statement], Subject(TorchNN()))
    assert 0 < len(some) < len(whole)
    assert {(r.configuration.loss, r.configuration.train_bias) for r in some} == {
        ("logistic", True)
    }
    assert {r.configuration.momentum for r in some} == {0.0}


def test_experiments_keep_all_of_their_configurations_or_none() -> None:
    single = Subject(TorchNN(), settings=Settings(dtype="float32"))
    statement = STATISTICAL["R1"]
    experiments = statement.experiments["default"]
    for found, whole in zip(
        experiments_left(statement, single, experiments, Record()), experiments, strict=True
    ):
        changed = [replace(c, dtype="float32") for c in whole.configurations]
        assert list(found.configurations) == changed
    with pytest.raises(pytest.skip.Exception):
        experiments_left(statement, Subject(Picky()), experiments, Record())


def test_controls_are_drawn_as_for_any_code() -> None:
    suite = Suite(Subject(Picky(), settings=Settings(dtype="float32")))
    control = suite.control(REGISTRY.controls_of("E1")[0])
    rungs = [rung.configuration for rung in LADDER]
    assert fitted(PATHWISE["E1"], control.subject, rungs) == rungs


def test_what_is_not_drawn_counts_against_coverage() -> None:
    suite = Suite(Subject(Picky()))
    statement = PATHWISE["E1"]
    suite.search(statement, suite.strategy(statement), examples=10)
    (found,) = coverage(suite.record, {paper.ANY_TIME_AND_LOSS: ("E1",)})
    assert {"no draw with loss identity", "no draw with loss exponential"} <= set(found.gaps)
    assert "no draw with loss logistic" not in found.gaps


def test_what_float32_rounds_away_is_not_measured_in_it() -> None:
    """A neuron in a network of 1e16 moves by 1e-8: right codes were refuted by noise alone."""
    fine = [s for s in STATEMENTS.values() if s.needs_double]
    limits = {"R1b", "R1c", "R1cl", "R1t", "R2a", "R2c", "R2k", "R3c"}
    assert {s.id for s in fine} == limits | {"D6a", "D6b"}
    for statement in fine:
        assert inapplicable(statement, Subject(TorchNN())) == ""
        with pytest.raises(NotComparable, match=f"is not applicable: {IN_DOUBLE}"):
            check(TorchNN, statement.id, settings=Settings(dtype="float32"))
