"""What a statement is: a frozen record of what is claimed, and a check that can refute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from verifier.errors import SinglePrecision, require
from verifier.evidence.comparisons import Comparisons
from verifier.evidence.evidence import Evidence
from verifier.implementations.checked import Checked
from verifier.implementations.contract import missing
from verifier.statements.inputs import ANY, Inputs
from verifier.statements.paper import PaperResult
from verifier.trial.case import Case, case_or_configuration
from verifier.trial.draw import Draw
from verifier.trial.experiment import Experiment
from verifier.trial.study import Study
from verifier.trial.subject import Subject

IDENTITY = "identity"
CERTIFICATE = "certificate"
IMPLICATION = "implication"
PROBABILITY = "high probability"
MOMENTS = "expectation"
RATE = "rate"
PREDICTION = "prediction"

KINDS = (IDENTITY, CERTIFICATE, IMPLICATION, PROBABILITY, MOMENTS, RATE, PREDICTION)

EXACT = "exact"
LIMIT = "limit"
HEURISTIC = "heuristic"

BASES = (EXACT, LIMIT, HEURISTIC)
"""What a statement has behind it beside its checks."""

BASIS_OF = {**dict.fromkeys((IDENTITY, CERTIFICATE, IMPLICATION, PROBABILITY), EXACT), RATE: LIMIT}
"""Of the kinds that decide it; a statement of another one says it."""

DEFAULT = "default"
NIGHTLY = "nightly"
"""The sizes in which a statistical statement has experiments."""

ADDED: tuple[PaperResult, ...] = ()
"""What a statement carries that the paper does not make."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """One statement of the theory.

    `id`: short and unique, as in the theory. `statement`: one line. `plain`: what it says in a
    sentence without symbols. `kind`: an identity holds up
    to rounding, a certificate is an inequality, an implication has a premise that must often hold
    to mean anything; the statistical kinds are tested at a stated false-alarm rate. `source`: where
    the paper says it. `proof`: the page with its proof, under a heading that begins with the id.
    `rests_on`: ids of the statements that the proof uses.
    `carries`: the paper's results that rest on it, or `ADDED`. `needs`: the implementation's
    functions used; `reads_too`: others, where they are offered. `latex`: the statement as a
    formula. `needs_double`: whether float32 rounds away what it measures. `basis`: `EXACT`, proved
    or true by definition at any width; `LIMIT`, proved as the width grows; `HEURISTIC`, with a step
    that only its checks support. Empty: the one of its kind.
    """

    id: str
    statement: str
    kind: str
    source: str
    proof: str
    carries: tuple[PaperResult, ...]
    needs: tuple[str, ...]
    reads_too: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    latex: str = ""
    needs_double: bool = False
    plain: str = ""
    basis: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "basis", self.basis or BASIS_OF.get(self.kind, ""))

    def unavailable(self, implementation: Any) -> tuple[str, ...]:
        """The functions this statement needs that `implementation` does not offer."""
        return missing(implementation, self.needs)

    def require_offered(self, subject: Subject) -> None:
        """Raise `InputError` naming the functions that the subject's implementation lacks."""
        require(
            not self.unavailable(subject.implementation),
            "implementation",
            repr(subject.implementation),
            f"must offer {', '.join(self.needs)} for {self.id}",
        )

    def _in_double(self, found: Evidence, code: Checked, dtype: str) -> Evidence:
        """The evidence; `SinglePrecision` where it refutes what was computed in less than `dtype`.

        Draws in float32 say whether such a code is right.
        """
        is_less = dtype == "float64" and code.computes_in_single(self.needs)
        if is_less and not found.holds:
            raise SinglePrecision
        return found

    def check_described(
        self, described: Any, subject: Subject, alpha: float | None = None
    ) -> Evidence:
        """Evidence on what the plain data `described` stand for, as a run keeps them.

        `alpha`: the false-alarm rate of each statistical test. Raises `InputError`, and as `check`.
        """
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class PathwiseStatement(Statement):
    """A statement about single realisations: a search over configurations may attack it.

    `compare`: adds the comparisons of a trial. `inputs`: which configurations it is about.
    `least_premise_share`: below it the verdict is vacuous. `is_hunted`: whether it is an inequality
    that `verifier falsify` climbs, and of which the tightest case known is kept. `attained`: makes
    the cases in which a bound or a premise is as large as it may be, or nearly; on the CPU.
    """

    compare: Callable[[Any, Comparisons], None]
    inputs: Inputs = ANY
    least_premise_share: float = 0.0
    is_hunted: bool = False
    attained: Callable[[], Sequence[Case]] = tuple

    def check(
        self, configuration: Any, subject: Subject | None = None, start: Draw | None = None
    ) -> Evidence:
        """Evidence on one configuration; `start` takes the place of the draw it stands for.

        Raises `DivergedError` or `NotComparable` where the configuration cannot be tested: such a
        draw is to be rejected and counted, never taken for a pass.
        """
        subject = subject or Subject()
        self.require_offered(subject)
        return self.examine(self.inputs.trial_of(configuration, subject, start))

    def examine(self, trial: Any) -> Evidence:
        """Evidence from a trial, which several statements may share; raises as `check` does."""
        comparisons = Comparisons()
        self.compare(trial, comparisons)
        configuration = trial.configuration
        start: Draw | None = getattr(trial, "start", None)
        described = configuration if start is None else Case(configuration, start)
        found = comparisons.evidence(self.id, described.to_json(), configuration.data.family)
        return self._in_double(found, trial.code, configuration.dtype)

    def check_described(
        self, described: Any, subject: Subject, alpha: float | None = None
    ) -> Evidence:
        """See `Statement`; here of a configuration, or of a case."""
        configuration, start = case_or_configuration(
            described, self.inputs.read, subject.settings.device
        )
        return self.check(configuration, subject, start)


@dataclass(frozen=True, kw_only=True, eq=False)
class StatisticalStatement(Statement):
    """A statement about the law of the draw: tested on fixed experiments, never searched.

    `compare`: adds the outcomes of its tests on a study; at most `tests` of them for each
    experiment. `experiments`: by size, `DEFAULT` and `NIGHTLY`.
    """

    compare: Callable[[Study, Comparisons], None]
    tests: int
    experiments: Mapping[str, tuple[Experiment, ...]] = field(default_factory=dict)

    def check(
        self, experiment: Experiment, alpha: float, subject: Subject | None = None
    ) -> Evidence:
        """Evidence on one experiment, each of its tests at false-alarm rate `alpha`."""
        subject = subject or Subject()
        self.require_offered(subject)
        comparisons = Comparisons()
        self.compare(Study(experiment, alpha, subject), comparisons)
        spent = len(comparisons.tests)
        require(spent <= self.tests, "tests", spent, f"{self.id} may make {self.tests}")
        found = comparisons.evidence(
            self.id, experiment.to_json(), experiment.configurations[0].data.family
        )
        return self._in_double(found, subject.code, experiment.configurations[0].dtype)

    def check_described(
        self, described: Any, subject: Subject, alpha: float | None = None
    ) -> Evidence:
        """See `Statement`; here of an experiment."""
        require(alpha is not None, "alpha", alpha, f"{self.id} needs a false-alarm rate")
        return self.check(Experiment.from_json(described), alpha or 0.0, subject)
