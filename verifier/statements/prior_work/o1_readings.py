"""O1: orthogonal samples show their own weights in the input gradient."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.model.vectors import row_norms
from verifier.statements import paper
from verifier.statements.identities.formulas import decomposition
from verifier.statements.prior_work.oracle_trial import ORTHOGONAL, SOURCE, OracleTrial, leak
from verifier.statements.statement import CERTIFICATE, PathwiseStatement


def check(trial: OracleTrial, out: Comparisons) -> None:
    """O1 at fresh points and at training samples."""
    trial.require_orthogonal()
    f = trial.f
    points = trial.points
    theory = trial.prior_work
    z = trial.z
    X = f.replay.run.X
    rounding = f.replay.rounding
    C = decomposition(trial, f).coefficients(z)
    read = theory.readings(theory.trained_part(trial.input_gradient(f, points), z))
    length = row_norms(X)
    bound = rounding.input_gradient(z)[:, None] / length + leak(X, C) / length.square()
    bound = bound + rounding.coefficients()
    low, high = theory.squeeze(z)
    out.identity("y_n <x_n, h(z)>/|x_n|^2 = C_n(z)", read, C, bound)
    out.at_most("gamma s tau_n/N <= y_n <x_n, h>/|x_n|^2", low, read, bound)
    out.at_most("y_n <x_n, h>/|x_n|^2 <= s tau_n/N", read, high, bound)


O1 = PathwiseStatement(
    id="O1",
    statement="orthogonal samples: y_n <x_n, nabla f - xi>/|x_n|^2 in [gamma, 1] s(z) tau_n/N",
    plain="With orthogonal samples, each one's part of the gradient has the sign and size E1 says.",
    kind=CERTIFICATE,
    source=f"{SOURCE}, perturbations",
    proof="docs/prior_work.md",
    rests_on=("E1", "E3"),
    carries=(paper.PRIOR_WORK,),
    needs=("train", "input_gradient"),
    latex=r"\gamma s(z)\frac{\tau_n}{N} \le \frac{y_n \langle x_n, \nabla f_T(z) - \xi_T(z)"
    r"\rangle}{\|x_n\|^2} \le s(z)\frac{\tau_n}{N}",
    compare=check,
    inputs=ORTHOGONAL,
)
