"""E4 and codes that attack through the loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.evidence.evidence import Evidence
from verifier.implementations.reference import Reference
from verifier.implementations.torch_nn import TorchNN
from verifier.model.network import Parameters, output
from verifier.statements import PATHWISE
from verifier.statements.identities.broken_attacks import ThroughTheLoss
from verifier.statements.identities.e4_attack import SATURATED
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.subject import Subject

E4 = PATHWISE["E4"]
MILD = Configuration(
    Data("gaussian", 3, 8), 40, 0.3, True, (0.5,), (0.1,), 0.5, "b", loss="logistic"
)


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


def at_margins(margin: float, sign: float, code: Any) -> Evidence:
    """E4 where a linear f's margins are `sign * margin` towards the targets."""
    linear = replace(MILD, slope=1.0, f_steps=(1e-9,), train_bias=False, dtype="float64")
    start = draw(linear)
    X = start.X[:1].expand_as(start.X).clone()
    f = output(start.f_0, X, 1.0)
    scaled = start.f_0._replace(a=start.f_0.a * margin / f[0].abs())
    own = replace(start, f_0=scaled, X=X, y=torch.ones_like(f), targets=sign * f.sign())
    return E4.check(linear, Subject(code), own)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("margin", [32.0, 60.0])
def test_it_is_named_wherever_it_saturates(margin: float, sign: float) -> None:
    """Towards the targets or away from them; below rounding, or 1e-12, torch's least length."""
    assert at_margins(margin, sign, TorchNN()).holds
    found = at_margins(margin, sign, ThroughTheLoss())
    assert not found.holds
    assert found.conclusion.endswith(SATURATED)
    assert ("does not depend" in found.conclusion) == (sign < 0)
    assert at_margins(5.0, sign, ThroughTheLoss()).holds


def test_another_fault_is_not_blamed_on_the_loss() -> None:
    class Away(Reference):
        def perturb(
            self, params: Parameters, X: Tensor, targets: Tensor, eps: float, slope: float
        ) -> Tensor:
            return super().perturb(params, X, -targets, eps, slope)

    found = E4.check(MILD, Subject(Away()))
    assert not found.holds
    assert SATURATED not in found.conclusion
