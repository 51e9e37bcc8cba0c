"""Draws on which a perturbation may remember its target: what clamping does to E8."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.necessity.premise import Premise
from verifier.statements.beyond.broken_attacks import Clamped
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings

_DIGITS = 1e-6  # of a perturbation, beyond which it has not turned


@dataclass(frozen=True)
class TargetRemembered:
    """Fails if a perturbation towards the other target is not the same one turned round."""

    configuration: Configuration
    code: type[Reference] = Reference

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, c, code = (
            draw(self.configuration, settings, replicate),
            self.configuration,
            self.code(),
        )
        f = code.train(start.f_0, start.X, start.y, c.f_recipe)

        def towards(targets: Tensor) -> Tensor:
            return code.perturb_by(f, start.X, targets, c.eps, c.slope, c.attack_by)

        left = towards(start.targets) + towards(-start.targets)
        return bool(left.abs().max() > _DIGITS * c.eps)


_LEARNT = Configuration(
    Data("hypercube", 8, 10),
    width=40,
    slope=0.2,
    train_bias=True,
    f_steps=(0.3, 0.3),
    g_steps=(0.3,),
    eps=0.1,
    scenario="b",
    attack="Linf",
)

OF_ATTACKS = (
    Premise(
        "perturbations not clamped",
        "a perturbed sample may leave the range of the data",
        "a perturbation towards the other target is the same one turned round (E8)",
        "x_n + r_n clamped to the range of the data",
        TargetRemembered(_LEARNT),
        TargetRemembered(_LEARNT, Clamped),
    ),
)
"""The premise of E8 that is tried."""
