"""Attacks that go through a loss, right but where it saturates; and one that is kept."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.implementations.published import Published
from verifier.implementations.reference import Reference
from verifier.model.losses import Identity, Logistic, Loss
from verifier.model.network import Parameters
from verifier.statements.control import Control


class ThroughTheLoss(Reference):
    def perturb(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        loss: Loss | None = None,
    ) -> Tensor:
        # Minus its summed gradient, normalised; where that underflows, so does the perturbation
        with torch.inference_mode(False), torch.enable_grad():
            x = X.detach().clone().requires_grad_()
            u = x @ params.W.T + params.b
            f = torch.where(u >= 0, u, slope * u) @ params.a / math.sqrt(params.width)
            total = (loss or Identity()).value(-targets * f).sum()
            (gradient,) = torch.autograd.grad(total, x)
        finite = torch.nan_to_num(gradient)  # of an exponential it may overflow
        return -eps * torch.nn.functional.normalize(finite, dim=1)


def through_logistic() -> Published:
    """The published attack of the logistic loss, whatever the training's."""
    return Published(Logistic())


class TargetsForgotten(Reference):
    def __init__(self) -> None:
        self.known: dict[tuple[float, ...], Tensor] = {}

    def perturb(
        self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
    ) -> Tensor:
        # Attacks are kept by network and samples: the first targets stand for all
        key = (*params.W.flatten().tolist(), *X.flatten().tolist(), eps, slope)
        if key not in self.known:
            self.known[key] = super().perturb(params, X, targets, eps, slope)
        return self.known[key].clone()


CONTROLS = (
    Control("targets-forgotten", "kept attacks, any target", ("E4",), TargetsForgotten),
    Control(
        "attack-through-loss",
        "the told loss saturates",
        ("E4",),
        ThroughTheLoss,
        known_rung="T = 10000, logistic",
    ),
    Control("attack-through-logistic", "the logistic loss saturates", ("E4",), through_logistic),
)
