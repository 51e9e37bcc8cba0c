"""Projected gradient steps of the code under test, beside what the theory says of them."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from verifier.model.network import as_double
from verifier.statements.beyond.formulas import Steps, steepest
from verifier.statements.beyond.margins import move_error, psi_error
from verifier.statements.identities.witness import attack_gradient
from verifier.trial.rounding import unit
from verifier.trial.trial import Trial

SCHEDULES = ((0.1, 1.0, 1.0, 1.0), (0.25, 0.5))
"""Step lengths in units of eps: four that forget the first, and two that do not reach eps."""


@dataclass(frozen=True)
class Stepped:
    """A trial's f, attacked from `X (N, d)`.

    `g (N, d)`: its gradients, by autograd; `along (N, d)`: `ytil_n psi(g_n)`. What rounding may do:
    `delta (N,)` to gradients, `error (N, d)` to psi of them, `rounding` to one entry of a step.
    """

    trial: Trial
    theory: Steps
    X: Tensor
    g: Tensor
    along: Tensor
    delta: Tensor
    error: Tensor
    rounding: float

    @classmethod
    def of(cls, trial: Trial) -> Stepped:
        """What the configuration's attack does to the trial's f."""
        start, c, replay = trial.draw, trial.configuration, trial.f.replay
        X, targets, f = start.X.double(), start.targets.double(), as_double(trial.f.trained)
        _, g = attack_gradient(f, X, targets, c.f_recipe)
        rounding, delta = unit(replay.run, start.X.dtype), replay.rounding.input_gradient(X)
        # of a move by r: the weights' error, and r's own; what is projected is off by one rounding
        of_move = move_error(f.W, replay.rounding.weight, c.attack_by, rounding)
        slack = replay.rounding.preactivation(X) + c.eps * of_move
        theory = trial.theory[Steps](f, c.slope, c.attack_by, c.eps, slack)
        along = targets[:, None] * steepest(g, c.attack_by)
        error = psi_error(g, c.attack_by, delta, rounding)
        return cls(trial, theory, X, g, along, delta, error, rounding)

    @property
    def schedules(self) -> tuple[tuple[float, ...], ...]:
        """Step lengths."""
        return tuple(tuple(self.theory.eps * share for share in steps) for steps in SCHEDULES)

    def perturbations(self, steps: tuple[float, ...]) -> Tensor:
        """Where the code's steps end, (N, d), float64."""
        start, c = self.trial.draw, self.trial.configuration
        return self.trial.code.perturb_in_steps(
            self.trial.f.trained, start.X, start.targets, c.eps, c.slope, c.attack_by, steps
        ).double()
