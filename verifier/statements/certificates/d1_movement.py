"""D1: how far training can move a pre-activation, at its end and half way."""

from __future__ import annotations

from verifier.evidence.comparisons import Comparisons
from verifier.model.network import as_double, preactivation
from verifier.statements.certificates.formulas import certificates
from verifier.statements.certificates.margins import within
from verifier.statements.statement import ADDED, CERTIFICATE, PathwiseStatement
from verifier.trial.trial import Trial


def check(trial: Trial, out: Comparisons) -> None:
    """D1 at the end of training and half way."""
    f, z = trial.f, trial.points.double()
    theory = certificates(trial, f)
    bound = 2 * f.replay.rounding.preactivation(z)  # of both ends of a movement
    start = preactivation(f.replay.run.initial, z)
    moved = preactivation(f.replay.run.final, z) - start
    within(out, "u_i(z;T) - u_i(z;0)", moved, theory.movement_bound(z), bound)
    half = len(f.recipe.steps) // 2
    if half:
        state = as_double(trial.code.train(f.initial, f.X, f.y, f.recipe.prefix(half)))
        moved = preactivation(state, z) - start
        within(out, "u_i(z;T/2) - u_i(z;0)", moved, theory.path_movement_bound(z), bound)


D1 = PathwiseStatement(
    id="D1",
    statement="u_i(z;T) - u_i(z;0) in (a_i/sqrt m) [Y_i^-(z), Y_i^+(z)]; similar at every step",
    plain="Pre-activations move no further than the initial draw allows.",
    kind=CERTIFICATE,
    source="this project, sharpened",
    proof="docs/certificates.md",
    rests_on=("E1",),
    carries=ADDED,
    needs=("train",),
    latex=r"\frac{a_i}{\sqrt{m}} Y_i^-(z) \le u_i(z;T) - u_i(z;0) \le "
    r"\frac{a_i}{\sqrt{m}} Y_i^+(z) \quad (a_i \ge 0)",
    compare=check,
    is_hunted=True,
)
