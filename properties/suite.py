"""The suite of one pytest run: draws through Hypothesis, asks claims, keeps the evidence.

Used by the properties themselves and by the tests that prove that every negative control is
refuted, so that both run exactly the same checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings, target
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from verifier.claims import (
    CLAIMS,
    DEFAULT,
    NIGHTLY,
    ORTHOGONAL,
    WIDE,
    Claim,
    Statement,
    StatisticalClaim,
    ledger,
)
from verifier.configuration import Settings
from verifier.errors import DivergedError, NotComparable
from verifier.evidence import Evidence
from verifier.implementation import Reference
from verifier.record import Record
from verifier.study import Experiment
from verifier.trial import Theory

# Hypothesis profiles: examples per exact claim. Wide networks cost far more and, with 24 fresh
# points a draw, need fewer; prior work's long runs cost twice as much.
EXAMPLES = {"quick": 25, "default": 400, "deep": 1000, "nightly": 5000}
SHARE = {WIDE: 10, ORTHOGONAL: 2}
HUNTING = ("deep", "nightly")  # profiles that also steer towards the tightest case
FIRST = 50  # configurations that refute nearly every negative control
STEERED = 1000  # from about so many examples on, steering by `target` matters

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


_NO_LITERALS = providers.Constants()
_CACHE = type(providers.CONSTANTS_CACHE)(1024)


@contextmanager
def without_literals() -> Iterator[None]:
    """Within it, what Hypothesis draws follows from its seed and the strategy alone.

    It mixes the literals of every loaded source file that is not installed into what it draws: an
    edited constant, a clone or a user's own code would each lead to another run.
    """
    with mock.patch.multiple(
        providers, _get_local_constants=lambda: _NO_LITERALS, CONSTANTS_CACHE=_CACHE
    ):
        yield


def drawn(strategy: SearchStrategy[Any], count: int, run_seed: int) -> list[Any]:
    """What Hypothesis draws first, `count` configurations."""
    found: list[Any] = []

    @seed(run_seed)
    @settings(max_examples=count, phases=[Phase.generate])
    @given(configuration=strategy)
    def keep(configuration: Any) -> None:
        found.append(configuration)

    with without_literals():
        keep()
    return found


def size_of(profile: str | None) -> str:
    """Which experiments of a statistical claim a Hypothesis profile runs."""
    return NIGHTLY if profile == "nightly" else DEFAULT


@dataclass
class Suite:
    """One implementation and theory under test, the run's settings, and its record.

    `size`: which experiments of statistical claims. `together`: ids of claims whose searches meet
    the same configurations, so that one trial serves them all. `memo`: what studies of the
    implementation share; `reference_memo`: the same for the reference, which controls use.
    """

    implementation: Any = field(default_factory=Reference)
    settings: Settings = field(default_factory=Settings)
    theory: Theory = field(default_factory=Theory)
    record: Record = field(default_factory=Record)
    size: str = DEFAULT
    together: frozenset[str] = frozenset()
    memo: dict[Any, Any] = field(default_factory=dict)
    reference_memo: dict[Any, Any] = field(default_factory=dict)
    _found: dict[Any, dict[str, Evidence | str]] = field(default_factory=dict)
    _met: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if type(self.implementation) is Reference:
            self.memo = self.reference_memo

    def control(self, implementation: Any, theory: Theory) -> Suite:
        """A suite for a negative control, with the run's settings and a record of its own."""
        return Suite(
            implementation,
            self.settings,
            theory,
            size=self.size,
            reference_memo=self.reference_memo,
        )

    def require_applicable(self, claim: Statement) -> None:
        """Skip, visibly and with the reason, a claim that needs what is not offered."""
        absent = claim.unavailable(self.implementation)
        if absent:
            reason = f"the implementation does not offer {', '.join(absent)}"
            self.record.not_applicable[claim.id] = reason
            pytest.skip(f"{claim.id} is not applicable: {reason}")

    def _examine(self, claim: Claim, configuration: Any) -> Evidence | str:
        """Evidence, or why the draw cannot be tested; kept for the claims that run together."""
        found = self._found.setdefault(configuration, {}) if claim.id in self.together else {}
        if claim.id not in found:
            trial = claim.trial(configuration, self.implementation, self.settings, self.theory)
            sharing = [CLAIMS[c] for c in self.together if CLAIMS[c].inputs == claim.inputs]
            for other in sharing if claim in sharing else [claim]:
                if other.unavailable(self.implementation):
                    continue
                try:
                    found[other.id] = other.examine(trial)
                except DivergedError:
                    found[other.id] = "diverged"
                except NotComparable:
                    found[other.id] = "not comparable"
                except Exception:
                    if other is claim:
                        raise
        return found[claim.id]

    def check(self, claim: Claim, configuration: Any, setting: str = "") -> Evidence | None:
        """Evidence, recorded; None if the draw cannot be tested, counted."""
        try:
            found = self._examine(claim, configuration)
        except Exception as problem:
            self.record.errors[claim.id] = f"{type(problem).__name__}: {problem}"
            raise
        if isinstance(found, str):
            self.record.reject(claim.id, found)
            return None
        found = replace(found, setting=setting)
        self.record.add(found)
        return found

    def verify(self, claim: Claim, configuration: Any, setting: str = "") -> Evidence | None:
        """Fail with the finding if the claim is refuted; None if it cannot be tested."""
        evidence = self.check(claim, configuration, setting)
        if evidence is not None and not evidence.holds:
            raise Refuted(finding(evidence))
        return evidence

    def verify_all(self, claim: Claim, configurations: list[Any], setting: str = "") -> None:
        """Verify each; skip, visibly, if none of them can be tested."""
        self.require_applicable(claim)
        tested = [self.verify(claim, c, setting) for c in configurations]
        if not any(tested):
            pytest.skip(f"{claim.id}: no configuration could be tested, see the rejected draws")

    def search(
        self,
        claim: Claim,
        strategy: SearchStrategy[Any],
        *,
        examples: int | None = None,
        shrink: bool = True,
        tighten: bool = False,
    ) -> None:
        """Let Hypothesis look for a counterexample, as many examples as the profile says.

        `tighten` steers it towards the largest lhs/rhs of an inequality. Claims that run together
        look at the configurations of the first one's search; a refuted one then searches itself.
        """
        self.require_applicable(claim)
        alone = tighten or claim.id not in self.together
        met: list[Any] = []
        if not alone and claim.inputs in self._met:
            self.record.search(claim.id, len(self._met[claim.inputs]))
            found = [self.check(claim, c) for c in self._met[claim.inputs]]
            if any(found) and all(e is None or e.holds for e in found):
                return
        profile = settings()
        count = examples or max(1, profile.max_examples // SHARE.get(claim.inputs, 1))
        phases = [Phase.generate]
        phases += [Phase.target] if tighten else []
        phases += [Phase.shrink] if shrink else []

        @seed(self.settings.run_seed)
        @settings(profile, max_examples=count, phases=phases)
        @given(configuration=strategy)
        def holds(configuration: Any) -> None:
            met.append(configuration)
            self.record.search(claim.id, 1)
            evidence = self.verify(claim, configuration)
            if evidence is None:
                reject()
            elif tighten and evidence.tightness is not None:
                # no further than attained: beyond 1 there is only rounding
                target(min(evidence.tightness, 1.0), label="lhs/rhs")

        with without_literals():
            holds()
        if not alone:
            self._met.setdefault(claim.inputs, met)

    def attack(self, claim: Claim, strategy: SearchStrategy[Any], examples: int) -> None:
        """The search that a negative control undergoes: any counterexample will do.

        Controls meet the same configurations first, drawn once for all of them.
        """
        key = "first", claim.inputs
        if key not in self.reference_memo:
            self.reference_memo[key] = drawn(strategy, FIRST, self.settings.run_seed)
        for configuration in self.reference_memo[key]:
            self.verify(claim, configuration)
        self.search(claim, strategy, examples=examples, shrink=False)

    def settle(self, claim: StatisticalClaim, experiments: Sequence[Experiment]) -> None:
        """Test a statistical claim on fixed experiments; fail with the finding if it is refuted."""
        self.require_applicable(claim)
        alpha = ledger(self.size).alpha
        for experiment in experiments:
            try:
                evidence = claim.check(
                    experiment, alpha, self.implementation, self.settings, self.theory, self.memo
                )
            except Exception as problem:
                self.record.errors[claim.id] = f"{type(problem).__name__}: {problem}"
                raise
            self.record.add(evidence)
            if not evidence.holds:
                raise Refuted(finding(evidence))


def finding(evidence: Evidence) -> str:
    """One refutation in a few lines; the report at the end of the run has the rest."""
    allowed = "chance" if evidence.tests else "rounding"
    return (
        f"{evidence.claim} refuted: {evidence.conclusion} at {evidence.index}: "
        f"{evidence.lhs:.12g} against {evidence.rhs:.12g}, "
        f"{evidence.error:.3g} times what {allowed} allows\n"
        f"configuration: {json.dumps(evidence.configuration)}"
    )
