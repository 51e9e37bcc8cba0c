"""E3: each sample enters with its own label's sign and a weight between two bounds."""

from __future__ import annotations

import torch
from torch import Tensor

from verifier.evidence.comparisons import Comparisons
from verifier.statements import paper
from verifier.statements.identities.formulas import decomposition
from verifier.statements.statement import CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial

_CONDITION = 1e-3  # least singular value of the unit samples from which C can be recovered


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
    trained_part = gradient - decomposition(trial, trial.f).initial_part(z)
    # the samples have full rank here; torch's default driver differs from call to call by rounding
    C = torch.linalg.lstsq(rows.T, trained_part.T, driver="gels").solution.T * run.y / lengths
    return C, rounding.input_gradient(z)[:, None] / (least * lengths)


def check(trial: Trial, out: Comparisons) -> None:
    """E3 for C from the path, and for C recovered from the implementation's input gradients."""
    f, points = trial.f, trial.points
    z, theory = trial.z, decomposition(trial, f)
    low, high = theory.squeeze(z)
    readings = [("C", theory.coefficients(z), f.replay.rounding.coefficients().expand(len(z), -1))]
    recovered = _recovered(trial, z, trial.input_gradient(f, points))
    if recovered is not None:
        readings.append(("recovered C", *recovered))
        out.notes["recovered from gradients"] = 1
    for name, C, bound in readings:
        out.at_most(f"gamma s tau_n/N <= {name}", low, C, bound)
        out.at_most(f"{name} <= s tau_n/N", C, high, bound)


E3 = PathwiseStatement(
    id="E3",
    statement="gamma s(z) tau_n/N <= C_n(z) <= s(z) tau_n/N, s = (1/m) sum_i a_i^2 phi'(u_i)",
    plain="Each sample's weight in E1's sum lies between gamma and 1 times its bound.",
    kind=CERTIFICATE,
    source="paper, result 1; sharpened",
    proof="docs/identities.md",
    rests_on=("E1",),
    carries=(paper.SIGNED_SUM, paper.ANY_DISTRIBUTION),
    needs=("train", "input_gradient"),
    latex=r"\gamma s(z) \frac{\tau_n}{N} \le C_n(z) \le s(z) \frac{\tau_n}{N}, \quad "
    r"s(z) = \frac{1}{m} \sum_i a_i^2 \phi'(u_i(z;T))",
    compare=check,
    is_hunted=True,
)
