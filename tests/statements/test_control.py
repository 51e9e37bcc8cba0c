from __future__ import annotations

import pytest

from verifier.implementations.reference import Reference
from verifier.statements import REGISTRY, Control
from verifier.statements.broken_codes import Ascent
from verifier.statements.identities.controls import BetaMissing
from verifier.statements.identities.formulas import Decomposition
from verifier.trial.subject import Subject

ALL = [control for chapter in REGISTRY.chapters for control in chapter.controls]


def test_it_is_the_true_theory_on_the_reference_but_for_what_is_broken() -> None:
    altered = Control("beta-missing", "", ("E2",), altered={Decomposition: BetaMissing})
    broken = Control("ascent", "", ("E0",), Ascent)
    assert type(altered.implementation()) is Reference
    assert altered.theory[Decomposition] is BetaMissing
    assert type(broken.implementation()) is Ascent
    assert broken.theory[Decomposition] is Decomposition


@pytest.mark.parametrize("control", ALL, ids=lambda c: f"{c.refuted_by[0]}-{c.name}")
def test_every_control_breaks_one_thing(control: Control) -> None:
    """A code or formulas: of two things broken at once one could hide that the other is missed."""
    subject = Subject(control.implementation(), control.theory)
    assert (type(subject.implementation) is Reference) == bool(control.altered)
    assert len(control.altered) <= 1
    assert control.what


def test_a_name_stands_for_the_same_in_every_chapter() -> None:
    """Reports of several chapters' statements may show a control by its name alone."""
    found: dict[str, set[object]] = {}
    for control in ALL:
        broken = next(iter(control.altered.values()), type(control.implementation()))
        found.setdefault(control.name, set()).add((control.what, broken))
    assert {name for name, kinds in found.items() if len(kinds) > 1} == set()
