"""E4: a perturbation has length eps, and forgets the target label and the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.errors import require
from verifier.evidence.comparisons import Comparisons
from verifier.model.attack import L2
from verifier.model.network import as_double
from verifier.model.vectors import row_norms, unit_rows
from verifier.statements import paper
from verifier.statements.identities.witness import attack_gradient, plain_output
from verifier.statements.recognised import cause
from verifier.statements.statement import IDENTITY, PathwiseStatement
from verifier.trial.rounding import unit
from verifier.trial.trial import Trial

SATURATED = ", sample with a saturated loss: its gradient underflows, the likely cause"
"""What a finding says where `ell'` is below the machine precision, or where torch would not divide
by the length of the loss's gradient: attack f, or scale first."""

_FLOOR = 1e-12  # of the length by which torch normalises
_TRUSTED = (1e-280, 1e300)  # a loss gradient outside has lost digits, or overflows


def check(trial: Trial, out: Comparisons) -> None:
    """E4: length, direction by autograd of f and of the loss, and the forgotten label."""
    start, c = trial.draw, trial.configuration
    require(c.attack_by == L2, "attack", repr(c.attack), "must be 'L2' for E4, see E8 for others")
    X, targets = start.X.double(), start.targets.double()
    of_loss, of_output = attack_gradient(as_double(trial.f.trained), X, targets, c.f_recipe)
    length, nu = row_norms(of_output), unit_rows(of_output)
    vanishes, nothing = length == 0, torch.zeros_like(length)
    rounding = unit(trial.f.replay.run, start.X.dtype)
    # a gradient that vanishes at a kink may not vanish in another code's rounding
    at_kink = trial.f.replay.rounding.near_kink(X).any(dim=1).to(length.dtype)
    error = torch.where(vanishes, at_kink, trial.f.replay.rounding.direction(X, length) + rounding)
    bound = c.eps * error

    r = trial.r.double()
    expected = torch.where(vanishes, nothing, nothing + c.eps)
    ambiguous = torch.where(vanishes, at_kink > 0, error >= 1)
    f = plain_output(as_double(trial.f.trained), X, c.slope)

    def saturates(towards: Tensor) -> Tensor:
        p = c.loss_function.derivative(-towards * f)
        floored = (p * length < _FLOOR) & (length >= _FLOOR)
        return (p < torch.finfo(start.X.dtype).eps) | floored

    flipped = trial.code.perturb(
        trial.f.trained, start.X, -start.targets, c.eps, c.slope, c.loss_function
    ).double()
    stated = c.eps * targets[:, None] * nu
    why = cause(X, r, stated, bound, of_output, rounding)
    saturated = saturates(targets)
    of_either = saturated | saturates(-targets)
    for is_named, where in ((False, ""), (True, SATURATED)):
        rows = saturated == is_named
        where = where or why
        out.identity(f"r_n = eps ytil_n nu_n{where}", r[rows], stated[rows], bound[rows])
        rows = rows & ~ambiguous
        lengths, due = row_norms(r[rows]), expected[rows]
        out.identity(f"|r_n| = eps where nabla f != 0{where}", lengths, due, rounding * due)
        rows = of_either == is_named
        name = f"ytil_n r_n does not depend on ytil_n{where}"
        out.identity(name, flipped[rows], -r[rows], 2 * bound[rows])

    size = row_norms(of_loss)[:, None]
    trusted = (size > _TRUSTED[0]) & (size < _TRUSTED[1])
    along_loss = torch.where(trusted, -unit_rows(of_loss), targets[:, None] * nu)
    out.identity(f"any loss with ell' > 0 gives the same r_n{why}", r, c.eps * along_loss, bound)
    out.notes["zero perturbations"] = int(vanishes.sum())


E4 = PathwiseStatement(
    id="E4",
    statement="r_n = eps ytil_n nabla f/|nabla f|: ytil_n r_n forgets the target and the loss",
    plain="A perturbation has length eps; its target decides only its sign, the loss nothing.",
    kind=IDENTITY,
    source="paper, setting and result 1",
    proof="docs/identities.md",
    carries=(paper.CLASS_FEATURES, paper.USUAL_ATTACK),
    needs=("train", "perturb"),
    latex=r"\tilde{y}_n r_n = \epsilon \nu_n, \quad "
    r"\nu_n = \frac{\nabla f_T(x_n)}{\|\nabla f_T(x_n)\|}",
    compare=check,
)
