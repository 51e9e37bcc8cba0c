"""A negative control meets first the rung that is known to refute it; the count is as without."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest
from hypothesis.strategies import nothing

from properties import test_negative_controls as of_controls
from properties.test_negative_controls import EXAMPLES
from verifier.statements import PATHWISE, REGISTRY, Control, PathwiseStatement
from verifier.suite import fitting
from verifier.suite.ending import Refuted
from verifier.suite.refuting import refute
from verifier.suite.run import Suite

PAIRS = [
    (statement, control)
    for statement in PATHWISE.values()
    for control in REGISTRY.controls_of(statement.id)
    if control.known_rung
]
FAST = "batches-first-fifty"


def pair(name: str) -> tuple[PathwiseStatement, Control]:
    """The control of this name, and the first statement that must refute it."""
    return next((s, c) for s, c in PAIRS if c.name == name)


def refuted_after(rung: str, name: str = FAST) -> tuple[int, int]:
    """Configurations checked, and those that were left out before the one that refutes."""
    statement, control = pair(name)
    suite = Suite().control(control)
    with pytest.raises(Refuted) as found:
        refute(suite, statement, suite.strategy(statement), EXAMPLES, rung)
    return suite.record.draws(statement.id), found.value.left_out


def test_known_rungs_are_on_the_ladder_of_every_statement_that_refutes() -> None:
    assert len(PAIRS) > 40
    for statement, control in PAIRS:
        ladder = resolve_name(statement.inputs.ladder)
        assert f"ladder: {control.known_rung}" in {rung.label for rung in ladder}, control.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "control"), PAIRS, ids=[f"{s.id}-{c.name}" for s, c in PAIRS]
)
def test_every_known_rung_refutes_at_run_seed_0(
    statement: PathwiseStatement, control: Control
) -> None:
    suite = Suite().control(control)
    with pytest.raises(Refuted):
        refute(suite, statement, nothing(), EXAMPLES, control.known_rung)
    assert suite.record.draws(statement.id) == 1


@pytest.mark.parametrize("name", [FAST, "batches-of-fifty"])
def test_the_known_rung_refutes_at_once_and_counts_as_in_the_usual_order(name: str) -> None:
    usual, none_left_out = refuted_after("", name)
    first, left_out = refuted_after(pair(name)[1].known_rung, name)
    assert none_left_out == 0
    assert first == 1
    assert first + left_out == usual


def test_a_rung_that_does_not_refute_leaves_the_search_as_it_was() -> None:
    usual, _ = refuted_after("")
    wrong, left_out = refuted_after("P = 1025, identity")
    assert wrong == usual + 1
    assert left_out == 0


def test_cases_in_which_the_statement_is_attained_come_before_the_ladder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, without = refuted_after(pair(FAST)[1].known_rung)
    monkeypatch.setattr(fitting, "attained", lambda *_: [None] * 3)
    assert refuted_after(pair(FAST)[1].known_rung) == (1, without + 3)


def test_the_property_records_the_place_in_the_usual_order() -> None:
    usual, _ = refuted_after("")
    statement, control = pair(FAST)
    suite = Suite()
    of_controls.test_is_refuted(control, statement, suite)
    assert suite.record.controls[statement.id] == {FAST: usual}


def test_a_statement_without_a_ladder_is_searched_as_ever() -> None:
    statement = PATHWISE["E8p"]
    assert not statement.inputs.ladder
    control = REGISTRY.controls_of("E8p")[0]
    suite = Suite().control(control)
    with pytest.raises(Refuted) as found:
        refute(suite, statement, suite.strategy(statement), EXAMPLES, "K = 17, identity")
    assert found.value.left_out == 0
