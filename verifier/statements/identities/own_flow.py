"""Gradient flow of the identity loss by growing steps, written out once more, for F1.

Where patterns change, what flow gives depends on its steps: so it is compared run by run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.device import reads_wait
from verifier.model.network import Parameters, activation_pattern
from verifier.model.plain_descent import plain_descent
from verifier.model.recipe import Recipe
from verifier.statements.identities.forms import Forms
from verifier.trial.replay import drift_and_clearance
from verifier.trial.rounding import RoundingBound
from verifier.trial.trained import Trained
from verifier.trial.trial import Trial

_FACTOR = 4  # how many times more steps the next run has
_OF_POWERS = 8  # rounding errors of a time at which a step ends
_SOON, _LATE, _AT_ONCE = 0.7, 30.0, 2e-8
_FLOWS = (
    # times how long the start takes to fade, times the start, tolerance, finer runs at most
    (_SOON, 1.0, 0.5, 2),
    (_LATE, 1.0, 1e-9, 2),
    (_LATE, _AT_ONCE, 0.5, 1),
)


def times(time: float, count: int, onset: float, like: Tensor) -> Tensor:
    """When `count` steps up to `time` end, each in proportion to `onset` and the time passed."""
    share = torch.arange(count + 1, dtype=like.dtype, device=like.device) / count
    return onset * (torch.pow(1 + time / onset, share) - 1)


def fading(start: Parameters, X: Tensor, y: Tensor, recipe: Recipe) -> tuple[float, float]:
    """When pre-activations would have moved by their own size at their first speed; its error.

    The error is relative. Infinite, and without error, where nothing moves.
    """
    W, b, a = start
    u = X @ W.T + b
    pull = activation_pattern(u, recipe.slope) * a / math.sqrt(start.width) * y[:, None] / len(y)
    speed = X @ (pull.T @ X).T + recipe.beta * pull.sum(dim=0)
    size, fast = (float(torch.linalg.vector_norm(t)) for t in (u, speed))
    if not fast:
        return math.inf, 0.0
    lengths = torch.linalg.vector_norm(X, dim=1)[:, None] * torch.linalg.vector_norm(W, dim=1)
    most = float(torch.linalg.vector_norm(lengths + b.abs()))
    rounding = (X.shape[1] + len(y) + _OF_POWERS) * torch.finfo(X.dtype).eps
    return size / fast, rounding * most * (1 / size + 2 / fast)


@dataclass(frozen=True)
class OwnRun:
    """One network after one run, and how far another code may be from there.

    `clear`: whether no pre-activation comes so near its kink that rounding would decide.
    """

    start: Parameters
    end: Parameters
    bound: RoundingBound
    clear: bool

    @classmethod
    def of(
        cls, start: Parameters, X: Tensor, y: Tensor, recipe: Recipe, steps: Tensor, lost: float
    ) -> OwnRun:
        """`lost`: the relative error of every time at which a step ends, beside its rounding."""
        path = plain_descent(start, X, y, replace(recipe, steps=tuple(steps.tolist())))
        assert path.path_weights is not None
        apart = 1 + _OF_POWERS + lost / torch.finfo(X.dtype).eps
        tau, own = apart * path.tau, replace(recipe, steps=tuple(steps.tolist()))
        run = Trained(start, path.params, X, y, own, tau, path.path_weights)
        _, clear = drift_and_clearance(run, X.dtype)
        return cls(start, path.params, RoundingBound.of(run, X.dtype), bool(clear))

    def allowed(self) -> Tensor:
        """For all trained parameters together, both codes, ()."""
        return 2 * torch.hypot(self.bound.weight.norm(), self.bound.bias.norm())

    def share(self, coarse: OwnRun) -> tuple[Tensor, Tensor]:
        """Distance to a coarser run over the way from the start, and its error, (); 0 at rest."""
        moved = _distance(self.end, self.start)
        if not moved:
            return moved, moved
        found = _distance(self.end, coarse.end) / moved
        return found, ((1 + found) * self.allowed() + coarse.allowed()) / moved


def _distance(left: Parameters, right: Parameters) -> Tensor:
    return torch.hypot((left.W - right.W).norm(), (left.b - right.b).norm())


def flow_by_runs(trial: Trial, recipe: Recipe, out: Comparisons) -> None:
    """Flow for short and long, and from next to nothing; of one network, or three."""
    f, g, X, y = trial.draw.f_0, trial.draw.g_0, trial.draw.X, trial.draw.y
    labels = torch.stack((y, -y, y))
    own = Recipe((1.0,), slope=recipe.slope, train_bias=recipe.train_bias)
    first, _ = fading(f, X, y, own)
    first = first if first < math.inf else recipe.time
    for longer, smaller, tolerance, more in _FLOWS:
        single = replace(own, steps=(longer * first,))
        starts = [p._replace(W=smaller * p.W, b=smaller * p.b) for p in (f, g)]
        still = f._replace(a=torch.zeros_like(f.a))
        every = (*starts, still) if longer > 1 else starts[:1]
        _compare(trial, single, every, X, labels[: len(every)], tolerance, more, out)


def _compare(
    trial: Trial,
    recipe: Recipe,
    starts: Sequence[Parameters],
    X: Tensor,
    labels: Tensor,
    tolerance: float,
    more: int,
    out: Comparisons,
) -> None:
    """Flow for `recipe.time`, with at most `more` runs after the coarsest."""
    T = recipe.time
    fades, lost = min(
        fading(*each, recipe) for each in zip(starts, [X] * len(starts), labels, strict=True)
    )
    onset = min(T, max(1e-9 * T, fades)) / 10
    count = max(6, math.ceil(math.log1p(T / onset) / 2))
    most = count * _FACTOR**more
    flow = trial.theory[Forms](recipe).flow(tuple(starts), X, labels, tolerance, most)
    while reads_wait(X.device) and count * _FACTOR**2 <= most:
        count *= _FACTOR  # of the runs allowed, the two finest alone are made
    runs: list[list[OwnRun]] = []
    while True:
        steps = times(T, count, onset, X).diff()
        pairs = zip(starts, labels, strict=True)
        runs.append([OwnRun.of(start, X, y, recipe, steps, lost) for start, y in pairs])
        if len(runs) > 1:
            shares = [fine.share(coarse) for fine, coarse in zip(runs[-1], runs[-2], strict=True)]
            found, error = (torch.stack(each) for each in zip(*shares, strict=True))
            if count == most or bool((found <= tolerance).all()):
                break
        count *= _FACTOR
    clear = all(run.clear for runs_made in runs for run in runs_made)
    if not clear or bool(((found - tolerance).abs() <= error).any()):
        return  # rounding may decide
    counted = torch.full_like(found, flow.steps)
    out.identity("flow: steps", counted, torch.full_like(found, count), torch.zeros_like(found))
    held = (found <= tolerance).all().to(found.dtype)
    converged = torch.full_like(held, flow.converged)
    out.identity("flow: whether it converged", converged, held, torch.zeros_like(held))
    out.identity("flow: its estimate of error", flow.error.reshape(-1), found, error)
    for i, run in enumerate(runs[-1]):
        alone = flow.params.b.ndim == run.end.b.ndim  # not as the only one of several
        own = flow.params if alone else Parameters(*(t[i] for t in flow.params))
        out.identity("flow by growing steps: W", own.W, run.end.W, 2 * run.bound.weight)
        out.identity("flow by growing steps: b", own.b, run.end.b, 2 * run.bound.bias)
