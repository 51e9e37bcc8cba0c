"""Every negative control is refuted by every claim it names, by the check that claims undergo.

So a reader of the table knows that each check would have noticed. The mutants do not depend on
the implementation under test.
"""

import pytest

from properties.strategies import strategy_for
from properties.suite import Refuted, Suite
from verifier.claims import CLAIMS, STATEMENTS, STATISTICAL, Statement
from verifier.errors import BadResult
from verifier.mutants import MUTANTS, Mutant

EXAMPLES = 3000  # what is not refuted by then is not noticed
PAIRS = [(m, STATEMENTS[claim]) for m in MUTANTS.values() for claim in m.refuted_by]


def attack(suite: Suite, claim: Statement) -> None:
    """The check that the claim itself undergoes."""
    if claim.id in STATISTICAL:
        suite.settle(STATISTICAL[claim.id], STATISTICAL[claim.id].experiments[suite.size])
    else:
        exact = CLAIMS[claim.id]
        suite.attack(exact, strategy_for(exact), EXAMPLES)


@pytest.mark.parametrize(("mutant", "claim"), PAIRS, ids=[f"{c.id}-{m.name}" for m, c in PAIRS])
def test_is_refuted(mutant: Mutant, claim: Statement, suite: Suite) -> None:
    broken = suite.control(mutant.implementation(), mutant.theory)
    suite.record.control(claim.id, mutant.name, None)
    with pytest.raises((Refuted, BadResult)):  # NaN where the replay is finite is noticed too
        attack(broken, claim)
    suite.record.control(claim.id, mutant.name, broken.record.draws(claim.id))
