"""Full-batch gradient descent and, on request, its path weights (docs/setting.md).

One step moves `(W, b)` by minus the step size times the gradient of
`(1/N) sum_n ell(-y_n f(x_n))`, through torch's heavy ball when there is momentum; the readout `a`
is frozen. The path itself is never stored: only what the theory needs of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.errors import require
from verifier.model.descent import Observer, descend_alone, descend_together, what_went_wrong
from verifier.model.device import Rule, all_finite, ask, block_elements, read_together
from verifier.model.forms import (
    Problem,
    gram_of,
    gram_pays,
    with_ones,
)
from verifier.model.losses import Identity
from verifier.model.memory import fitting
from verifier.model.network import Parameters, check_data, check_parameters
from verifier.model.recipe import Recipe
from verifier.model.training_peaks import of_train

STACKED = 2
"""Blocks that small networks trained at once may fill: products wait less for one another."""


@dataclass(frozen=True)
class TrainingRun:
    """Final parameters, effective times `tau (..., N)` and, if recorded, `A (..., m, N)`."""

    params: Parameters
    tau: Tensor
    path_weights: Tensor | None


@fitting(of_train(STACKED))
@torch.no_grad()
def train(
    params: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    *,
    path_weights: bool = False,
    observe: Observer | None = None,
) -> TrainingRun:
    """Train `(W, b)` on `X (..., N, d)`, `y (..., N)`; accumulate `tau` and, on request, `A`.

    `tau_n = sum_j omega_j p_n(j)` and `A_in = sum_j omega_j p_n(j) phi'(u_i(x_n; j))`, with
    `p_n(j) = ell'(-y_n f_j(x_n))` (docs/setting.md). With `A` the steps are made on the
    weights themselves, never through the sum of samples that A stands for, so that each can be
    checked against the other. Memory: see `verifier.model.descent`.

    Raises `InputError` for bad data or a loss whose derivative is negative, `DivergedError` once
    an output, a loss derivative or a weight is not finite; outputs are not asked for under the
    identity loss, where nothing depends on them. Of several networks it names a step of the first
    one that diverged, or of those that were trained beside it. Both come at the end of a caller's
    `read_together`, if there is one.

    >>> W, b, a = torch.eye(2), torch.zeros(2), torch.ones(2)
    >>> X, y = torch.eye(2), torch.tensor([1.0, -1.0])
    >>> run = train(Parameters(W, b, a), X, y, Recipe((0.5, 0.5)), path_weights=True)
    >>> run.tau, run.path_weights.shape
    (tensor([1., 1.]), torch.Size([2, 2]))
    """
    with read_together():
        check_parameters(params)
        check_data(X, y, params)
    require(isinstance(recipe, Recipe), "recipe", type(recipe).__name__, "must be a Recipe")
    most = torch.finfo(X.dtype).max
    require(recipe.time <= most, "steps", recipe.time, f"must add up to no more than {most:.3g}")
    require(observe is None or callable(observe), "observe", observe, "must be a function, or None")
    networks = params.a.shape[:-1]
    N = X.shape[-2]
    m = params.width
    tau = X.new_zeros(*networks, N)
    A = X.new_zeros(*networks, N, m) if path_weights else None
    end = params.clone()
    whole = Problem(params, with_ones(X), y, end, tau, A)
    stacks = list(_stacks(whole, recipe)) if networks and observe is None else [whole]
    ended: list[Tensor] = []
    gram = None
    for stack in stacks:
        if observe is None and (gram is None or X.ndim > 2):
            gram = gram_of(stack, recipe)
        if type(recipe.loss) is Identity and observe is None:
            ended.append(descend_alone(stack, recipe, gram))
        else:
            ended.append(descend_together(stack, recipe, gram, observe))
    ask([_went_well(*pair, recipe) for pair in zip(stacks, ended, strict=True)])
    return TrainingRun(end, tau, None if A is None else A.mT)


def _went_well(stack: Problem, end: Tensor, recipe: Recipe) -> Rule:
    """That nothing in `end` is infinite or NaN; if not, the step that went wrong."""
    return Rule(end.unbind(), all_finite, lambda: what_went_wrong(stack, recipe))


def _stacks(problem: Problem, recipe: Recipe) -> Iterator[Problem]:
    """Networks trained at once: one where its Gram form pays, else as many as stay in cache."""
    networks, m = problem.tau.shape[:-1], problem.start.width
    N, d = problem.samples.shape[-2:]

    def in_line(t: Tensor, dims: int) -> Tensor:
        """All networks along one dimension, before the last `dims`."""
        return t.expand(*networks, *t.shape[t.ndim - dims :]).flatten(0, len(networks) - 1)

    start, end = (
        Parameters(in_line(p.W, 2), in_line(p.b, 1), in_line(p.a, 1))
        for p in (problem.start, problem.end)
    )
    samples = in_line(problem.samples, 2)
    y = in_line(problem.y, 1)
    tau = in_line(problem.tau, 1)
    A = None if problem.A is None else in_line(problem.A, 2)
    fit = STACKED * block_elements(y.device) // (m * (N + d))
    size = 1 if gram_pays(problem, recipe) else max(1, fit)
    for i in range(0, len(tau), size):
        part = slice(i, i + size) if size > 1 else i
        own, to = (Parameters(*(t[part] for t in p)) for p in (start, end))
        yield Problem(own, samples[part], y[part], to, tau[part], None if A is None else A[part])
