"""Table 1, row by row: what holds where one assumption of prior work is given up, and only that."""

import pytest

from properties.suite import Suite
from verifier.claims import CLAIMS, Claim
from verifier.relaxations import PRIOR_CLAIMS, PRIOR_SETTING, RELAXATIONS, Relaxation

CASES = [(row, CLAIMS[claim]) for row in RELAXATIONS for claim in row.claims]


@pytest.mark.parametrize("claim", [CLAIMS[c] for c in PRIOR_CLAIMS], ids=lambda c: c.id)
def test_prior_work(claim: Claim, suite: Suite) -> None:
    suite.verify_all(claim, list(PRIOR_SETTING), setting="prior work")


@pytest.mark.parametrize(("row", "claim"), CASES, ids=[f"{c.id}-{r.row}" for r, c in CASES])
def test_relaxation(row: Relaxation, claim: Claim, suite: Suite) -> None:
    suite.verify_all(claim, list(row.configurations), setting=row.setting)
