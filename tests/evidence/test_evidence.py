from dataclasses import replace

from verifier.data.distributions import Data
from verifier.evidence.evidence import Evidence
from verifier.statements import (
    PATHWISE,
)
from verifier.trial.configuration import Configuration


def exact_example() -> Configuration:
    return Configuration(Data("gaussian", 3, 4), 20, 0.3, True, (0.1,), (0.1,), 0.5, "b")


def test_evidence_and_equal_configurations_survive_json() -> None:
    evidence = PATHWISE["E5"].check(exact_example())
    assert Evidence.from_json(evidence.to_json()) == evidence
    whole = replace(exact_example(), slope=1, f_steps=(1,))
    fractional = replace(exact_example(), slope=1.0, f_steps=(1.0,))
    assert whole.seed(0) == fractional.seed(0)
