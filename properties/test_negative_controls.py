"""Every negative control is refuted by every claim it names, by the search that claims undergo.

So a reader of the table knows that each check would have noticed. The mutants do not depend on
the implementation under test.
"""

import pytest

from properties.strategies import strategy_for
from properties.suite import Refuted, Suite
from verifier.claims import CLAIMS, Claim
from verifier.mutants import MUTANTS, Mutant

EXAMPLES = 1000  # what is not refuted by then is not noticed
PAIRS = [(m, CLAIMS[claim]) for m in MUTANTS.values() for claim in m.refuted_by]


@pytest.mark.parametrize(("mutant", "claim"), PAIRS, ids=[f"{c.id}-{m.name}" for m, c in PAIRS])
def test_is_refuted(mutant: Mutant, claim: Claim, suite: Suite) -> None:
    broken = Suite(mutant.implementation(), suite.settings, mutant.theory)
    suite.record.control(claim.id, mutant.name, None)
    with pytest.raises(Refuted):
        broken.search(claim, strategy_for(claim), examples=EXAMPLES, shrink=False)
    suite.record.control(claim.id, mutant.name, broken.record.draws(claim.id))
