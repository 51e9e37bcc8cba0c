"""Executable theory of learning from adversarial perturbations.

`STATEMENTS` holds every statement with the check that could refute it; `Configuration` describes
one setting; `Subject` says what is under test, the reference implementation unless told otherwise.

>>> from verifier import PATHWISE, Configuration, Data
>>> data = Data("shifted", dimension=4, samples=6)
>>> setting = Configuration(data, 50, 0.0, True, (1.0,), (2.0,), eps=2.0, scenario="a")
>>> PATHWISE["E5"].check(setting).holds
True
"""

from typing import Any as _Any

from verifier.data.distributions import Data
from verifier.errors import DivergedError, InputError, NotComparable, OutOfMemory
from verifier.evidence.evidence import Evidence
from verifier.evidence.version import VERSION
from verifier.implementations.contract import Implementation
from verifier.implementations.reference import Reference
from verifier.model.attack import perturb
from verifier.model.flow import Flow, gradient_flow
from verifier.model.network import Parameters, initialise, input_gradient, output
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun, train
from verifier.statements import (
    PATHWISE,
    STATEMENTS,
    STATISTICAL,
    Chapter,
    Control,
    PathwiseStatement,
    Statement,
    StatisticalStatement,
)
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.learning import learn_from_perturbations
from verifier.trial.settings import Settings
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory
from verifier.trial.trial import Trial

__version__ = VERSION

__all__ = [
    "PATHWISE",
    "STATEMENTS",
    "STATISTICAL",
    "Chapter",
    "Configuration",
    "Control",
    "Data",
    "DivergedError",
    "Evidence",
    "Flow",
    "Implementation",
    "InputError",
    "NotComparable",
    "OutOfMemory",
    "Parameters",
    "PathwiseStatement",
    "Recipe",
    "Reference",
    "Settings",
    "Statement",
    "StatisticalStatement",
    "Subject",
    "Theory",
    "TrainingRun",
    "Trial",
    "check",
    "draw",
    "gradient_flow",
    "initialise",
    "input_gradient",
    "learn_from_perturbations",
    "output",
    "perturb",
    "train",
]


def __getattr__(name: str) -> _Any:
    """`verifier.pytest`, which needs the extra `suite`, and pytest itself."""
    if name == "pytest":
        from verifier.suite import pytest_check

        return pytest_check
    raise AttributeError(f"module 'verifier' has no attribute {name!r}")


def check(
    code: _Any, statement: str, level: str = "quick", settings: Settings | None = None
) -> Evidence:
    """Search a counterexample of one statement on a training code; the evidence that decides.

    The smallest counterexample where it is refuted, otherwise the comparison nearest to one:
    `evidence.holds` says which. `code`: an implementation, or its class. `statement`: an id.
    `level`: as of `verifier run`, whose negative controls are left to it. Needs the extra `suite`.
    Raises `InputError`, e.g. where the code lacks a function; `NotComparable` if nothing could be
    tested.

    >>> from verifier.implementations.torch_nn import TorchNN
    >>> check(TorchNN(), "E1").holds
    True
    """
    from verifier.suite import checking

    return checking.check(code, statement, level, settings or Settings())
