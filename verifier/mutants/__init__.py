"""Negative controls: what is broken on purpose, each with the claims that must refute it.

`MUTANTS` by name. A claim that no mutant names could not be told from a check that cannot fail.
"""

from verifier.mutants.base import Mutant
from verifier.mutants.concentration import UNLIKELY
from verifier.mutants.depth import OFF_THE_SPAN
from verifier.mutants.implementations import BROKEN
from verifier.mutants.limits import OFF_THE_LIMIT
from verifier.mutants.phase_diagram import WRONG_PHASES
from verifier.mutants.prior_work import WRONG_IN_PRIOR_WORK
from verifier.mutants.statements import ALTERED

MUTANTS: dict[str, Mutant] = {
    mutant.name: mutant
    for mutant in (
        *BROKEN,
        *ALTERED,
        *OFF_THE_SPAN,
        *WRONG_IN_PRIOR_WORK,
        *UNLIKELY,
        *OFF_THE_LIMIT,
        *WRONG_PHASES,
    )
}


def killers_of(claim: str) -> tuple[Mutant, ...]:
    """The mutants that the claim called `claim` must refute."""
    return tuple(m for m in MUTANTS.values() if claim in m.refuted_by)


__all__ = ["ALTERED", "BROKEN", "MUTANTS", "Mutant", "killers_of"]
