"""E1b: the same sum from initial and final weights alone, without looking at the path."""

from __future__ import annotations

import math

import numpy as np
import scipy
import torch

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.identities.formulas import decomposition
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.trial import Trial

_NEURONS = 4  # how many neurons E1b solves for: those with the largest readout


_REFINEMENTS = 4


def distance_to_cone(columns: np.ndarray, target: np.ndarray, low: float, high: float) -> float:
    """Distance from `target` to `{columns @ A : low <= A <= high}`, by active-set methods.

    The solvers stop at a residual that is small beside the target, not beside its rounding, and
    look least at short columns: so columns have length one, and the rest is solved for again.
    """
    if math.isfinite(high) and high - low <= 1e-14 * high:
        return float(np.linalg.norm(columns.sum(axis=1) * high - target))
    lengths = np.linalg.norm(columns, axis=0)
    lengths, unit_columns = lengths[lengths > 0], columns[:, lengths > 0] / lengths[lengths > 0]
    if not len(lengths):
        return float(np.linalg.norm(target))
    if not math.isfinite(high):
        size = max(float(np.linalg.norm(target)), 1e-300)
        return float(scipy.optimize.nnls(unit_columns, target / size)[1]) * size
    least = low * lengths
    most = high * lengths
    found = np.zeros_like(lengths)
    rest, size = target, math.inf
    scale = max(float(np.linalg.norm(target)), float(most.max()))
    for _ in range(_REFINEMENTS):
        box = (least - found) / scale, (most - found) / scale
        step = scipy.optimize.lsq_linear(unit_columns, rest / scale, box, "bvls", 1e-15)
        better = np.clip(found + scale * step.x, least, most)
        left = target - unit_columns @ better
        if float(np.linalg.norm(left)) >= size:
            break
        found = better
        rest = left
        size = float(np.linalg.norm(left))
        scale = max(size, 1e-16 * float(most.max()))
    return size


def excluded_share(columns: np.ndarray) -> float:
    """How far the non-negative cone of `columns` stays from some direction, in [0, 1].

    A cone is a linear subspace iff it holds minus the sum of its (unit) generators; it is the
    whole space iff moreover they span it. 0 means the cone excludes nothing: E1b is vacuous.
    """
    lengths = np.linalg.norm(columns, axis=0)
    unit_columns = columns[:, lengths > 0] / lengths[lengths > 0]
    if np.linalg.matrix_rank(unit_columns) < len(columns):
        return 1.0
    probe = -unit_columns.sum(axis=1)
    size = np.linalg.norm(probe)
    return distance_to_cone(unit_columns, probe / size, 0.0, math.inf) if size > 1e-9 else 0.0


def check(trial: Trial, out: Comparisons) -> None:
    """E1b from initial and final weights alone, for the neurons that moved most freely."""
    f, beta = trial.f, trial.configuration.f_recipe.beta
    theory = decomposition(trial, f)
    run = f.replay.run
    rounding = f.replay.rounding
    low, high = theory.weight_bounds()
    ones = beta * torch.ones_like(run.X[:, :1])
    columns = (torch.cat((run.X, ones), dim=1) * run.y[:, None]).T.cpu().numpy()
    neurons = run.initial.a.abs().topk(min(_NEURONS, run.initial.width)).indices
    if not math.isfinite(high) and excluded_share(columns[: None if beta else -1]) < 1e-6:
        out.vacuous(len(neurons))
        return
    factor = len(run.y) * math.sqrt(run.initial.width) / run.initial.a[neurons]
    move_b = run.final.b - run.initial.b
    moved = torch.cat((run.final.W - run.initial.W, move_b[:, None]), dim=1)[neurons]
    target = (factor[:, None] * moved).cpu().numpy()
    residual = torch.tensor(
        [distance_to_cone(columns, t, low, high) for t in target], dtype=torch.float64, device="cpu"
    )
    bound = (factor.abs() * (rounding.weight + rounding.bias)[neurons]).cpu()
    size = torch.linalg.vector_norm(torch.as_tensor(target, device="cpu"), dim=1)
    out.at_most("distance to sum_n y_n A_n (x_n, beta)", residual, 0 * size, bound)


E1b = PathwiseStatement(
    id="E1b",
    statement="by weights alone: neurons moved by signed sums of samples, gamma T <= A <= T",
    plain="The trained weights alone show it: neurons moved along signed sums of samples.",
    kind=IDENTITY,
    source="paper, result 1",
    proof="docs/identities.md",
    rests_on=("E1",),
    carries=(paper.SIGNED_SUM,),
    needs=("train",),
    latex=r"\frac{N \sqrt{m}}{a_i} (w_i(T) - w_i(0)) = \sum_n y_n A_{in} x_n, \quad "
    r"\gamma T \le A_{in} \le T",
    compare=check,
)
