"""The suite of one pytest run: draws through Hypothesis, asks claims, keeps the evidence.

Used by the properties themselves and by the tests that prove that every negative control is
refuted, so that both run exactly the same checks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis.strategies import SearchStrategy

from verifier.claims import IMPLICATION, Claim
from verifier.configuration import Configuration, Settings
from verifier.errors import DivergedError, NotComparable
from verifier.evidence import Evidence
from verifier.implementation import Reference
from verifier.record import Record
from verifier.trial import Theory

# Hypothesis profiles: examples per exact claim. An implication costs far more and, with 24 fresh
# points a draw, needs fewer.
EXAMPLES = {"quick": 25, "default": 200, "deep": 1000, "nightly": 5000}
IMPLICATION_SHARE = 10

for _name, _count in EXAMPLES.items():
    settings.register_profile(
        _name,
        max_examples=_count,
        deadline=None,  # a timing is no property
        database=None,  # a run depends on its seed alone; counterexamples are kept as files
        print_blob=False,
        report_multiple_bugs=False,
        # a trial draws its own data: the description is small, however slow the trial
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
settings.load_profile("default")


class Refuted(AssertionError):
    """A claim's check found a counterexample."""


@dataclass
class Suite:
    """One implementation and theory under test, the run's settings, and its record."""

    implementation: Any = field(default_factory=Reference)
    settings: Settings = field(default_factory=Settings)
    theory: Theory = field(default_factory=Theory)
    record: Record = field(default_factory=Record)

    def require_applicable(self, claim: Claim) -> None:
        """Skip, visibly and with the reason, a claim that needs what is not offered."""
        absent = claim.unavailable(self.implementation)
        if absent:
            reason = f"the implementation does not offer {', '.join(absent)}"
            self.record.not_applicable[claim.id] = reason
            pytest.skip(f"{claim.id} is not applicable: {reason}")

    def check(self, claim: Claim, configuration: Configuration) -> Evidence | None:
        """Evidence, recorded; None if the draw cannot be tested, counted."""
        try:
            evidence = claim.check(configuration, self.implementation, self.settings, self.theory)
        except DivergedError:
            self.record.reject(claim.id, "diverged")
            return None
        except NotComparable:
            self.record.reject(claim.id, "not comparable")
            return None
        except Exception as problem:
            self.record.errors[claim.id] = f"{type(problem).__name__}: {problem}"
            raise
        self.record.add(evidence)
        return evidence

    def verify(self, claim: Claim, configuration: Configuration) -> bool:
        """Fail with the finding if the claim is refuted; False if it cannot be tested."""
        evidence = self.check(claim, configuration)
        if evidence is not None and not evidence.holds:
            raise Refuted(finding(evidence))
        return evidence is not None

    def verify_all(self, claim: Claim, configurations: list[Configuration]) -> None:
        """Verify each; skip, visibly, if none of them can be tested."""
        self.require_applicable(claim)
        tested = [self.verify(claim, c) for c in configurations]
        if not any(tested):
            pytest.skip(f"{claim.id}: no configuration could be tested, see the rejected draws")

    def search(
        self,
        claim: Claim,
        strategy: SearchStrategy[Configuration],
        *,
        examples: int | None = None,
        shrink: bool = True,
    ) -> None:
        """Let Hypothesis look for a counterexample, as many examples as the profile says."""
        self.require_applicable(claim)
        profile = settings()
        share = IMPLICATION_SHARE if claim.kind == IMPLICATION else 1
        count = examples or max(1, profile.max_examples // share)
        phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]

        @seed(self.settings.run_seed)
        @settings(profile, max_examples=count, phases=phases)
        @given(configuration=strategy)
        def holds(configuration: Configuration) -> None:
            if not self.verify(claim, configuration):
                reject()

        holds()


def finding(evidence: Evidence) -> str:
    """One refutation in a few lines; the report at the end of the run has the rest."""
    return (
        f"{evidence.claim} refuted: {evidence.conclusion} at {evidence.index}: "
        f"{evidence.lhs:.12g} against {evidence.rhs:.12g}, "
        f"{evidence.error:.3g} times what rounding allows\n"
        f"configuration: {json.dumps(evidence.configuration)}"
    )
