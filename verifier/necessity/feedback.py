"""Draws on which D6a's conclusion may fail: what its premise on the steps is needed for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.data.distributions import Data
from verifier.model.losses import Logistic
from verifier.necessity.premise import Premise
from verifier.statements.certificates.d6a_feedback import driven, with_gain
from verifier.statements.certificates.feedback import Feedback
from verifier.trial.configuration import Configuration
from verifier.trial.draw import draw
from verifier.trial.settings import Settings

_STEPS = 20
_SMALL = 1e-6  # errors of the outputs: they may grow a thousandfold before the loss saturates


class AnySteps(Feedback):
    """D6a's bound with `|2 - theta|` for `2 - theta`, so that it is a number for any steps."""

    def weights(self) -> Tensor:
        """`eta_j L / |2 - theta_j|`, (K,)."""
        return super().weights().abs()


@dataclass(frozen=True)
class CarriedTooFar:
    """Fails if errors of the outputs carry the prediction beyond D6a's bound, at a sample.

    The sample is there with both labels, the loss logistic, the outputs 0 at the start and off by
    small random errors after it; `gain`: theta, the same at all steps.
    """

    configuration: Configuration
    gain: float

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, c = draw(self.configuration, settings, replicate), self.configuration
        z = start.X[:1]
        recipe = replace(c.f_recipe, loss=Logistic())
        y = z.new_tensor((1.0, -1.0))
        theory = AnySteps(torch.zeros_like(y), z.expand(2, -1), y, recipe)
        at = replace(theory, recipe=with_gain(theory, self.gain, _STEPS))
        # the targets of the draw: signs that nothing else depends on
        errors = _SMALL * start.targets[:_STEPS, None]
        _, tau = driven(at, errors)
        apart = (at.prediction(z, tau[-1]) - at.prediction(z, at.times[-1])).abs()
        return bool((apart > at.carried(z, errors)).any())


_SIGNS = Configuration(
    Data("gaussian", 12, _STEPS),
    width=1,
    slope=0.3,
    train_bias=True,
    f_steps=(1.0,),
    g_steps=(1.0,),
    eps=1.0,
    scenario="a",
)

OF_FEEDBACK = (
    Premise(
        "small steps",
        "eta_j L lambda_max(K_inf(X, X)/N) < 2",
        "errors of the outputs carry the prediction no further than D6a's bound",
        "steps at which it is 2.5",
        CarriedTooFar(_SIGNS, 1.9),
        CarriedTooFar(_SIGNS, 2.5),
    ),
)
"""The premise of D6a that is tried."""
