"""Perturbation learning, from a configuration to both networks: train f, attack it, train g."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.model.attack import L2, natural_inputs
from verifier.model.network import Parameters, input_gradient
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings


class Learnt(NamedTuple):
    """The trained f, the perturbations `r (N, d)`, and the trained g."""

    f: Parameters
    r: Tensor
    g: Parameters


def perturbations(
    code: Checked, f: Parameters, X: Tensor, targets: Tensor, configuration: Configuration
) -> Tensor:
    """What the code makes of `X (N, d)` by the configuration's attack on f, (N, d)."""
    c = configuration
    if c.attack_by == L2:
        return code.perturb(f, X, targets, c.eps, c.slope, c.loss_function)
    return code.perturb_by(f, X, targets, c.eps, c.slope, c.attack_by)


def learn(
    code: Checked, start: Draw, configuration: Configuration, targets: Tensor | None = None
) -> Learnt:
    """Train f on clean data, perturb towards `targets`, train g on `(o_n + r_n, ytil_n)`.

    `targets (N,)`: the draw's own, random ones, unless others are given.
    """
    c = configuration
    targets = start.targets if targets is None else targets
    f = code.train(start.f_0, start.X, start.y, c.f_recipe)
    r = perturbations(code, f, start.X, targets, c)
    return Learnt(
        f, r, code.train(start.g_0, natural_inputs(start.X, c.scenario) + r, targets, c.g_recipe)
    )


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
    """Perturbation learning with the reference implementation, on the configuration's own draw.

    >>> from verifier import Configuration, Data
    >>> data = Data("shifted", dimension=4, samples=6)
    >>> setting = Configuration(data, 50, 0.0, True, (1.0,), (2.0,), eps=2.0, scenario="a")
    >>> learn_from_perturbations(setting).r.shape
    torch.Size([6, 4])
    """
    start = draw(configuration, settings)
    learnt = learn(Checked(Reference()), start, configuration)
    vanishes = input_gradient(learnt.f, start.X, configuration.slope) == 0
    return PerturbationLearning(*learnt, int(vanishes.all(dim=-1).sum()))
