"""Executable theory of learning from adversarial perturbations.

`CLAIMS` holds every statement with the check that could refute it; `Configuration` describes one
setting; `learn_from_perturbations` runs it with the reference implementation.
"""

from verifier.claims import CLAIMS, Claim
from verifier.configuration import Configuration, Settings, draw
from verifier.distributions import Data
from verifier.errors import DivergedError, InputError, NotComparable
from verifier.evidence import Evidence
from verifier.flow import Flow, gradient_flow
from verifier.implementation import Implementation, Reference
from verifier.network import Parameters, initialise, input_gradient, output
from verifier.perturbation import learn_from_perturbations, perturb
from verifier.training import Recipe, TrainingRun, train
from verifier.trial import Theory, Trial

__version__ = "0.1.0"

__all__ = [
    "CLAIMS",
    "Claim",
    "Configuration",
    "Data",
    "DivergedError",
    "Evidence",
    "Flow",
    "Implementation",
    "InputError",
    "NotComparable",
    "Parameters",
    "Recipe",
    "Reference",
    "Settings",
    "Theory",
    "TrainingRun",
    "Trial",
    "draw",
    "gradient_flow",
    "initialise",
    "input_gradient",
    "learn_from_perturbations",
    "output",
    "perturb",
    "train",
]
