"""What a code says that it can train restricts what is drawn for it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from verifier.data.distributions import Data
from verifier.errors import InputError
from verifier.implementations.reference import Reference
from verifier.statements import PATHWISE
from verifier.suite.drawing import drawn
from verifier.suite.strategies import strategy_for
from verifier.trial.configuration import Configuration
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.supports import EVERYTHING, Supports

PLAIN = Configuration(Data("gaussian", 3, 4), 5, 0.3, True, (0.1,), (0.1,), 0.5, "a")
FEW = Supports(("logistic",), (0.0, 0.25), momentum=False, dtypes=("float32",), biases=("frozen",))
ABOUT = [s for s in PATHWISE.values() if "train" in s.needs and not s.needs_double]


class Mine(Reference):
    supports: ClassVar = {"losses": ["logistic"], "slopes": [0], "momentum": False}


@pytest.mark.parametrize(
    ("changes", "admitted"),
    [
        ({}, True),
        ({"loss": "identity"}, False),
        ({"slope": 0.3}, False),
        ({"momentum": 0.5}, False),
        ({"dtype": "float64"}, False),
        ({"train_bias": True}, False),
        ({"biases": False}, True),  # biases that are frozen at zero
    ],
)
def test_a_configuration_is_admitted_if_all_of_it_is(
    changes: dict[str, Any], admitted: bool
) -> None:
    right = replace(PLAIN, loss="logistic", slope=0.25, dtype="float32", train_bias=False)
    assert FEW.admits(replace(right, **changes)) == admitted
    assert EVERYTHING.admits(replace(right, **changes))


def test_without_biases_none_are_drawn() -> None:
    none = Supports(biases=())
    assert none.admits(replace(PLAIN, train_bias=False, biases=False))
    assert not none.admits(replace(PLAIN, train_bias=False))
    assert not none.admits(PLAIN)
    assert not Supports(biases=("trained",)).admits(replace(PLAIN, train_bias=False, biases=False))


def test_a_fixed_configuration_changes_its_type_and_nothing_else() -> None:
    single = Supports(dtypes=("float32",))
    assert single.fit(PLAIN) == replace(PLAIN, dtype="float32")
    assert EVERYTHING.fit(PLAIN) == PLAIN
    assert FEW.fit(PLAIN) is None


@pytest.mark.parametrize("statement", ABOUT, ids=lambda s: s.id)
@pytest.mark.parametrize(
    "supports",
    [
        Supports(dtypes=("float32",)),
        Supports(losses=("logistic",), momentum=False),
        Supports(slopes=(0.25,), biases=("trained", "frozen")),
    ],
    ids=["float32", "plain logistic", "one slope"],
)
def test_what_is_drawn_is_supported(statement: Any, supports: Supports) -> None:
    if statement.id in ("E7n", "E8c") and "identity" not in supports.losses:
        pytest.skip(f"{statement.id} is about the identity loss alone")
    found = drawn(strategy_for(statement, supports), 5, run_seed=0)
    assert len(found) >= 5
    assert all(supports.admits(c) for c in found)


@pytest.mark.parametrize("name", ["E1", "D5", "O1", "E6", "S1", "E0k"])
def test_what_is_drawn_for_a_code_that_supports_everything_is_as_ever(name: str) -> None:
    some = Supports(slopes=None)
    assert some == EVERYTHING
    before = drawn(strategy_for(PATHWISE[name]), 20, run_seed=3)
    assert drawn(strategy_for(PATHWISE[name], some), 20, run_seed=3) == before


def test_a_code_says_what_it_supports() -> None:
    assert Supports.of(Reference()) == EVERYTHING
    found = Subject(Mine(), settings=Settings(dtype="float32")).supports
    assert found == Supports(("logistic",), (0.0,), momentum=False, dtypes=("float32",))


@pytest.mark.parametrize(
    ("supports", "told"),
    [
        ({"loss": ["logistic"]}, "supports = ['loss']: may hold losses, slopes"),
        ({"losses": ["hinge"]}, "losses = ['hinge']: must be a list of some of identity"),
        ({"losses": "identity"}, "losses = 'identity': must be a list"),
        ({"losses": []}, "losses = []: is empty"),
        ({"slopes": [2.0]}, "slope = 2.0: must lie in [0, 1]"),
        ({"slopes": []}, "slopes = []: must be a list of numbers"),
        ({"dtypes": ["float16"]}, "dtypes = ['float16']: must be a list of some of float64"),
        ({"momentum": "no"}, "momentum = no: must be true or false"),
        (["float32"], "supports = ['float32']: must be a dictionary"),
    ],
)
def test_what_is_not_known_is_refused(supports: Any, told: str) -> None:
    class Wrong(Reference):
        pass

    Wrong.supports = supports  # type: ignore[attr-defined]
    with pytest.raises(InputError) as caught:
        Subject(Wrong())
    assert told in str(caught.value)


def test_a_type_that_the_code_lacks_is_refused() -> None:
    class Single(Reference):
        supports: ClassVar = {"dtypes": ["float32"]}

    with pytest.raises(InputError, match="dtype = float64: is not among what the code supports"):
        Subject(Single(), settings=Settings(dtype="float64"))
    with pytest.raises(InputError, match="dtype = 'float16': must be one of float64, float32"):
        Settings(dtype="float16")
