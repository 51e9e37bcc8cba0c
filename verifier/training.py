"""Full-batch gradient descent and, on request, the path weights of theory section 2.

One step moves `(W, b)` by minus the step size times the gradient of
`(1/N) sum_n ell(-y_n f(x_n))`, through torch's heavy ball when there is momentum; the readout `a`
is frozen. The path itself is never stored: only what the theory needs of it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from verifier.descent import Observer, Problem, descend_alone, descend_together, gram_of, with_ones
from verifier.losses import Identity
from verifier.network import Parameters, check_data, check_parameters
from verifier.recipe import Recipe

__all__ = ["Observer", "Recipe", "TrainingRun", "train"]


@dataclass(frozen=True)
class TrainingRun:
    """Final parameters, effective times `tau (..., N)` and, if recorded, `A (..., m, N)`."""

    params: Parameters
    tau: Tensor
    path_weights: Tensor | None


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
    `p_n(j) = ell'(-y_n f_j(x_n))` (theory sections 1 and 2). With `A` the steps are made on the
    weights themselves, never through the sum of samples that A stands for, so that each can be
    checked against the other. Memory: see `verifier.descent`.

    Raises `InputError` for bad data or a loss whose derivative is negative, `DivergedError`
    naming the step once an output or a loss derivative is not finite.
    """
    check_parameters(params)
    check_data(X, y, params)
    networks, N, m = params.a.shape[:-1], X.shape[-2], params.width
    tau = X.new_zeros(*networks, N)
    A = X.new_zeros(*networks, N, m) if path_weights else None
    samples = with_ones(X)
    end = params.clone()
    run = TrainingRun(end, tau, None if A is None else A.mT)
    if observe is not None:
        descend_together(Problem(params, samples, y, end, tau, A), recipe, observe=observe)
        return run
    gram = None
    for index in itertools.product(*map(range, networks)):
        own, labels = samples[index] if X.ndim > 2 else samples, y[index] if y.ndim > 1 else y
        start, to = (Parameters(*(t[index] for t in p)) for p in (params, end))
        one = Problem(start, own, labels, to, tau[index], None if A is None else A[index])
        if gram is None or X.ndim > 2:
            gram = gram_of(one, recipe)
        descend = descend_alone if type(recipe.loss) is Identity else descend_together
        descend(one, recipe, gram)
    return run
