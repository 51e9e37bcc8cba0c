"""D4: when the input gradient is nearly parallel to the predicted direction."""

from __future__ import annotations

import torch

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import angles
from verifier.statements import paper
from verifier.statements.certificates.formulas import certificates
from verifier.statements.identities.formulas import decomposition
from verifier.statements.inputs import WIDE
from verifier.statements.statement import IMPLICATION, PathwiseStatement
from verifier.trial.rounding import unit
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D4 at fresh points."""
    f, points = trial.f, trial.draw.z
    z = points.double()
    theory = certificates(trial, f)
    run = f.replay.run
    S = theory.direction(z)
    length = torch.linalg.vector_norm(S, dim=1)
    sizes = theory.shares @ torch.linalg.vector_norm(run.X, dim=1)
    margin = f.replay.rounding.input_gradient(z) + unit(run, f.X.dtype) * sizes
    gap = theory.direction_gap(z, decomposition(trial, f).initial_part(z)) + margin
    premise = gap < length
    if not bool(premise.any()):
        out.vacuous(len(z))
        return
    angle = angles(trial.input_gradient(f, points), S)
    limit = torch.asin((gap / length).clamp(max=1.0))
    bound = torch.full_like(limit, unit(run, torch.float64))
    out.at_most("angle(nabla f_T, S)", angle, limit, bound, premise)


D4 = PathwiseStatement(
    id="D4",
    statement="if |xi_T| + E_S < |S|: angle(nabla f_T, S) <= arcsin((|xi_T| + E_S)/|S|)",
    plain="A perturbation's angle to the sum of samples is bounded by the initial part's share.",
    kind=IMPLICATION,
    source="paper, result 1; sharpened",
    proof="docs/certificates.md",
    rests_on=("D2", "E1"),
    carries=(paper.SIGNED_SUM,),
    needs=("train", "input_gradient"),
    latex=r"\|\xi_T\| + E_S < \|S\| \Rightarrow \angle(\nabla f_T, S) \le "
    r"\arcsin \frac{\|\xi_T\| + E_S}{\|S\|}",
    compare=check,
    inputs=WIDE,
    least_premise_share=0.5,
    is_hunted=True,
)
