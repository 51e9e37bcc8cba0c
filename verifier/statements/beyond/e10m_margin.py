"""E10m: the attack on a margin is a sum of samples, and that back to the class its negative."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import Parameters, as_double
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements import paper
from verifier.statements.beyond.class_trial import CLASSED, ClassTrial
from verifier.statements.statement import IDENTITY, PathwiseStatement


def margin_gradient(
    params: Parameters, X: Tensor, labels: Tensor, targets: Tensor, slope: float
) -> Tensor:
    """`nabla (f_t - f_y)` at `X (N, d)`, by autograd of the margin as it is defined."""
    x = X.detach().clone().requires_grad_()
    u = torch.einsum("nd,id->ni", x, params.W) + params.b
    hidden = torch.where(u >= 0, u, slope * u)
    margins = (hidden * (params.a[targets] - params.a[labels])).sum(dim=1)
    (gradient,) = torch.autograd.grad(margins.sum() / math.sqrt(params.width), x)
    return gradient


def check(trial: ClassTrial, out: Comparisons) -> None:
    """E10m: perturbations by autograd and by E10's sums, their length, and the way back."""
    c, path, found = trial.configuration, trial.class_path, trial.trained
    labels, targets, _ = trial.chosen
    final, X, rows = as_double(found), trial.draw.X.double(), torch.arange(len(labels))
    gradient = margin_gradient(final, X, labels, targets, c.slope)
    both = trial.gradient_bound(final, X)
    error = 2 * (both[rows, targets] + both[rows, labels]) / row_norms(gradient)
    error = error.clamp(max=2.0).nan_to_num(nan=2.0)
    rounding = (trial.unit + math.sqrt(c.width) * torch.finfo(c.torch_dtype).eps) * c.eps
    bound = c.eps * error + rounding
    sides = (labels, targets), (targets, labels)
    r, back = (
        trial.code.perturb_classes(found, trial.draw.X, *side, c.eps, c.slope).double()
        for side in sides
    )
    out.identity("r_n = eps nabla (f_t - f_y)/|.|", r, c.eps * unit_rows(gradient), bound)
    by_sums = c.eps * path.margin_direction(final, targets)
    out.identity("r_n = eps (E10's sum of t - that of y)/|.|", r, by_sums, bound)
    out.identity("r(t to y) = -r(y to t)", back, -r, 2 * bound)
    length = row_norms(r)
    whole = c.eps * (row_norms(gradient) > 0).to(length)
    sure = error < 1
    out.vacuous(int((~sure).sum()))
    out.identity("|r_n| = eps", length[sure], whole[sure], (whole * rounding + rounding)[sure])


E10m = PathwiseStatement(
    id="E10m",
    statement="margin attack: r(y to t) = eps nabla (f_t - f_y)/|.|, and r(t to y) = -r(y to t)",
    plain="An attack from one class to another is the negative of the one back.",
    kind=IDENTITY,
    source="paper, future work: other attacks, more data",
    proof="docs/beyond.md",
    rests_on=("E10", "E4"),
    carries=(paper.OTHER_ATTACKS, paper.MORE_DATA),
    needs=("train_classes", "perturb_classes"),
    latex=r"r_n = \epsilon \frac{\nabla (f_t - f_y)(x_n)}{\|\nabla (f_t - f_y)(x_n)\|}, \quad "
    r"r_{t \to y} = -r_{y \to t}",
    compare=check,
    inputs=CLASSED,
)
