"""E1, E1b, E2, E3: a trained network is its start plus a signed sum of the training samples."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.optimize import lsq_linear, nnls
from torch import Tensor

from verifier.claims.base import CERTIFICATE, IDENTITY, Claim
from verifier.evidence import Comparisons
from verifier.trial import Trial

_NEURONS = 4  # how many neurons E1b solves for: those with the largest readout
_REFINEMENTS = 4
_CONDITION = 1e-3  # least singular value of the unit samples from which C can be recovered


def check_gradient(trial: Trial, out: Comparisons) -> None:
    """E1 for the weights, the biases and the input gradient."""
    f, points = trial.f, trial.points
    theory, rounding, run = trial.decomposition(f), f.replay.rounding, f.replay.run
    W, b = theory.final_weights()
    out.identity("w_i(T)", run.final.W, W, rounding.weight)
    out.identity("b_i(T)", run.final.b, b, rounding.bias)
    z = points.double()
    gradient = trial.input_gradient(f, points)
    bound = rounding.input_gradient(z)
    out.identity("nabla f_T(z)", gradient, theory.input_gradient(z), bound)


def _residual(columns: np.ndarray, target: np.ndarray, low: float, high: float) -> float:
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
        return float(nnls(unit_columns, target / size)[1]) * size
    least, most, found = low * lengths, high * lengths, np.zeros_like(lengths)
    rest, size = target, math.inf
    scale = max(float(np.linalg.norm(target)), float(most.max()))
    for _ in range(_REFINEMENTS):
        box = (least - found) / scale, (most - found) / scale
        step = lsq_linear(unit_columns, rest / scale, box, method="bvls", tol=1e-15).x
        better = np.clip(found + scale * step, least, most)
        left = target - unit_columns @ better
        if float(np.linalg.norm(left)) >= size:
            break
        found, rest, size = better, left, float(np.linalg.norm(left))
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
    return _residual(unit_columns, probe / size, 0.0, math.inf) if size > 1e-9 else 0.0


def check_black_box(trial: Trial, out: Comparisons) -> None:
    """E1b from initial and final weights alone, for the neurons that moved most freely."""
    f, beta = trial.f, trial.configuration.f_recipe.beta
    theory, run, rounding = trial.decomposition(f), f.replay.run, f.replay.rounding
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
        [_residual(columns, t, low, high) for t in target], dtype=torch.float64, device="cpu"
    )
    bound = (factor.abs() * (rounding.weight + rounding.bias)[neurons]).cpu()
    size = torch.linalg.vector_norm(torch.as_tensor(target, device="cpu"), dim=1)
    out.at_most("distance to sum_n y_n A_n (x_n, beta)", residual, 0 * size, bound)


def check_output(trial: Trial, out: Comparisons) -> None:
    """E2 at fresh points and at training samples."""
    f, points = trial.f, trial.points
    z = points.double()
    claimed = trial.decomposition(f).output(z)
    out.identity("f_T(z)", trial.output(f, points), claimed, f.replay.rounding.output(z))


def _recovered(trial: Trial, z: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor] | None:
    """C and its error bound, (P, N), solved from input gradients where the samples allow it."""
    run, rounding = trial.f.replay.run, trial.f.replay.rounding
    lengths = torch.linalg.vector_norm(run.X, dim=1)
    if len(run.y) > run.X.shape[1] or not bool((lengths > 0).all()):
        return None
    rows = run.X / lengths[:, None]
    least = float(torch.linalg.svdvals(rows)[-1])
    if least < _CONDITION:
        return None
    trained_part = gradient - trial.decomposition(trial.f).initial_part(z)
    C = torch.linalg.lstsq(rows.T, trained_part.T).solution.T * run.y / lengths
    return C, rounding.input_gradient(z)[:, None] / (least * lengths)


def check_squeeze(trial: Trial, out: Comparisons) -> None:
    """E3 for C from the path, and for C recovered from the implementation's input gradients."""
    f, points = trial.f, trial.points
    z, theory = points.double(), trial.decomposition(f)
    low, high = theory.squeeze(z)
    readings = [("C", theory.coefficients(z), f.replay.rounding.coefficients().expand(len(z), -1))]
    recovered = _recovered(trial, z, trial.input_gradient(f, points))
    if recovered is not None:
        readings.append(("recovered C", *recovered))
        out.notes["recovered from gradients"] = 1
    for name, C, bound in readings:
        out.at_most(f"gamma s tau_n/N <= {name}", low, C, bound)
        out.at_most(f"{name} <= s tau_n/N", C, high, bound)


DECOMPOSITION = (
    Claim(
        id="E1",
        statement="nabla f_T(z) = xi_T(z) + sum_n y_n C_n(z) x_n, at any width",
        kind=IDENTITY,
        source="paper, result 1; theory E1",
        latex=r"\nabla f_T(z) = \xi_T(z) + \sum_n y_n C_n(z) x_n",
        needs=("train", "input_gradient"),
        compare=check_gradient,
    ),
    Claim(
        id="E1b",
        statement="by weights alone: neurons moved by signed sums of samples, gamma T <= A <= T",
        kind=IDENTITY,
        source="paper, result 1; theory E1b",
        latex=r"\frac{N \sqrt{m}}{a_i} (w_i(T) - w_i(0)) = \sum_n y_n A_{in} x_n, \quad "
        r"\gamma T \le A_{in} \le T",
        needs=("train",),
        compare=check_black_box,
    ),
    Claim(
        id="E2",
        statement="f_T(z) = f~(z) + sum_n y_n C_n(z) (<x_n, z> + beta)",
        kind=IDENTITY,
        source="paper, result 1; theory E2",
        latex=r"f_T(z) = \tilde{f}(z) + \sum_n y_n C_n(z) (\langle x_n, z \rangle + \beta)",
        needs=("train", "output"),
        compare=check_output,
    ),
    Claim(
        id="E3",
        statement="gamma s(z) tau_n/N <= C_n(z) <= s(z) tau_n/N, s = (1/m) sum_i a_i^2 phi'(u_i)",
        kind=CERTIFICATE,
        source="paper, result 1; theory E3, sharpened",
        latex=r"\gamma s(z) \frac{\tau_n}{N} \le C_n(z) \le s(z) \frac{\tau_n}{N}, \quad "
        r"s(z) = \frac{1}{m} \sum_i a_i^2 \phi'(u_i(z;T))",
        needs=("train", "input_gradient"),
        compare=check_squeeze,
    ),
)
