"""O2: the input gradient stays close to the oracle's direction."""

from __future__ import annotations

import math

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import angles, row_norms
from verifier.statements import paper
from verifier.statements.prior_work.formulas import overlap
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL, SOURCE, OracleTrial
from verifier.statements.statement import CERTIFICATE, PathwiseStatement
from verifier.trial.rounding import unit


def check(trial: OracleTrial, out: Comparisons) -> None:
    """O2 at fresh points and at training samples."""
    trial.require_orthogonal()
    f = trial.f
    points = trial.points
    theory = trial.prior_work
    z = trial.z
    gradient = trial.input_gradient(f, points)
    h = theory.trained_part(gradient, z)
    v = theory.oracle().expand_as(h)
    error = f.replay.rounding.input_gradient(z)
    spread = 4 * torch.linalg.matrix_norm(overlap(f.replay.run.X)) + unit(f.replay.run, f.X.dtype)
    length = row_norms(h)
    premise = (length > error) & (row_norms(v) > 0)
    bound = torch.where(premise, 2 * error / length + spread, math.pi)
    limit = torch.full_like(length, theory.largest_angle())
    out.at_most("angle(h(z), v)", angles(h, v), limit, bound, premise)
    share = theory.start_share(z)
    premise = premise & (share < 1)
    limit = limit + torch.asin(share.nan_to_num(nan=1.0).clamp(max=1.0))
    out.at_most("angle(nabla f_T(z), v)", angles(gradient, v), limit, bound, premise)


O2 = PathwiseStatement(
    id="O2",
    statement="angle(nabla f - xi, v) <= arcsin((1-gamma)/(1+gamma)), v = sum_n tau_n y_n x_n",
    plain="What training adds to gradients is within a fixed angle of a sum of orthogonal samples.",
    kind=CERTIFICATE,
    source=f"{SOURCE}, oracle",
    proof="docs/prior_work.md",
    rests_on=("O1",),
    carries=(paper.PRIOR_WORK,),
    needs=("train", "input_gradient"),
    latex=r"\angle(\nabla f_T(z), v) \le \arcsin\frac{1-\gamma}{1+\gamma}"
    r" + \arcsin\frac{N \|\xi_T(z)\|}{\gamma s(z) \|v\|}, \quad v = \sum_n \tau_n y_n x_n",
    compare=check,
    inputs=ORTHOGONAL,
)
