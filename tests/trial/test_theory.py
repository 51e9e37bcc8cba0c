from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.statements.control import Control
from verifier.statements.identities.controls import BetaMissing
from verifier.statements.identities.formulas import Decomposition, PerturbationDecomposition
from verifier.trial.theory import Theory


def test_each_class_stands_for_itself_unless_it_is_altered() -> None:
    theory = Theory({Decomposition: BetaMissing})
    assert Theory()[Decomposition] is Decomposition
    assert theory[Decomposition] is BetaMissing
    assert theory[PerturbationDecomposition] is PerturbationDecomposition


@pytest.mark.parametrize("replacement", [PerturbationDecomposition, object, None, "BetaMissing"])
def test_only_a_subclass_may_take_a_class_s_place(replacement: object) -> None:
    rule = r"^altered = .*: must be a subclass of Decomposition$"
    with pytest.raises(InputError, match=rule):
        Theory({Decomposition: replacement})  # type: ignore[dict-item]


def test_a_control_s_theory_is_refused_alike() -> None:
    with pytest.raises(InputError, match="must be a subclass of Decomposition"):
        Control("wrong", "", ("E1",), altered={Decomposition: object})


def test_what_a_check_never_asks_for_is_out_of_its_reach() -> None:
    theory = Theory({Decomposition: BetaMissing})
    assert theory[PerturbationDecomposition] is PerturbationDecomposition
    assert theory.out_of_reach == ["Decomposition"]
    assert theory[Decomposition] is BetaMissing
    assert theory.out_of_reach == []
