"""Perturbation learning in scenarios (a) and (b), from a configuration to both networks."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from verifier.model.attack import natural_inputs, perturb
from verifier.model.network import Parameters, input_gradient
from verifier.model.training import train
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings


@dataclass(frozen=True)
class PerturbationLearning:
    """The trained f, the perturbations `r (N, d)`, the trained g, and how many gradients vanish."""

    f: Parameters
    r: Tensor
    g: Parameters
    zero_perturbations: int


def learn_from_perturbations(
    configuration: Configuration, settings: Settings | None = None
) -> PerturbationLearning:
    """Train f on clean data, perturb towards random targets, train g on `(o_n + r_n, ytil_n)`."""
    start, slope = draw(configuration, settings), configuration.slope
    f = train(start.f_0, start.X, start.y, configuration.f_recipe).params
    r = perturb(f, start.X, start.targets, configuration.eps, slope)
    inputs = natural_inputs(start.X, configuration.scenario) + r
    g = train(start.g_0, inputs, start.targets, configuration.g_recipe).params
    zero = int((input_gradient(f, start.X, slope) == 0).all(dim=-1).sum())
    return PerturbationLearning(f, r, g, zero)
