"""What every statement's record does: refuse, check, and read back what it has checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pkgutil import resolve_name

import pytest
from torch import Tensor

from tests.bad_input import configuration
from tests.statements.toys import T1
from verifier.errors import InputError
from verifier.implementations.contract import filled
from verifier.implementations.reference import Reference
from verifier.model.network import Parameters, output
from verifier.statements import (
    ANY,
    DEFAULT,
    NIGHTLY,
    PATHWISE,
    STATEMENTS,
    STATISTICAL,
    WIDE,
    Inputs,
    Statement,
)
from verifier.statements.depth.trial import DEEP
from verifier.statements.identities.e0k_kink import AT_KINK
from verifier.statements.identities.s1_function import KINK_FREE
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.case import Case
from verifier.trial.draw import draw
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject


class OnlyTrains:
    train = Reference().train


class OnlyAttacks:
    perturb = Reference().perturb


class OnlyKernel:
    kernel = Reference().kernel


class Reversed:
    """Offers an output alone, of the wrong sign."""

    def output(self, params: Parameters, z: Tensor, slope: float) -> Tensor:
        return -output(params, z, slope)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (Reference(), ()),
        (OnlyTrains(), ()),
        (OnlyAttacks(), ()),
        (OnlyKernel(), ("train", "perturb")),
    ],
)
def test_what_a_code_does_not_offer_is_named_or_filled_in(
    code: object, absent: tuple[str, ...]
) -> None:
    assert PATHWISE["E4"].unavailable(code) == absent
    assert PATHWISE["K1"].unavailable(code) == (() if hasattr(code, "kernel") else ("kernel",))
    if absent:
        with pytest.raises(InputError, match=r"^implementation = .*: must offer train, perturb"):
            PATHWISE["E4"].check(configuration(), Subject(code))
    else:
        assert PATHWISE["E4"].check(configuration(), Subject(code)).holds


def test_nothing_is_filled_in_where_the_code_takes_no_part() -> None:
    """Otherwise the library would be tested in its place."""
    assert PATHWISE["E1"].unavailable(OnlyAttacks()) == ("train", "input_gradient")


def test_only_what_is_missing_is_filled_in() -> None:
    assert not PATHWISE["E2"].check(configuration(), Subject(Reversed())).holds
    assert filled(Reversed(), ("train", "output")) == ("train",)
    assert filled(OnlyKernel(), ("train", "output")) == ()


@pytest.mark.parametrize("name", ["R1", "R5"])
def test_a_statistical_statement_refuses_it_too(name: str) -> None:
    experiment = STATISTICAL[name].experiments[DEFAULT][0]
    with pytest.raises(InputError, match=f"^implementation = .*: must offer .* for {name}"):
        STATISTICAL[name].check(experiment, 0.1, Subject(OnlyKernel()))


def test_a_start_takes_the_place_of_the_draw() -> None:
    c = replace(configuration(), data=replace(configuration().data, labels="one"))
    start = draw(c, Settings(run_seed=9))
    given = PATHWISE["D3"].check(c, start=start)
    drawn = PATHWISE["D3"].check(c, Subject(settings=Settings(run_seed=9)))
    assert (given.lhs, given.rhs, given.error) == (drawn.lhs, drawn.rhs, drawn.error)
    assert given.lhs != PATHWISE["D3"].check(c).lhs
    assert "draw" in given.configuration
    assert "draw" not in drawn.configuration


@pytest.mark.parametrize("inputs", [DEEP, ORTHOGONAL, AT_KINK], ids=lambda i: i.name)
def test_only_a_trial_of_one_network_takes_a_draw(inputs: Inputs) -> None:
    start = draw(configuration())
    rule = f"^statement = one about {inputs.name} configurations: .*takes no draw"
    with pytest.raises(InputError, match=rule):
        inputs.trial_of(configuration(), Subject(), start)


def test_inputs_have_names_of_their_own_and_a_strategy_that_exists() -> None:
    found = {statement.inputs for statement in PATHWISE.values()}
    assert found >= {ANY, WIDE, DEEP, ORTHOGONAL, KINK_FREE, AT_KINK}
    assert len({inputs.name for inputs in found}) == len(found)
    assert all(inputs.cost >= 1 for inputs in found)
    for statement in PATHWISE.values():
        assert strategy_for(statement).__class__.__name__.endswith("Strategy")
        assert not statement.inputs.ladder or resolve_name(statement.inputs.ladder)


def test_a_strategy_that_does_not_exist_is_not_taken_for_one() -> None:
    with pytest.raises(AttributeError):
        strategy_for(replace(T1, inputs=Inputs("none", "verifier.suite.strategies:nothing")))


@pytest.mark.parametrize("name", ["E0k", "E1", "E6", "O1"])
def test_a_checked_configuration_is_read_back(name: str) -> None:
    statement = PATHWISE[name]
    described = json.loads(json.dumps(first_of(name).to_json()))
    again = statement.check_described(described, Subject())
    assert again == statement.check(first_of(name))


def first_of(name: str) -> object:
    return drawn(strategy_for(PATHWISE[name]), 1, run_seed=0)[0]


def test_a_case_is_read_back_with_its_draw() -> None:
    case = Case.drawn(configuration(), Settings(run_seed=3))
    again = PATHWISE["D3"].check_described(json.loads(json.dumps(case.to_json())), Subject())
    assert again == PATHWISE["D3"].check(case.configuration, start=case.start)


def test_an_experiment_is_read_back_and_needs_a_rate() -> None:
    statement = STATISTICAL["R1"]
    whole = statement.experiments[DEFAULT][0]
    widths = tuple(
        replace(c, width=m) for c, m in zip(whole.configurations, (30, 90), strict=False)
    )
    experiment = replace(whole, configurations=widths, replicates=4)
    described = json.loads(json.dumps(experiment.to_json()))
    again = statement.check_described(described, Subject(), 0.1)
    assert again == statement.check(experiment, 0.1)
    with pytest.raises(InputError, match=r"^alpha = None: R1 needs a false-alarm rate"):
        statement.check_described(described, Subject())


def test_more_tests_than_a_statement_may_make_are_refused() -> None:
    """The ledger has paid for `tests` of them, no more."""
    statement = STATISTICAL["P1"]
    experiment = replace(statement.experiments[DEFAULT][0], replicates=500)
    found = statement.check(experiment, 0.1)
    assert len(found.tests) == statement.tests
    with pytest.raises(InputError, match=r"^tests = \d+: P1 may make"):
        replace(statement, tests=statement.tests - 1).check(experiment, 0.1)


@pytest.mark.parametrize("statement", STATISTICAL.values(), ids=lambda s: s.id)
def test_every_size_has_experiments(statement: Statement) -> None:
    assert all(statement.experiments[size] for size in (DEFAULT, NIGHTLY))


def test_every_statement_is_of_one_kind() -> None:
    assert PATHWISE | STATISTICAL == STATEMENTS
    assert not set(PATHWISE) & set(STATISTICAL)
