"""What the hunt climbs: log(lhs / rhs) of a statement's own inequality, as autograd sees it.

A statement's check is run on a trial that keeps the graph: the same formulas, on tensors that know
where they came from. Patterns are piecewise constant, so the ratio is differentiable almost
everywhere in the data and the initial weights. What the ascent says is never evidence: every
candidate is checked again by the statement itself, on the implementation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.implementations.checked import Checked
from verifier.model.network import Parameters
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun
from verifier.statements.statement import PathwiseStatement
from verifier.trial.configuration import Configuration
from verifier.trial.draw import Draw
from verifier.trial.subject import Subject
from verifier.trial.theory import Theory
from verifier.trial.trial import Trial

_NUDGE = 1e-6  # of a sample evaluated at itself: the closed form of Phi has a cusp there


class _Open(Checked):
    """The reference with its results left on the graph, and training by `plain_descent`."""

    @staticmethod
    def _tensor(name: str, value: Tensor, shape: tuple[int, ...], like: Tensor) -> Tensor:
        return value

    def train(self, params: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> Parameters:
        return plain_descent(params, X, y, recipe).params


class OpenTrial(Trial):
    """A trial on an explicit draw in float64 through which gradients flow."""

    def __init__(self, configuration: Configuration, start: Draw, theory: Theory | None) -> None:
        subject = Subject(theory=theory or Theory())
        subject.code = _Open(subject.implementation)  # its kernel stays on the graph too
        super().__init__(configuration, subject, start)

    @cached_property
    def points(self) -> Tensor:
        """As `Trial.points`, the samples moved off themselves."""
        own = self.draw.X[:2]
        shift = torch.linspace(1.0, 2.0, own.numel(), dtype=own.dtype, device=own.device)
        size = own.detach().square().mean().sqrt()
        return torch.cat((self.draw.z, own + _NUDGE * size * shift.view_as(own)))

    def path(self, initial: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> TrainingRun:
        """The path by `plain_descent`."""
        return plain_descent(initial, X, y, recipe)


@dataclass(frozen=True)
class Sides:
    """The tightest entry of one inequality: its two sides, 0-dimensional, and where it was."""

    conclusion: str
    lhs: Tensor
    rhs: Tensor
    index: tuple[int, ...]

    @property
    def ratio(self) -> float:
        """Lhs / rhs."""
        return float(self.lhs.detach() / self.rhs.detach())

    def climb(self) -> Tensor:
        """`log(lhs / rhs)`; minus infinity where lhs is zero."""
        return self.lhs.log() - self.rhs.log()


@dataclass
class Inequalities(Comparisons):
    """Comparisons that also keep the tightest entry of every inequality, by its conclusion.

    Entries that count: the premise holds, and rhs is `CLEAR` rounding bounds large at least.
    """

    sides: dict[str, Sides] = field(default_factory=dict)

    def keep_tightest(self, conclusion: str, lhs: Tensor, rhs: Tensor, used: Tensor) -> None:
        """As `Comparisons.keep_tightest`, and where it is, on the graph."""
        super().keep_tightest(conclusion, lhs.detach(), rhs.detach(), used)
        ratio = torch.where(used, lhs.detach() / rhs.detach(), -1.0)
        index = torch.unravel_index(ratio.argmax(), ratio.shape)
        found = Sides(conclusion, lhs[index], rhs[index], tuple(int(i) for i in index))
        if conclusion not in self.sides or found.ratio > self.sides[conclusion].ratio:
            self.sides[conclusion] = found


def inequalities(statement: PathwiseStatement, trial: Trial) -> Inequalities:
    """The statement's own check on a trial; raises `DivergedError` or `NotComparable` as that."""
    kept = Inequalities()
    statement.compare(trial, kept)
    return kept
