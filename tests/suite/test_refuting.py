"""A negative control meets first the rung that is known to refute it; the count is as without."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest

from properties import test_negative_controls as of_controls
from properties.test_negative_controls import EXAMPLES
from verifier.statements import PATHWISE, REGISTRY
from verifier.suite import fitting
from verifier.suite.ending import Refuted
from verifier.suite.known_rungs import KNOWN
from verifier.suite.refuting import refute
from verifier.suite.run import Suite

PAIRS = [
    (s, c)
    for s in PATHWISE.values()
    for c in REGISTRY.controls_of(s.id)
    if s.inputs.ladder and c.name in KNOWN
]
FAST = "batches-first-fifty"


def refuted_after(rung: str, name: str = FAST) -> tuple[int, int]:
    """Configurations checked, and those that were left out before the one that refutes."""
    statement, control = next(pair for pair in PAIRS if pair[1].name == name)
    suite = Suite().control(control)
    with pytest.raises(Refuted) as found:
        refute(suite, statement, suite.strategy(statement), EXAMPLES, rung)
    return suite.record.draws(statement.id), found.value.left_out


def test_every_known_rung_is_of_a_control_and_on_the_ladder_of_its_statements() -> None:
    assert {control.name for _, control in PAIRS} == set(KNOWN)
    for statement, control in PAIRS:
        ladder = resolve_name(statement.inputs.ladder)
        assert f"ladder: {KNOWN[control.name]}" in {rung.label for rung in ladder}, control.name


@pytest.mark.parametrize("name", [FAST, "batches-of-fifty"])
def test_the_known_rung_refutes_at_once_and_counts_as_in_the_usual_order(name: str) -> None:
    usual, nothing = refuted_after("", name)
    first, left_out = refuted_after(KNOWN[name], name)
    assert nothing == 0
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
    _, without = refuted_after(KNOWN[FAST])
    monkeypatch.setattr(fitting, "attained", lambda *_: [None] * 3)
    assert refuted_after(KNOWN[FAST]) == (1, without + 3)


def test_the_property_records_the_place_in_the_usual_order() -> None:
    usual, _ = refuted_after("")
    statement, control = next(pair for pair in PAIRS if pair[1].name == FAST)
    suite = Suite()
    of_controls.test_is_refuted(control, statement, suite)
    assert suite.record.controls[statement.id] == {FAST: usual}
