"""Draws on which a conclusion may fail, with a premise kept or broken: what `necessity` counts.

The library refuses several of these violations, so the training loops used here are plain ones.
Each is called with the run's settings and a replicate number, and says whether its conclusion
fails on that draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import scipy
import torch
from torch import Tensor

from verifier.implementations.checked import Checked
from verifier.implementations.reference import Reference
from verifier.model.network import output
from verifier.model.plain_descent import leaky_relu, plain_descent
from verifier.model.training import train
from verifier.model.vectors import angles
from verifier.statements.broken_codes import Adam, Plain
from verifier.statements.identities.formulas import Decomposition
from verifier.statements.prior_work.formulas import PriorWork
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.learning import learn
from verifier.trial.settings import Settings
from verifier.trial.trained import Trained

Failing = Callable[[Settings, int], bool]
"""Whether a conclusion fails on one independent draw."""

_DIGITS = 1e-6  # relative error beyond which an identity has failed; rounding stays far below
_AGREEMENT = 0.9  # share of fresh points on which f and g must agree


@dataclass(frozen=True)
class Disagreement:
    """Fails if f and g agree on fewer than nine in ten fresh points.

    `targets` replaces the random target labels by a function of the draw.
    """

    configuration: Configuration
    targets: Callable[[Draw], Tensor] = lambda start: start.targets

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        c = self.configuration
        start = draw(c, settings, replicate)
        f, _, g = learn(Checked(Reference()), start, c, self.targets(start))
        same = output(f, start.z, c.slope).sign() == output(g, start.z, c.slope).sign()
        return float(same.double().mean()) < _AGREEMENT


@dataclass(frozen=True)
class SquaredError:
    """`ell(s) = (1 + s)^2`, that is `(1 - y f)^2`: decreasing once a margin exceeds one."""

    name: str = "squared error"

    def value(self, s: Tensor) -> Tensor:
        """`(1 + s)^2`."""
        return (1 + s).square()

    def derivative(self, s: Tensor) -> Tensor:
        """`2 (1 + s)`, of either sign."""
        return 2 * (1 + s)


@dataclass(frozen=True)
class NoSignedSum:
    """Fails if the neuron with the largest readout has not moved by a signed sum of samples.

    That is, unless `(w(T) - w(0), b(T) - b(0)) / a = sum_n y_n A_n (x_n, beta)` with all
    `A_n >= 0` (E1, E1b), to six digits. The samples are fewer than the dimensions.
    """

    configuration: Configuration
    code: type[Plain] | type[Adam] = Plain
    loss: SquaredError | None = None

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, recipe = draw(self.configuration, settings, replicate), self.configuration.f_recipe
        recipe = replace(recipe, loss=self.loss or recipe.loss)
        final = self.code().train(start.f_0, start.X, start.y, recipe)
        i = int(start.f_0.a.abs().argmax())
        moved_b = (final.b[i] - start.f_0.b[i]).reshape(1)
        moved = torch.cat((final.W[i] - start.f_0.W[i], moved_b)) / start.f_0.a[i]
        ones = recipe.beta * torch.ones_like(start.X[:, :1])
        columns = (torch.cat((start.X, ones), dim=1) * start.y[:, None]).T
        target = (moved / torch.linalg.vector_norm(moved)).cpu().numpy()
        residual: float = scipy.optimize.nnls(columns.cpu().numpy(), target)[1]
        return residual > _DIGITS


@dataclass(frozen=True)
class BrokenIdentity:
    """Fails if E1 ("gradient") or E2 ("output") is off in the sixth digit at some fresh point.

    Under the activation tanh if `smooth`, else under the configuration's leaky ReLU. `phi'` stands
    for the activation's derivative in both identities.
    """

    configuration: Configuration
    identity: str
    smooth: bool = False

    def activation(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The activation and its derivative."""
        if not self.smooth:
            return leaky_relu(self.configuration.slope)(u)
        return torch.tanh(u), 1 - torch.tanh(u).square()

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start = draw(self.configuration, settings, replicate)
        recipe = self.configuration.f_recipe
        run = plain_descent(start.f_0, start.X, start.y, recipe, self.activation)
        final = run.params
        scale = math.sqrt(final.width)
        z = start.z.clone().requires_grad_()
        f = self.activation(z @ final.W.T + final.b)[0] @ final.a / scale
        (gradient,) = torch.autograd.grad(f.sum(), z)
        z = z.detach()
        pattern = self.activation(z @ final.W.T + final.b)[1]
        assert run.path_weights is not None
        C = (pattern * final.a.square()) @ run.path_weights / (len(start.y) * final.width)
        if self.identity == "gradient":
            claimed = (pattern * final.a) @ start.f_0.W / scale + (C * start.y) @ start.X
            found = gradient
        else:
            u_0 = z @ start.f_0.W.T + start.f_0.b
            inner = z @ start.X.T + recipe.beta
            claimed = (pattern * u_0) @ final.a / scale + (C * start.y * inner).sum(dim=1)
            found = f.detach()
        return bool((found - claimed).abs().max() > _DIGITS * found.abs().max())


@dataclass(frozen=True)
class OutsidePriorBounds:
    """Fails if O2's angle ("angle") or O5's lower bound on the margin ("margin") is broken."""

    configuration: Configuration
    bound: str

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, recipe = draw(self.configuration, settings, replicate), self.configuration.f_recipe
        run = train(start.f_0, start.X, start.y, recipe, path_weights=True)
        assert run.path_weights is not None
        trained = Trained(
            start.f_0, run.params, start.X, start.y, recipe, run.tau, run.path_weights
        )
        theory = PriorWork(Decomposition(trained))
        if self.bound == "margin":
            found = start.y * output(run.params, start.X, recipe.slope) - theory.initial_margin()
            low, high = theory.gain()
            return bool((found < low - _DIGITS * high).any())
        h = theory.trained_part(theory.f.input_gradient(start.z), start.z)
        turned = angles(h, theory.oracle().expand_as(h))
        return bool((turned > theory.largest_angle() + _DIGITS).any())
