"""What a claim is: a frozen record of one statement, its kind, and a check that can refute it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verifier.configuration import Configuration, Settings
from verifier.errors import require
from verifier.evidence import Comparisons, Evidence
from verifier.implementation import missing
from verifier.trial import Theory, Trial

IDENTITY = "identity"
CERTIFICATE = "certificate"
IMPLICATION = "implication"

Check = Callable[[Trial, Comparisons], None]


@dataclass(frozen=True)
class Claim:
    """One statement of the theory.

    `id`: as in the theory. `statement`: one line. `kind`: an identity holds up to rounding, a
    certificate is an inequality, an implication has a premise that must often hold to mean
    anything. `source`: where the paper says it. `needs`: the implementation's functions used.
    `compare`: adds the claim's comparisons of a trial. `least_premise_share`: below it the claim's
    verdict is vacuous.
    """

    id: str
    statement: str
    kind: str
    source: str
    needs: tuple[str, ...]
    compare: Check
    least_premise_share: float = 0.0

    def unavailable(self, implementation: Any) -> tuple[str, ...]:
        """The functions this claim needs that `implementation` does not offer."""
        return missing(implementation, self.needs)

    def check(
        self,
        configuration: Configuration,
        implementation: Any = None,
        settings: Settings | None = None,
        theory: Theory | None = None,
    ) -> Evidence:
        """Evidence on one configuration; `None` stands for the reference and the true theory.

        Raises `DivergedError` or `NotComparable` where the configuration cannot be tested: such a
        draw is to be rejected and counted, never taken for a pass.
        """
        absent = () if implementation is None else self.unavailable(implementation)
        rule = f"must offer {', '.join(self.needs)} for {self.id}"
        require(not absent, "implementation", repr(implementation), rule)
        comparisons = Comparisons()
        self.compare(Trial(configuration, implementation, settings, theory), comparisons)
        return comparisons.evidence(self.id, configuration.to_json(), configuration.data.family)
