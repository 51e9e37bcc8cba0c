"""One climb of the hunt: Adam on log(lhs / rhs) in the samples, the points and the weights."""

from __future__ import annotations

import warnings
from dataclasses import replace

import torch
from torch import Tensor

from verifier.errors import DivergedError, NotComparable
from verifier.falsify.objective import OpenTrial, inequalities
from verifier.model.network import Parameters
from verifier.statements import PATHWISE
from verifier.trial.case import Case
from verifier.trial.theory import Theory

ATTAINED = 1 - 1e-9  # of a ratio: the bound is attained, and nothing is left to climb

_STEPS = 40
_RATE = 0.05  # the first step, as a share of an array's size; it fades to nothing
_MEMORY = 0.9, 0.99  # of the mean gradient and of its mean square
_LARGEST = 1e4  # of an entry: beyond it an ascent only runs off to infinity


class _Adam:
    """Adam, upwards, with a rate in proportion to each array's first root mean square."""

    def __init__(self, arrays: list[Tensor]) -> None:
        self.sizes = [float(t.square().mean().sqrt()) + 1e-3 for t in arrays]
        self.mean = [torch.zeros_like(t) for t in arrays]
        self.square = [torch.zeros_like(t) for t in arrays]
        self.step = 0

    def __call__(self, arrays: list[Tensor], gradients: list[Tensor]) -> list[Tensor]:
        """The arrays after one step."""
        rate, self.step = _RATE * (1 - self.step / _STEPS), self.step + 1
        first, second = _MEMORY
        moved = []
        for k, (t, g) in enumerate(zip(arrays, gradients, strict=True)):
            self.mean[k] = first * self.mean[k] + (1 - first) * g
            self.square[k] = second * self.square[k] + (1 - second) * g * g
            mean = self.mean[k] / (1 - first**self.step)
            size = (self.square[k] / (1 - second**self.step)).sqrt()
            moved.append(t + rate * self.sizes[k] * mean / (size + 1e-12))
        return moved


def ascend(statement: str, case: Case, aim: str, theory: Theory | None) -> tuple[Case, int]:
    """The best case on the way up the conclusion `aim` of a statement, and the gradients taken.

    Stops early where the bound is attained, where there is nothing to compare or no gradient, and
    where the arrays run off to infinity.
    """
    start = case.start
    best = case
    reached = 0.0
    arrays: list[Tensor] = [*start.f_0, start.X, start.z]
    adam = _Adam(arrays)
    for step in range(_STEPS):
        leaves = [t.detach().clone().requires_grad_() for t in arrays]
        W, b, a, X, z = leaves
        live = replace(start, f_0=Parameters(W, b, a), X=X, z=z)
        try:
            with warnings.catch_warnings():
                # checks read numbers off tensors, which torch finds strange while they have a graph
                warnings.filterwarnings("ignore", message="Converting a tensor with requires_grad")
                trial = OpenTrial(case.configuration, live, theory)
                side = inequalities(PATHWISE[statement], trial).sides.get(aim)
        except (DivergedError, NotComparable):
            return best, step
        if side is None:
            return best, step
        if side.ratio > reached:
            W, b, a, X, z = arrays
            best = Case.of(case.configuration, Parameters(W, b, a), X, start.y, z)
            reached = side.ratio
        if reached > ATTAINED or side.ratio == 0:
            return best, step
        found = torch.autograd.grad(side.climb(), leaves, allow_unused=True)
        gradients = [
            torch.zeros_like(t) if g is None else g for t, g in zip(arrays, found, strict=True)
        ]
        if not all(bool(torch.isfinite(g).all()) for g in gradients):
            return best, step
        arrays = adam(arrays, gradients)
        if max(float(t.abs().max()) for t in arrays) > _LARGEST:
            return best, step + 1
    return best, _STEPS
