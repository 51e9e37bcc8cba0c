"""What a claim is: a frozen record of one statement, its kind, and a check that can refute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from verifier.configuration import Configuration, Settings
from verifier.errors import require
from verifier.evidence import Comparisons, Evidence
from verifier.implementation import missing
from verifier.study import Experiment, Study
from verifier.trial import Theory, Trial

IDENTITY = "identity"
CERTIFICATE = "certificate"
IMPLICATION = "implication"
PROBABILITY = "high probability"
MOMENTS = "expectation"
RATE = "rate"
PREDICTION = "prediction"

DEFAULT, NIGHTLY = "default", "nightly"

ANY, WIDE, DEEP, ORTHOGONAL = "any", "wide", "deep", "orthogonal"
"""What a claim's configurations look like: any, wide networks, deep ones, prior work's setting."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of the theory.

    `id`: as in the theory. `statement`: one line. `kind`: an identity holds up to rounding, a
    certificate is an inequality, an implication has a premise that must often hold to mean
    anything; the statistical kinds are tested at a stated false-alarm rate. `source`: where the
    paper says it. `needs`: the implementation's functions used. `latex`: the statement as a
    formula, for the HTML report.
    """

    id: str
    statement: str
    kind: str
    source: str
    needs: tuple[str, ...]
    latex: str = ""

    def unavailable(self, implementation: Any) -> tuple[str, ...]:
        """The functions this claim needs that `implementation` does not offer."""
        return missing(implementation, self.needs)

    def require_offered(self, implementation: Any) -> None:
        """Raise `InputError` naming the functions that `implementation` lacks; None is complete."""
        absent = () if implementation is None else self.unavailable(implementation)
        rule = f"must offer {', '.join(self.needs)} for {self.id}"
        require(not absent, "implementation", repr(implementation), rule)


@dataclass(frozen=True, kw_only=True)
class Claim(Statement):
    """A statement about single realisations: a search over configurations may attack it.

    `compare`: adds the claim's comparisons of a trial. `least_premise_share`: below it the claim's
    verdict is vacuous. `inputs`: which configurations it is about. `trial`: what a configuration is
    run as. `read`: a configuration from JSON.
    """

    compare: Callable[[Any, Comparisons], None]
    least_premise_share: float = 0.0
    inputs: str = ANY
    trial: Callable[..., Any] = Trial
    read: Callable[[dict[str, Any]], Any] = Configuration.from_json

    def check(
        self,
        configuration: Any,
        implementation: Any = None,
        settings: Settings | None = None,
        theory: Theory | None = None,
    ) -> Evidence:
        """Evidence on one configuration; `None` stands for the reference and the true theory.

        Raises `DivergedError` or `NotComparable` where the configuration cannot be tested: such a
        draw is to be rejected and counted, never taken for a pass.
        """
        self.require_offered(implementation)
        return self.examine(self.trial(configuration, implementation, settings, theory))

    def examine(self, trial: Any) -> Evidence:
        """Evidence from a trial, which several claims may share; raises as `check` does."""
        comparisons = Comparisons()
        self.compare(trial, comparisons)
        configuration: Configuration = trial.configuration
        return comparisons.evidence(self.id, configuration.to_json(), configuration.data.family)


@dataclass(frozen=True, kw_only=True)
class StatisticalClaim(Statement):
    """A statement about the law of the draw: tested on fixed experiments, never searched.

    `compare`: adds the outcomes of the claim's tests on a study; at most `tests` of them for each
    experiment. `experiments`: by size, `DEFAULT` and `NIGHTLY`.
    """

    compare: Callable[[Study, Comparisons], None]
    tests: int
    experiments: Mapping[str, tuple[Experiment, ...]] = field(default_factory=dict)

    def check(
        self,
        experiment: Experiment,
        alpha: float,
        implementation: Any = None,
        settings: Settings | None = None,
        theory: Theory | None = None,
        memo: dict[Any, Any] | None = None,
    ) -> Evidence:
        """Evidence on one experiment, each of its tests at false-alarm rate `alpha`.

        `memo`: keeps what several studies of one implementation at one run seed can share.
        """
        self.require_offered(implementation)
        comparisons = Comparisons()
        study = Study(experiment, alpha, implementation, settings, theory, memo)
        self.compare(study, comparisons)
        spent = len(comparisons.tests)
        require(spent <= self.tests, "tests", spent, f"{self.id} may make {self.tests}")
        family = experiment.configurations[0].data.family
        return comparisons.evidence(self.id, experiment.to_json(), family)
