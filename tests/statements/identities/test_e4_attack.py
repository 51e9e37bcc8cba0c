"""E4 and codes that attack through the loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.losses import Loss
from verifier.model.network import Parameters
from verifier.statements import PATHWISE
from verifier.statements.identities.e4_attack import SATURATED
from verifier.trial.configuration import Configuration
from verifier.trial.subject import Subject

E4 = PATHWISE["E4"]
MILD = Configuration(
    Data("gaussian", 3, 8), 40, 0.3, True, (0.5,), (0.1,), 0.5, "b", loss="logistic"
)


class ThroughTheLoss(TorchNN):
    """Minus the gradient of the loss that it is told, normalised as published code does."""

    def perturb(
        self,
        params: Parameters,
        X: Tensor,
        targets: Tensor,
        eps: float,
        slope: float,
        loss: Loss | None = None,
    ) -> Tensor:
        assert loss is not None
        x = X.clone().requires_grad_()
        u = x @ params.W.T + params.b
        f = torch.where(u >= 0, u, slope * u) @ params.a / params.width**0.5
        (gradient,) = torch.autograd.grad(loss.value(-targets * f).sum(), x)
        return -eps * torch.nn.functional.normalize(gradient, dim=1)


def test_a_code_that_attacks_through_the_loss_can_be_offered() -> None:
    assert Subject(ThroughTheLoss()).code.is_told_the_loss
    assert E4.check(MILD, Subject(ThroughTheLoss())).holds
    identity = replace(MILD, loss="identity")
    assert E4.check(identity, Subject(ThroughTheLoss())).holds


def test_others_are_not_told() -> None:
    assert not any(Subject(code).code.is_told_the_loss for code in (Reference(), TorchNN()))
    plain: Any = type("Plain", (), {"train": Reference().train})()
    assert not Subject(plain).code.is_told_the_loss


def test_a_saturated_loss_is_named() -> None:
    # long samples: margins of hundreds
    saturated = replace(MILD, data=replace(MILD.data, scale=300.0), f_steps=(0.01,))
    assert E4.check(saturated, Subject(TorchNN())).holds
    found = E4.check(saturated, Subject(ThroughTheLoss()))
    assert not found.holds
    assert found.conclusion.endswith(SATURATED)


def test_another_fault_is_not_blamed_on_the_loss() -> None:
    class Away(Reference):
        def perturb(
            self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
        ) -> Tensor:
            return super().perturb(params, X, -targets, eps, slope)

    found = E4.check(MILD, Subject(Away()))
    assert not found.holds
    assert SATURATED not in found.conclusion
