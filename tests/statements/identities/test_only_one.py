"""Controls that break one comparison of E0 or E4 and no other."""

from __future__ import annotations

import pytest
from torch import Tensor

from verifier.data.distributions import Data
from verifier.evidence.comparisons import Comparisons
from verifier.statements import PATHWISE, REGISTRY
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject
from verifier.trial.trial import Trial

DRAW = Configuration(
    Data("shifted", 3, 5, separation=1.0),
    6,
    0.2,
    True,
    (0.4, 0.3),
    (0.3,),
    0.7,
    "a",
    momentum=0.5,
    kink_free=True,
)


class Broken(Comparisons):
    """Remembers which comparisons fail."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def identity(self, conclusion: str, lhs: Tensor, rhs: Tensor, bound: Tensor) -> None:
        alone = Comparisons()
        alone.identity(conclusion, lhs, rhs, bound)
        if alone.worst.get("error", 0.0) > 1:
            self.names.add(conclusion)


@pytest.mark.parametrize(
    ("statement", "name", "alone"),
    [
        ("E0", "readout-nudged", {"the readout does not move"}),
        ("E0", "trained-once", {f"step of {part} from the trained state" for part in "Wb"}),
        ("E0", "momentum-off", None),
        ("E4", "targets-forgotten", {"ytil_n r_n does not depend on ytil_n"}),
    ],
)
def test_what_a_control_breaks(statement: str, name: str, alone: set[str] | None) -> None:
    control = next(c for c in REGISTRY.controls_of(statement) if c.name == name)
    out = Broken()
    PATHWISE[statement].compare(Trial(DRAW, Subject(control.implementation())), out)
    assert out.names == alone if alone else len(out.names) > 1
