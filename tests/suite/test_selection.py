"""Which controls a run tries: by its seed, a third and never fewer than two of a statement."""

from __future__ import annotations

import math

import pytest

from verifier.statements import LEAST_CONTROLS, REGISTRY, STATEMENTS
from verifier.suite.selection import ALL, THIRD, tried

EACH = pytest.mark.parametrize("statement", STATEMENTS)


def names(statement: str) -> set[str]:
    return {control.name for control in REGISTRY.controls_of(statement)}


@EACH
def test_all_or_a_third(statement: str) -> None:
    every = names(statement)
    assert tried(statement, ALL, 0) == every
    some = tried(statement, THIRD, 0)
    assert some <= every
    assert len(some) == max(LEAST_CONTROLS, math.ceil(len(every) / 3))


@EACH
def test_a_seed_decides_and_seeds_reach_every_control(statement: str) -> None:
    assert tried(statement, THIRD, 5) == tried(statement, THIRD, 5)
    assert set().union(*(tried(statement, THIRD, seed) for seed in range(60))) == names(statement)


def test_statements_do_not_share_their_choice() -> None:
    """A control that two statements name may be this run's for one of them alone."""
    both = names("E0") & names("E1")
    chosen = [{n: n in tried(s, THIRD, 0) for n in both} for s in ("E0", "E1")]
    assert chosen[0] != chosen[1]
