"""P4: all targets, or some."""

from __future__ import annotations

from tests.statements.probability.small import A_RUN, experiment
from verifier.statements import STATISTICAL


def test_targets_are_enumerated_or_drawn() -> None:
    every = STATISTICAL["P4"].check(experiment("P4"), A_RUN)
    assert every.tests == ()
    drawn = STATISTICAL["P4"].check(experiment("P4", replicates=300), A_RUN)
    assert len(drawn.tests) == 2 * 3
    assert drawn.holds
    assert 0 < drawn.tightness <= 1
