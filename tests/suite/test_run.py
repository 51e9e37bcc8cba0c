"""What one run keeps, and the verdicts that follow."""

from dataclasses import replace

import pytest
from torch import Tensor

from properties.test_negative_controls import test_is_refuted as is_refuted
from verifier.data.distributions import Data
from verifier.errors import DivergedError, InputError
from verifier.evidence.record import Record
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters
from verifier.model.recipe import Recipe
from verifier.report.verdicts import (
    ERROR,
    SUPPORTED,
    UNDERPOWERED,
    VACUOUS,
    Row,
    rows,
    unsettled,
)
from verifier.statements import (
    PATHWISE,
    STATISTICAL,
)
from verifier.statements.broken_codes import SignLostInAttack
from verifier.statements.control import Control
from verifier.suite.ending import Refuted
from verifier.suite.refuting import FIRST
from verifier.suite.run import Suite
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject


def exact_example() -> Configuration:
    return Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


def by_id(record: Record, statement: str) -> Row:
    return next(row for row in rows(record) if row.id == statement)


def test_an_implication_whose_premise_rarely_holds_is_vacuous() -> None:
    record, statement = Record(), PATHWISE["D5"]
    record.add(statement.check(replace(exact_example(), width=2)))
    row = next(r for r in rows(record) if r.id == "D5")
    assert row.verdict == VACUOUS
    assert row in unsettled(rows(record))


def test_a_statement_whose_draws_are_mostly_rejected_is_underpowered() -> None:
    record, statement = Record(), PATHWISE["E2"]
    record.add(statement.check(exact_example()))
    assert by_id(record, "E2").verdict == SUPPORTED
    for _ in range(2):
        record.reject("E2", "diverged")
    assert by_id(record, "E2").verdict == UNDERPOWERED
    assert by_id(record, "E2") in unsettled(rows(record))


class RejectsItself(Reference):
    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        raise DivergedError(0, "whatever it likes")


def test_an_experiment_that_compares_nothing_settles_nothing() -> None:
    record, statement = Record(), STATISTICAL["P4"]
    experiment = statement.experiments["default"][0]
    record.add(statement.check(experiment, 0.01))
    assert by_id(record, "P4").verdict == SUPPORTED
    record.add(replace(record.evidence[0], tests=(), comparisons=0, held=0))
    assert by_id(record, "P4").verdict == VACUOUS


def test_a_refuted_statement_searches_for_its_own_counterexample() -> None:
    """Statements that run together share one search; a refuted one still gets a counterexample."""
    together = frozenset({"E2", "E4"})
    suite = Suite(Subject(SignLostInAttack()), together=together)
    suite.search(PATHWISE["E2"], strategy_for(PATHWISE["E2"]), examples=20)
    with pytest.raises(Refuted):
        suite.search(PATHWISE["E4"], strategy_for(PATHWISE["E4"]), examples=20)
    kept = suite.record.minimal_counterexample("E4")
    assert kept is not None
    assert kept.configuration["width"] <= 3


def test_a_stopped_check_is_an_error_and_not_support() -> None:
    suite = Suite(Subject(RejectsItself()))
    suite.record.add(PATHWISE["E2"].check(exact_example()))
    with pytest.raises(InputError):
        suite.check(PATHWISE["E2"], exact_example())
    assert by_id(suite.record, "E2").verdict == ERROR


class NeverAsked:
    """Formulas that no check asks for."""


class Altered(NeverAsked):
    """An alteration that changes nothing."""


def test_a_control_out_of_a_check_s_reach_is_given_up_early_and_told() -> None:
    control = Control("idle", "nothing", ("E2",), altered={NeverAsked: Altered})
    suite = Suite()
    with pytest.raises(pytest.fail.Exception) as told:
        is_refuted(control, PATHWISE["E2"], suite)
    message = str(told.value)
    assert "control 'idle' (nothing) was not refuted by E2" in message
    assert "never asked for trial.theory[NeverAsked]" in message
    assert suite.record.controls == {"E2": {"idle": None}}
    draws = int(message.split(" in ")[1].split()[0])
    assert draws <= FIRST


def test_what_attains_a_bound_is_evidence_of_its_own_each() -> None:
    """Cases of one configuration differ by their weights: none stands for another."""
    suite = Suite(together=frozenset({"E8c", "E8p"}))
    found = suite.verify_attained(PATHWISE["E8c"])
    assert suite.record.evidence == found
    assert len({str(e.configuration) for e in found if e is not None}) == len(found) == 4
    assert {e.label for e in suite.record.evidence} == {"attained"}
