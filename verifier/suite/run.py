"""The suite of one pytest run: draws through Hypothesis, asks statements, keeps the evidence.

Used by the properties themselves and by the tests that prove that every negative control is
refuted, so that both run exactly the same checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import Phase, given, reject, seed, settings, target
from hypothesis.strategies import SearchStrategy

from verifier.errors import BadResult, Died, SinglePrecision
from verifier.evidence.evidence import Evidence
from verifier.evidence.record import SINGLE, Record
from verifier.implementations.reference import Reference
from verifier.report.finding import Finding, stopped
from verifier.statements import (
    DEFAULT,
    PATHWISE,
    REGISTRY,
    Control,
    Inputs,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)
from verifier.suite import fitting
from verifier.suite.diagnosis.cause import likely_cause
from verifier.suite.drawing import count_of, current, without_literals
from verifier.suite.ending import Ended, Excused, Refuted, told_once
from verifier.suite.examined import examined
from verifier.suite.fitting import fitted, inapplicable, something_left, supported
from verifier.suite.strategies import strategy_for
from verifier.trial.case import Case
from verifier.trial.draw import Draw
from verifier.trial.experiment import Experiment
from verifier.trial.subject import Subject


@dataclass
class Suite:
    """What is under test, and the record of the run.

    `size`: which experiments of statistical statements. `together`: ids of statements whose
    searches meet the same configurations, so that one trial serves them all. `of_reference`: what
    the run keeps of the reference, which negative controls use too. `diagnoses`: whether a finding
    names its likely cause.
    """

    subject: Subject = field(default_factory=Subject)
    record: Record = field(default_factory=Record)
    size: str = DEFAULT
    together: frozenset[str] = frozenset()
    of_reference: dict[Any, Any] = field(default_factory=dict)
    diagnoses: bool = True
    _found: dict[Any, dict[str, Evidence | str]] = field(default_factory=dict)
    _met: dict[Inputs, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if type(self.subject.implementation) is Reference:
            self.subject.kept = self.of_reference

    def control(self, control: Control) -> Suite:
        """A suite for a negative control, drawn as ever, with a record of its own."""
        usual = replace(self.subject.settings, dtype=None)
        subject = Subject(control.implementation(), control.theory, usual)
        return Suite(subject, size=self.size, of_reference=self.of_reference, diagnoses=False)

    def refuted(self, evidence: Evidence) -> Refuted:
        """The finding, with its likely cause, which is kept."""
        cause = likely_cause(evidence, self.subject) if self.diagnoses else ""
        if cause:
            self.record.causes.setdefault(evidence.statement, cause)
        return Refuted(Finding(evidence, cause))

    def require_applicable(self, statement: Statement) -> None:
        """Skip, visibly and with the reason, a statement that needs what is not offered."""
        reason = inapplicable(statement, self.subject)
        if reason:
            self.record.not_applicable[statement.id] = reason
            pytest.skip(f"{statement.id} is not applicable: {reason}")

    def strategy(self, statement: PathwiseStatement) -> SearchStrategy[Any]:
        """Where to look for a counterexample, among what the code supports."""
        return strategy_for(statement, supported(statement, self.subject))

    def _examine(
        self, statement: PathwiseStatement, configuration: Any, start: Draw | None
    ) -> Evidence | str:
        """Evidence, or why it cannot be tested; of its own draw kept for what runs together."""
        shared = statement.id in self.together and start is None
        found = self._found.setdefault(configuration, {}) if shared else {}
        if statement.id not in found:
            trial = statement.inputs.trial_of(configuration, self.subject, start)
            found.update(examined(statement, self._sharing(statement) if shared else [], trial))
        return found[statement.id]

    def _sharing(self, statement: PathwiseStatement) -> list[PathwiseStatement]:
        """Statements that run together with it, on the same configurations."""
        others = [PATHWISE[name] for name in self.together]
        able = [s for s in others if not s.unavailable(self.subject.implementation)]
        return [s for s in able if s.inputs == statement.inputs]

    def check(
        self,
        statement: PathwiseStatement,
        configuration: Any,
        label: str = "",
        start: Draw | None = None,
    ) -> Evidence | None:
        """Evidence, recorded; None if the draw cannot be tested, counted.

        `start`: in the place of the configuration's own draw. Raises `Excused` if it has no kinks.
        """
        try:
            found = self._examine(statement, configuration, start)
        except Exception as problem:
            case = configuration if start is None else Case(configuration, start)
            self._stopped(statement, problem, case)
            raise
        finally:
            self.record.notice(self.subject.code.changed)
        if isinstance(found, str):
            self.record.reject(statement.id, found)
            if getattr(configuration, "kink_free", False) and found != SINGLE:
                told = f"{statement.id}: a draw without kinks was rejected as {found}"
                self.record.errors[statement.id] = told
                raise Excused(told)
            return None
        found = replace(found, label=label)
        self.record.add(found)
        return found

    def _stopped(self, statement: Statement, problem: Exception, case: Any) -> None:
        """Keep what stopped a check; of a bad result also on what, which the report says."""
        self.record.errors[statement.id] = f"{type(problem).__name__}: {problem}"
        if isinstance(problem, BadResult):
            problem.told = stopped(statement.id, problem, case.to_json())

    def verify(
        self,
        statement: PathwiseStatement,
        configuration: Any,
        label: str = "",
        start: Draw | None = None,
    ) -> Evidence | None:
        """Fail with the finding if the statement is refuted; None if it cannot be tested."""
        evidence = self.check(statement, configuration, label, start)
        if evidence is not None and not evidence.holds:
            raise self.refuted(evidence)
        return evidence

    def verify_all(
        self, statement: PathwiseStatement, configurations: list[Any], label: str = ""
    ) -> None:
        """Verify each that the code supports; skip, visibly, if none of them can be tested."""
        self.require_applicable(statement)
        some = fitted(statement, self.subject, configurations)
        tested = [self.verify(statement, c, label) for c in some]
        if not any(tested):
            pytest.skip(f"{statement.id}: nothing that is supported could be tested")

    def climb(self, statement: PathwiseStatement) -> list[Evidence | None]:
        """Verify on every rung of the ladder of sizes; raises `Excused` as `check` does."""
        return [
            self.verify(statement, r.configuration, r.label, r.start(self.subject.settings))
            for r in fitting.fitted_ladder(statement, self.subject)
        ]

    def verify_attained(self, statement: PathwiseStatement) -> list[Evidence | None]:
        """Verify the cases in which the statement is attained, those that the code supports."""
        cases = fitting.attained(statement, self.subject)
        return [self.verify(statement, c.configuration, "attained", c.start) for c in cases]

    def search(
        self,
        statement: PathwiseStatement,
        strategy: SearchStrategy[Any],
        *,
        examples: int | None = None,
        shrink: bool = True,
        tighten: bool = False,
    ) -> None:
        """Let Hypothesis look for a counterexample, as many examples as the profile says.

        `tighten` steers it towards the largest lhs/rhs of an inequality. Statements that run
        together look at the configurations of the first one's search; a refuted one then searches
        itself.
        """
        self.require_applicable(statement)
        inputs = statement.inputs
        alone = tighten or statement.id not in self.together
        met: list[Any] = []
        if not alone and inputs in self._met:
            self.record.search(statement.id, len(self._met[inputs]))
            found = [self.check(statement, c) for c in self._met[inputs]]
            if any(found) and all(e is None or e.holds for e in found):
                return
        profile = current()
        count = examples or count_of(statement, profile.max_examples)
        phases = [Phase.generate, *[Phase.target] * tighten, *[Phase.shrink] * shrink]

        @seed(self.subject.settings.run_seed)
        @settings(profile, max_examples=count, phases=phases)
        @given(configuration=strategy)
        def holds(configuration: Any) -> None:
            met.append(configuration)
            self.record.search(statement.id, 1)
            try:
                evidence = self.check(statement, configuration)
            except Died as problem:
                raise Ended(problem) from None
            if evidence is None:
                reject()
            assert evidence.holds
            if tighten and evidence.tightness is not None:
                # no further than attained: beyond 1 there is only rounding
                target(min(evidence.tightness, 1.0), label="lhs/rhs")

        told = told_once(self.record, statement, self.refuted)
        with told, without_literals(), something_left(self.record, statement, met):
            holds()
        if not alone:
            self._met.setdefault(inputs, met)

    def settle(self, statement: StatisticalStatement, experiments: Sequence[Experiment]) -> None:
        """Test a statistical statement on fixed experiments; fail with the finding if refuted."""
        self.require_applicable(statement)
        alpha = REGISTRY.ledger(self.size).alpha
        left = fitting.experiments_left(statement, self.subject, experiments, self.record)
        for experiment in left:
            try:
                evidence = statement.check(experiment, alpha, self.subject)
            except SinglePrecision:
                self.record.reject(statement.id, SINGLE)
                continue
            except Exception as problem:
                self._stopped(statement, problem, experiment)
                raise
            finally:
                self.record.notice(self.subject.code.changed)
            self.record.add(evidence)
            if not evidence.holds:
                raise self.refuted(evidence)
