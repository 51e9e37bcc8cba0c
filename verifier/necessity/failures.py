"""Draws on which a conclusion may fail, with a premise kept or broken: what `necessity` counts.

The library refuses several of these violations, so the training loops used here are plain ones.
Each case is called with the run's settings and a replicate number, and says whether its conclusion
fails on that draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from scipy.optimize import nnls
from torch import Tensor

from verifier.model.attack import natural_inputs, perturb
from verifier.model.network import Parameters, activation_pattern, output
from verifier.model.recipe import Recipe
from verifier.model.training import train
from verifier.model.vectors import unit_rows
from verifier.statements.broken_codes import Adam, Plain
from verifier.statements.identities.formulas import Decomposition
from verifier.statements.prior_work.formulas import PriorWork
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw, draw
from verifier.trial.settings import Settings
from verifier.trial.trained import Trained

Case = Callable[[Settings, int], bool]
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
        targets = self.targets(start)
        f = train(start.f_0, start.X, start.y, c.f_recipe).params
        inputs = natural_inputs(start.X, c.scenario) + perturb(f, start.X, targets, c.eps, c.slope)
        g = train(start.g_0, inputs, targets, c.g_recipe).params
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
        residual: float = nnls(columns.cpu().numpy(), target)[1]
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

    def phi(self, u: Tensor) -> Tensor:
        """The activation."""
        return (
            torch.tanh(u) if self.smooth else torch.where(u >= 0, u, self.configuration.slope * u)
        )

    def pattern(self, u: Tensor) -> Tensor:
        """Its derivative."""
        if self.smooth:
            return 1 - torch.tanh(u).square()
        return activation_pattern(u, self.configuration.slope)

    def __call__(self, settings: Settings, replicate: int) -> bool:
        """Whether the conclusion fails on this draw."""
        start, recipe = draw(self.configuration, settings, replicate), self.configuration.f_recipe
        final, A = self._train(start, recipe)
        z = start.z.clone().requires_grad_()
        scale = math.sqrt(len(final.a))
        f = self.phi(z @ final.W.T + final.b) @ final.a / scale
        (gradient,) = torch.autograd.grad(f.sum(), z)
        z = z.detach()
        pattern = self.pattern(z @ final.W.T + final.b)
        C = (pattern * final.a.square()) @ A / (len(start.y) * len(final.a))
        if self.identity == "gradient":
            claimed = (pattern * final.a) @ start.f_0.W / scale + (C * start.y) @ start.X
            found = gradient
        else:
            u_0 = z @ start.f_0.W.T + start.f_0.b
            inner = z @ start.X.T + recipe.beta
            claimed = (pattern * u_0) @ final.a / scale + (C * start.y * inner).sum(dim=1)
            found = f.detach()
        return bool((found - claimed).abs().max() > _DIGITS * found.abs().max())

    def _train(self, start: Draw, recipe: Recipe) -> tuple[Parameters, Tensor]:
        """Final parameters and path weights A (m, N) of plain gradient descent."""
        (W, b, a), X, y = start.f_0.clone(), start.X, start.y
        A, scale = torch.zeros(len(a), len(y), dtype=X.dtype, device=X.device), math.sqrt(len(a))
        for eta in recipe.steps:
            u = X @ W.T + b
            p = recipe.loss.derivative(-y * (self.phi(u) @ a) / scale)
            weights = eta * (self.pattern(u) * p[:, None]).T
            A += weights
            W += a[:, None] / (len(y) * scale) * ((weights * y) @ X)
            b += recipe.beta * a / (len(y) * scale) * (weights @ y)
        return Parameters(W, b, a), A


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
        gap = torch.linalg.vector_norm(unit_rows(h) - unit_rows(theory.oracle()), dim=1)
        return bool(
            (2 * torch.asin((gap / 2).clamp(max=1)) > theory.largest_angle() + _DIGITS).any()
        )
