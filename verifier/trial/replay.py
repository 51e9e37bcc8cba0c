"""Replaying a recipe to find what an implementation's path must have been.

Two correct codes follow the same path only while every pre-activation stays clear of its kink by
more than rounding can move it: there trajectories are discontinuous. A replay therefore bounds,
step by step, how far two codes can drift apart, and says whether they are comparable at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from verifier.errors import InputError, NotComparable
from verifier.model.device import read, read_deciding, read_together
from verifier.model.network import Parameters, as_double
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.model.training import TrainingRun, train
from verifier.trial.rounding import RoundingBound, unit
from verifier.trial.trained import Trained

_LARGEST_DRIFT = 1e-3  # relative error of tau beyond which a comparison would say nothing


@dataclass
class _Drift:
    """Observes a run: `drift (N,)` bounds the error of tau between two codes; `clear` the kinks.

    An error of `p` at step j reaches every later pre-activation through the samples' inner
    products; the loss turns the error of the output into the next error of `p`.
    """

    run: Trained
    dtype: torch.dtype
    weights: Tensor | None = None
    drift: Tensor = field(init=False)
    clear: Tensor = field(init=False)

    def __post_init__(self) -> None:
        run = self.run
        self.omega = run.recipe.effective_steps()
        self.drift = torch.zeros_like(run.tau)
        self.clear = torch.ones((), dtype=torch.bool, device=run.tau.device)
        self.inner = (run.X @ run.X.T + run.recipe.beta).abs()
        self.rounding = RoundingBound.of(run, self.dtype)
        self.f_rounding = self.rounding.output(run.X)
        self.unit = unit(run, self.dtype)

    def __call__(self, step: int, neurons: slice, u: Tensor, f: Tensor, p: Tensor) -> None:
        run = self.run
        m, N = run.initial.width, len(run.y)
        spread = self.inner @ self.drift / N  # (N,)
        pull = run.initial.a[neurons].abs() / math.sqrt(m)
        margin = self.rounding.preactivation(run.X, neurons) + spread[:, None] * pull
        self.clear = self.clear & (u.abs() > margin).all()
        if neurons.stop < m or run.recipe.loss.name == "identity":
            return
        error = (run.initial.a**2).mean() * spread + self.f_rounding
        s = -run.y * f
        derivative = run.recipe.loss.derivative
        sides = (derivative(s + error) - p).abs(), (derivative(s - error) - p).abs()
        change = 2 * torch.maximum(*sides) + self.unit * p
        change = change if self.weights is None else self.weights[step] * change
        self.drift = self.drift + self.omega[step] * change  # NaN is not calm, and not clear


@dataclass(frozen=True)
class Replay:
    """An implementation's run with the path weights and effective times of a replay, in float64.

    `rounding` bounds the difference between the two; `arrived` is where the replay itself ended,
    `exact` whether the implementation ended there bitwise.
    """

    run: Trained
    rounding: RoundingBound
    arrived: Parameters
    exact: bool


def drift_and_clearance(
    run: Trained, dtype: torch.dtype, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """How far rounding may drive apart the tau of two codes, (N,), and whether no kink is near, ().

    For codes that train from `run.initial` by its recipe in `dtype`; `weights (K, N)` as
    `plain_descent` has them.
    """
    observer = _Drift(run, dtype, weights)
    if weights is None:
        train(run.initial, run.X, run.y, run.recipe, observe=observer)
    else:
        again = run.initial, run.X, run.y, run.recipe
        plain_descent(*again, weights=weights, observe=observer)
    return observer.drift, observer.clear


def replay(
    path: TrainingRun,
    initial: Parameters,
    X: Tensor,
    y: Tensor,
    recipe: Recipe,
    final: Parameters,
    weights: Tensor | None = None,
) -> Replay:
    """What the replayed `path` of `recipe` says of an implementation that arrived at `final`.

    `path` is `train(initial, X, y, recipe, path_weights=True)`; with `weights (K, N)` of samples it
    is `plain_descent`'s. Raises `NotComparable` if rounding
    alone may lead two correct codes apart and `final` is elsewhere.
    """
    if path.path_weights is None:
        raise InputError("path", "a run without path weights", "must have recorded them")
    same = [(s == t).all() for s, t in zip(final, path.params, strict=True)]
    exact = all(read(torch.stack(same)))
    run = Trained(
        initial=as_double(initial),
        final=as_double(final),
        X=X.double(),
        y=y.double(),
        recipe=recipe,
        tau=path.tau.double(),
        path_weights=path.path_weights.double(),
    )
    own = as_double(path.params)
    if exact:
        return Replay(run, RoundingBound.of(run, X.dtype), own, True)
    with read_together():
        drift, clear_of_kinks = drift_and_clearance(run, X.dtype, weights)
        bound = RoundingBound.of(run, X.dtype, drift)
        calm = (drift <= _LARGEST_DRIFT * run.tau).all()
        clear = clear_of_kinks | _agree(run.final, own, bound)
        clear, calm = read_deciding([clear, calm])
    if not clear:
        raise NotComparable("a pre-activation passes within rounding of its kink")
    if not calm:
        raise NotComparable("rounding errors grow too fast along the path")
    return Replay(run, bound, own, False)


def _agree(left: Parameters, right: Parameters, bound: RoundingBound) -> Tensor:
    """Whether both ended within the bound of each other, ()."""
    weights = torch.linalg.vector_norm(left.W - right.W, dim=1) <= bound.weight
    return weights.all() & ((left.b - right.b).abs() <= bound.bias).all()
